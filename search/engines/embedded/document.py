"""An article as the arrays that the index is made of."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from sanbao.search import fields
from sanbao.search.article import Article
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument
from sanbao.search.engines.embedded.schema import to_document, unpack_values

PACKED_FIELDS = tuple(
    IndexedField(field.name, positions=field.form == "placed", scorable=field.form != "whole")
    for field in sorted(fields.FIELDS)
)


def pack_article(article: Article) -> PackedDocument:
    """The article, analysed and packed: small, and quick to send to another process."""
    return pack_document(to_document(article))


def pack_document(document: dict[str, Any]) -> PackedDocument:
    """The fields of :func:`search.engines.embedded.schema.to_document`, packed."""
    return PackedDocument(
        terms=b"".join(pack_field(document[field.name].terms) for field in PACKED_FIELDS),
        positions=b"".join(
            np.array(document[field.name].positions, np.uint32).tobytes()
            for field in PACKED_FIELDS
            if field.positions
        ),
        stored=pickle.dumps({"article": document["article"]}, pickle.HIGHEST_PROTOCOL),
        published=document["published"],
        facets=tuple(tuple(unpack_values(document[f"{name}_facet"])) for name in fields.FACETS),
    )
