"""The words of a query that may be misspelled."""

from __future__ import annotations

from collections.abc import Iterator

from sanbao.search.analysis.normalize import NormalizedText
from sanbao.search.analysis.runs import Kind, Run, runs
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.grammar import read
from sanbao.search.query.syntax import Near, Node, Quotation, Words


def query_words(
    typed: str, normalized: NormalizedText, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Run]:
    """The words and the CJK runs of a query, in order.

    Plain and quoted words are, and those in a title. None are operators, filters, what is to be
    left out, beginnings (``econ*``) and words that may have typing errors anyway (``econmy~``).

    Args:
        normalized: of ``typed``; the runs are of it.
    """
    is_word = bytearray(len(typed))
    for start, end in _places(read(typed, limits).tree):
        is_word[start:end] = b"\1" * (end - start)
    for run in runs(normalized.text):
        if run.kind is not Kind.BREAK:
            start, end = normalized.original_span(run.start, run.end)
            if all(is_word[start:end]):
                yield run


def _places(tree: Node) -> Iterator[tuple[int, int]]:
    """Where words to search for stand in the text that the tree is of."""
    for node in tree.walk():
        if isinstance(node, Words):
            yield from ((word.start, word.end) for word in node.words)
        elif isinstance(node, Quotation | Near):
            inside = node.start + 1
            yield inside, inside + len(node.text)
