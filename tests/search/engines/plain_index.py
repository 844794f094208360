"""A plain index in Python for the slow evaluator, and the same articles as array segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from whoosh.formats import Positions
from whoosh.matching import ListMatcher

from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from tests.search.codec.plain_segment import plain_segment, write_plain_segment

KINDS = ("words", "grams", "sentences")
TEXT_FIELDS = tuple(f"{part}_{kind}" for part in ("title", "text") for kind in KINDS)
KEYWORD_FIELDS = ("language", "source", "category", "author", "whole_title")
FACETS = {"lang": "language", "source": "source", "category": "category"}


@dataclass
class PlainArticle:
    """Tokens by text field, values by keyword field."""

    tokens: dict[str, list[str]]
    values: dict[str, list[str]] = field(default_factory=dict)
    published: int = NO_DATE
    deleted: bool = False


class PlainReader:
    """What the slow evaluator asks of a reader. Deleted articles are still there."""

    def __init__(self, articles: Sequence[PlainArticle]) -> None:
        self.articles = articles

    def all_doc_ids(self) -> Iterator[int]:
        return iter(range(len(self.articles)))

    def doc_count_all(self) -> int:
        return len(self.articles)

    def column_reader(self, name: str) -> list[int]:
        assert name == "published"
        return [article.published for article in self.articles]

    def field_length(self, name: str) -> int:
        return sum(self.doc_field_length(doc, name) for doc in self.all_doc_ids())

    def doc_field_length(self, doc: int, name: str) -> int:
        return len(self.articles[doc].tokens[name])

    def expand_prefix(self, name: str, prefix: str) -> list[bytes]:
        return [term.encode() for term in sorted(self._terms(name)) if term.startswith(prefix)]

    def __contains__(self, term: tuple[str, str]) -> bool:
        return term[1] in self._terms(term[0])

    def postings(self, name: str, text: str) -> ListMatcher:
        places = {doc: self._places(doc, name, text) for doc in self.all_doc_ids()}
        found = {doc: each for doc, each in places.items() if each}
        form = Positions()
        return ListMatcher(
            list(found),
            weights=[float(len(each)) for each in found.values()],
            values=[form.encode(each) for each in found.values()],
            format=form,
        )

    def _terms(self, name: str) -> set[str]:
        return {token for article in self.articles for token in _tokens(article, name)}

    def _places(self, doc: int, name: str, text: str) -> list[int]:
        tokens = _tokens(self.articles[doc], name)
        return [place for place, token in enumerate(tokens) if token == text]


def _tokens(article: PlainArticle, name: str) -> list[str]:
    if name in TEXT_FIELDS:
        return article.tokens[name]
    return list(dict.fromkeys(article.values.get(name, [])))


def array_evaluator(folder: Path, segments: Sequence[Sequence[PlainArticle]]) -> ArrayEvaluator:
    """The evaluator of these articles, written as one segment file each."""
    return ArrayEvaluator(
        [
            (_write(folder / f"{number}.arrays", articles), _deleted(articles))
            for number, articles in enumerate(segments)
        ]
    )


def _write(path: Path, articles: Sequence[PlainArticle]) -> SegmentArrays:
    data = plain_segment(
        {
            name: [_tokens(article, name) for article in articles]
            for name in (*TEXT_FIELDS, *KEYWORD_FIELDS)
        },
        keywords=KEYWORD_FIELDS,
        without_positions=("title_words", "text_words"),
        published=[article.published for article in articles],
        facets={
            facet: [_tokens(article, name) for article in articles]
            for facet, name in FACETS.items()
        },
    )
    return SegmentArrays(write_plain_segment(path, data))


def _deleted(articles: Sequence[PlainArticle]) -> np.ndarray | None:
    if not any(article.deleted for article in articles):
        return None
    return np.packbits([article.deleted for article in articles], bitorder="little")
