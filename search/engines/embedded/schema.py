"""The Whoosh schema: which fields an article has in the index, and how one becomes the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from whoosh import columns, fields, formats

from sanbao.search.analysis import Terms, terms, title_keys
from sanbao.search.analysis.grams import PART_GAP
from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.article import Article, base_language
from sanbao.search.engines.embedded.field_types import KeywordsField, Tokens, TokensField
from sanbao.search.ranking.weights import TITLE_COPIES

NO_DATE = -(2**62)
"""Stands in the ``published`` column of an article without a date."""

SENTENCE_END_TERM = "."
"""The only term of the fields that say at which positions of the grams sentences end."""

_SEPARATOR = "\x1f"


def schema() -> fields.Schema:
    """The fields of every index."""
    return fields.Schema(
        id=KeywordsField("exact", unique=True),
        article=fields.STORED(),
        text_words=TokensField(formats.Frequency(), "words"),
        text_grams=TokensField(formats.Positions(), "grams"),
        text_sentences=TokensField(formats.Positions()),
        title_words=TokensField(formats.Frequency(), "words"),
        title_grams=TokensField(formats.Positions(), "grams"),
        title_sentences=TokensField(formats.Positions()),
        whole_title=KeywordsField("title"),
        title_start=KeywordsField(),
        title_readings=KeywordsField(),
        language=KeywordsField("keyword"),
        source=KeywordsField("keyword"),
        category=KeywordsField("keyword"),
        author=KeywordsField("keyword"),
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
