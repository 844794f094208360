"""An article as the arrays that the index is made of."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from whoosh import formats

from sanbao.search.article import Article
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument
from sanbao.search.engines.embedded.field_types import Tokens
from sanbao.search.engines.embedded.schema import schema, to_document, unpack_values

FACETS = ("lang", "source", "category")

FIELDS = tuple(
    IndexedField(name, isinstance(field.format, formats.Positions), bool(field.scorable))
    for name, field in sorted(schema().items())
    if field.indexed
)


def pack_article(article: Article) -> PackedDocument:
    """The article, analysed and packed: small, and quick to send to another process."""
    return pack_document(to_document(article))


def pack_document(document: dict[str, Any]) -> PackedDocument:
    """The fields of :func:`search.engines.embedded.schema.to_document`, packed."""
    tokens = {field.name: _tokens(document[field.name]) for field in FIELDS}
    return PackedDocument(
        terms=b"".join(pack_field(tokens[field.name].terms) for field in FIELDS),
        positions=b"".join(
            np.array(tokens[field.name].positions, np.uint32).tobytes()
            for field in FIELDS
            if field.positions
        ),
        stored=pickle.dumps({"article": document["article"]}, pickle.HIGHEST_PROTOCOL),
        published=document["published"],
        facets=tuple(tuple(unpack_values(document[f"{name}_facet"])) for name in FACETS),
    )


def _tokens(value: Tokens | list[str]) -> Tokens:
    """Of a field: its tokens, or its values as tokens."""
    return value if isinstance(value, Tokens) else Tokens(value, ())
