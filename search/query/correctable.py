"""The words of a query that may be misspelled: not its operators, filters and beginnings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sanbao.search.analysis.runs import Kind, Run, runs

_NO_WORDS = re.compile(
    '(?:source|lang|category|author|date):(?:"[^"]*"|“[^”]*”|「[^」]*」|\\S*)'
    '|title:|["”」』]~[0-9]*'
)
_AFTER = "*~"
_WITHOUT = re.compile(r"(?<!\S)-$")


def query_words(text: str) -> Iterator[Run]:
    """The words and the CJK runs of a normalized query, in order.

    What is to be left out (``-word``), the beginnings of words (``econ*``) and filters are none;
    quoted words and those in a title are.
    """
    no_words = [match.span() for match in _NO_WORDS.finditer(text)]
    for run in runs(text):
        if run.kind is Kind.BREAK or text[run.end : run.end + 1] in tuple(_AFTER):
            continue
        is_none = any(start < run.end and run.start < end for start, end in no_words)
        if not is_none and not _WITHOUT.search(text[max(0, run.start - 2) : run.start]):
            yield run
