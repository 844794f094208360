"""The Whoosh schema: which fields an article has in the index, and how one becomes the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from whoosh import columns, fields, formats

from sanbao.search.article import Article
from sanbao.search.codec.doc_values import FACET_SEPARATOR
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.engines.embedded.field_types import KeywordsField, TokensField
from sanbao.search.fields import FACETS, FIELDS, Field, counted_values, tokens_of


def schema() -> fields.Schema:
    """The fields of every index: those of :mod:`search.fields`, and what is kept by document."""
    kept = {
        "article": fields.STORED(),
        "published": fields.COLUMN(columns.NumericColumn("q", default=NO_DATE)),
    }
    facets = {f"{name}_facet": fields.COLUMN(columns.VarBytesColumn()) for name in FACETS}
    return fields.Schema(**kept, **{field.name: _type_of(field) for field in FIELDS}, **facets)


def to_document(article: Article) -> dict[str, Any]:
    """The article as Whoosh fields, analysed."""
    return {
        "article": json.dumps(article.to_dict(), ensure_ascii=False),
        "published": int(article.published.timestamp()) if article.published else NO_DATE,
        **tokens_of(article),
        **{f"{name}_facet": pack_values(each) for name, each in counted_values(article).items()},
    }


def from_stored(stored: dict[str, Any]) -> Article:
    """The inverse of :func:`to_document`, from the stored field."""
    return Article.from_trusted(json.loads(stored["article"]))


def pack_values(values: Sequence[str]) -> bytes:
    """Values of one article as the bytes of a facet column."""
    return FACET_SEPARATOR.join(value.encode() for value in values)


def unpack_values(packed: bytes) -> list[str]:
    """The inverse of :func:`pack_values`."""
    return [value.decode() for value in packed.split(FACET_SEPARATOR)] if packed else []


def _type_of(field: Field) -> fields.FieldType:
    if field.form == "whole":
        return KeywordsField(field.reader, unique=field.name == "id")
    kept = formats.Positions() if field.form == "placed" else formats.Frequency()
    return TokensField(kept, field.reader)
