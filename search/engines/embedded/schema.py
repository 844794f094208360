"""The Whoosh schema: which fields an article has in the index, and how one becomes the other.

Whoosh pickles field objects into the index, so the import path of the classes here is part of
the index format.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from whoosh import columns, fields, formats

from sanbao.search.analysis import Terms, terms, title_keys
from sanbao.search.analysis.grams import PART_GAP
from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.article import Article, base_language
from sanbao.search.ranking.weights import TITLE_COPIES

NO_DATE = -(2**62)
"""Stands in the ``published`` column of an article without a date."""

SENTENCE_END_TERM = "."
"""The only term of the fields that say at which positions of the grams sentences end."""

_SEPARATOR = "\x1f"


class Tokens(NamedTuple):
    """The tokens of a field of one article: the term of each, and its position."""

    terms: list[str]
    positions: Sequence[int]


class TokensField(fields.FieldType):
    """Takes the tokens that our analysis made, where Whoosh's own fields would analyse text."""

    def __init__(self, posting_format: formats.Format) -> None:
        super().__init__(posting_format, analyzer=None, scorable=True)

    def index(self, value: Tokens, **kwargs: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """For each distinct term: its bytes, frequency, weight and encoded posting value."""
        positions: dict[str, list[int]] = defaultdict(list)
        for term, position in zip(*value, strict=True):
            positions[term].append(position)
        with_positions = isinstance(self.format, formats.Positions)
        for term, places in positions.items():
            encoded = self.format.encode(places) if with_positions else _frequency(len(places))
            yield term.encode(), len(places), float(len(places)), encoded


class KeywordsField(fields.FieldType):
    """Takes whole values as terms, for filters."""

    def __init__(self, unique: bool = False) -> None:
        super().__init__(formats.Existence(), analyzer=None, unique=unique)

    def index(
        self, value: Sequence[str], **kwargs: object
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        """For each distinct value: its bytes, 1, 1.0 and no posting value."""
        for term in Counter(value):
            yield term.encode(), 1, 1.0, b""


def schema() -> fields.Schema:
    """The fields of every index."""
    return fields.Schema(
        id=KeywordsField(unique=True),
        article=fields.STORED(),
        text_words=TokensField(formats.Frequency()),
        text_grams=TokensField(formats.Positions()),
        text_sentences=TokensField(formats.Positions()),
        title_words=TokensField(formats.Frequency()),
        title_grams=TokensField(formats.Positions()),
        title_sentences=TokensField(formats.Positions()),
        whole_title=KeywordsField(),
        title_start=KeywordsField(),
        title_readings=KeywordsField(),
        language=KeywordsField(),
        source=KeywordsField(),
        category=KeywordsField(),
        author=KeywordsField(),
        published=fields.COLUMN(columns.NumericColumn("q", default=NO_DATE)),
        lang_facet=fields.COLUMN(columns.VarBytesColumn()),
        source_facet=fields.COLUMN(columns.VarBytesColumn()),
        category_facet=fields.COLUMN(columns.VarBytesColumn()),
    )


def to_document(article: Article) -> dict[str, Any]:
    """The article as Whoosh fields, analysed."""
    title, body = (terms(text, article.language) for text in (article.title, article.body))
    keys = title_keys(article.title, article.language)
    text_grams, text_sentences = _placed([*[title] * TITLE_COPIES, body])
    title_grams, title_sentences = _placed([title])
    language = base_language(article.language)
    return {
        "id": [article.id],
        "article": json.dumps(article.to_dict(), ensure_ascii=False),
        "text_words": _in_order([*title.words * TITLE_COPIES, *body.words]),
        "text_grams": text_grams,
        "text_sentences": text_sentences,
        "title_words": _in_order(title.words),
        "title_grams": title_grams,
        "title_sentences": title_sentences,
        "whole_title": [key] if (key := whole_title(article.title)) else [],
        "title_start": keys.start,
        "title_readings": keys.readings,
        "language": [keyword(language), keyword(article.language)],
        "source": [keyword(article.source)] if article.source else [],
        "category": [keyword(category) for category in article.categories],
        "author": [keyword(article.author)] if article.author else [],
        "published": int(article.published.timestamp()) if article.published else NO_DATE,
        "lang_facet": pack_values([language]),
        "source_facet": pack_values([article.source] if article.source else []),
        "category_facet": pack_values(article.categories),
    }


def from_stored(stored: dict[str, Any]) -> Article:
    """The inverse of :func:`to_document`, from the stored field."""
    return Article.from_trusted(json.loads(stored["article"]))


def pack_values(values: Sequence[str]) -> bytes:
    """Values of one article as the bytes of a facet column."""
    return _SEPARATOR.join(values).encode()


def unpack_values(packed: bytes) -> list[str]:
    """The inverse of :func:`pack_values`."""
    return packed.decode().split(_SEPARATOR) if packed else []


def _in_order(terms: list[str]) -> Tokens:
    return Tokens(terms, range(len(terms)))


def _placed(parts: Sequence[Terms]) -> tuple[Tokens, Tokens]:
    """The grams of several parts of a text, with gaps between them, and where its sentences end.

    The end of a part is one.
    """
    grams: list[str] = []
    positions: list[int] = []
    sentence_ends: list[int] = []
    start = 0
    for part in parts:
        end = start + len(part.grams)
        grams += part.grams
        positions += range(start, end)
        sentence_ends += (start + position for position in part.sentence_ends)
        sentence_ends.append(end)
        start = end + PART_GAP
    ends = [SENTENCE_END_TERM] * len(sentence_ends)
    return Tokens(grams, positions), Tokens(ends, sentence_ends)


def _frequency(count: int) -> bytes:
    return count.to_bytes(4, "big")
