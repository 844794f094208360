"""Compiles every kernel before a user's first query would have to wait for it.

A kernel is compiled when it is first called, which takes seconds, and kept beside its source. So a
small index is made and asked one question of each kind; where all is compiled already, that takes
a moment.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.article import Article
from search.engines.array_writer import ArrayWriter
from search.engines.whoosh_engine import WhooshEngine
from search.request import FACETS, SORTS, SearchRequest

_COMMITS = (2_400, 3_000)
"""After so many articles: the first segment is large enough for every form that terms have, and
for matches to be estimated before they are scored."""

_WORDS = ("apple", "bread", "cedar", "delta", "ember", "flute", "grain", "house")
_QUESTIONS = (
    "*",
    "apple",
    "house",
    "apple bread",
    "apple bread cedar",
    "apple bread cedar delta ember flute grain house",
    "apple AND bread AND house",
    "grain AND house",
    "flute AND grain AND house",
    "apple OR (bread cedar)",
    "apple -bread",
    '"apple bread"',
    '"bread cedar delta"',
    '"grain house" apple',
    '"apple cedar"~5',
    "gra*",
    '"apple bre" bre*',
    "微信公开课 新闻",
    "新",
    "「公开课」",
    "経済ニュース",
    "title:apple source:daily",
    "lang:zh 微信",
    "apple date:2026-01",
    "category:trade OR category:none",
)


def warm() -> None:
    """Have every kernel compiled, or loaded if it has been compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        with ArrayWriter(index) as writer:
            for number in range(_COMMITS[-1]):
                writer.add(_article(number))
                if number + 1 in _COMMITS:
                    writer.commit()
            for number in range(0, _COMMITS[-1], 97):
                writer.delete(str(number))
        engine = WhooshEngine(index)
        for question in _QUESTIONS:
            for sort in SORTS:
                engine.search(
                    SearchRequest(text=question, sort=sort, facets=FACETS, timeline="auto", limit=3)
                )
            engine.search(SearchRequest(text=question, sources=("daily",), limit=100, offset=1_000))
        engine.get("1")
        engine.stats()
        engine.close()


def _article(number: int) -> Article:
    # The n-th word stands in every 2^n-th article, so that there are common and rare ones.
    body = " ".join(word for n, word in enumerate(_WORDS) if number % (1 << n) == 0)
    return Article(
        id=str(number),
        title="微信公开课" if number % 5 == 0 else f"number {number % 50}",
        body=f"{body} {body}" + (" 経済ニュース" if number % 9 == 0 else ""),
        language=("zh-Hans", "ja", "en")[number % 3],
        source=("daily", None, "weekly")[number % 3],
        categories=("trade", "science")[: number % 3],
        published=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        if number % 7
        else None,
    )
