"""How often the language of a text is told right, and how fast.

    python -m benchmarks.language ../shared/eval

Prints, as Markdown, for the articles of each judged set and for the ntrex sentences: how many
there are, how many are right with script counted, and how many are told a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.indexing import read_records
from sanbao.search.analysis.language import detect

SETS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "ja": "ja", "en": "en"}


def main() -> None:
    data = Path(sys.argv[1])
    detect("", "Loads what is loaded at the first call.")
    print("| texts | number | right | a second |\n|---|---|---|---|")
    for name, language in SETS.items():
        records = read_records(data / name)
        _row(name, [(record["title"], record["body"], language) for record in records])
    lines = (data / "ntrex" / "sentences.tsv").read_text("utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines]
    for name, language in SETS.items():
        _row(f"ntrex {name}", [("", text, language) for found, text in pairs if found == name])


def _row(name: str, texts: Iterable[tuple[str, str, str]]) -> None:
    texts = list(texts)
    started = time.perf_counter()
    right = sum(detect(title, body) == language for title, body, language in texts)
    rate = len(texts) / (time.perf_counter() - started)
    print(f"| {name} | {len(texts)} | {right / len(texts):.2%} | {rate:.0f} |")


if __name__ == "__main__":
    main()
