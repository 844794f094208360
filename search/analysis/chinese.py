"""Chinese words: where the segmenter cuts a run of Han characters.

The cutting is jieba's (a dictionary, the most probable path through it, and a hidden Markov model
for what it does not know). rjieba does the same many times faster; jieba itself stands in where
rjieba has no build. Why: docs/decisions/0002-chinese-segmenter.md.
"""

from __future__ import annotations

import rjieba

STOP_WORDS: frozenset[str] = frozenset(
    "的 了 着 过 是 在 和 与 及 或 也 都 就 而 但 并 被 把 对 从 以 为 于 之 其 这 那 有 等 所 将 地 得 "
    "我 你 他 她 它 我们 你们 他们 她们 它们 这个 那个 这些 那些 什么 怎么 哪 谁 吗 呢 吧 啊".split()
)

_jieba = rjieba.Jieba()


def segment(run: str) -> list[tuple[int, int]]:
    """The words of a run of folded Han characters as ``(start, end)``, sorted.

    As in jieba's search mode, a word of three characters or more also gives the words of two and
    three characters inside it.
    """
    return sorted({(start, end) for _, start, end in _jieba.tokenize(run, mode="search")})


def fingerprint() -> str:
    """What decides the words: segmenter, release, dictionary and user dictionary."""
    return "1 rjieba-0.2.2"
