"""Builds a segment file from lists of tokens, slowly and plainly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.kernels.evaluation_arrays import date_arrays
from sanbao.search.codec.segment_writer import FieldTerms, SegmentData, write_segment

Tokens = Sequence[str]


def plain_segment(
    fields: Mapping[str, Sequence[Tokens]],
    *,
    keywords: Collection[str] = (),
    without_positions: Collection[str] = (),
    published: Sequence[int] | None = None,
    facets: Mapping[str, Sequence[Sequence[str]]] | None = None,
) -> SegmentData:
    """A segment of as many documents as every field has token lists.

    Args:
        fields: by name, the tokens of each document; a token's position is its place.
        keywords: fields of whole values: no positions, no lengths, every term_freq 1.
        without_positions: further fields without positions.
        published: seconds since 1970 of each document, or no dates.
        facets: by name, the values of each document.
    """
    doc_count = len(next(iter(fields.values())))
    names = sorted(fields)
    field_terms: list[FieldTerms] = []
    terms: list[bytes] = []
    postings: list[list[tuple[int, int]]] = []
    positions: list[int] = []
    for name in names:
        with_positions = name not in keywords and name not in without_positions
        found = _places(fields[name])
        field_terms.append(FieldTerms(name, len(found), with_positions, name not in keywords))
        for term in sorted(found):
            terms.append(term)
            places = found[term]
            postings.append(
                [(doc, 1 if name in keywords else len(at)) for doc, at in places.items()]
            )
            if with_positions:
                positions.extend(place for at in places.values() for place in at)
    flat = [posting for term in postings for posting in term]
    data = SegmentData(
        doc_count=doc_count,
        fields=field_terms,
        term_blob=np.frombuffer(b"".join(terms), np.uint8),
        term_offsets=_offsets([len(term) for term in terms]),
        term_postings=_offsets([len(term) for term in postings]),
        term_totals=np.array([sum(freq for _, freq in term) for term in postings], np.uint64),
        docs=np.array([doc for doc, _ in flat], np.uint32),
        freqs=np.array([freq for _, freq in flat], np.uint32),
        positions=np.array(positions, np.uint32),
        lengths=np.array(
            [[0 if name in keywords else len(tokens) for tokens in fields[name]] for name in names],
            np.uint32,
        ).reshape(len(names), doc_count),
        stored_offsets=np.zeros(doc_count + 1, np.uint64),
        stored_blob=np.empty(0, np.uint8),
    )
    data.extra = {
        "published": (dates := np.array(published or [NO_DATE] * doc_count, np.int64)),
        **date_arrays(dates),
        **_facet_arrays(facets or {}),
    }
    return data


def write_plain_segment(path: Path, data: SegmentData) -> Path:
    """Write the segment to the file and return its path."""
    with path.open("wb") as file:
        write_segment(file, data)
    return path


def _places(documents: Sequence[Tokens]) -> dict[bytes, dict[int, list[int]]]:
    """For each term the documents that have it, and where it stands in them."""
    found: dict[bytes, dict[int, list[int]]] = {}
    for doc, tokens in enumerate(documents):
        for place, token in enumerate(tokens):
            found.setdefault(token.encode(), {}).setdefault(doc, []).append(place)
    return found


def _facet_arrays(facets: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, np.ndarray]:
    arrays = {}
    for name, documents in facets.items():
        values = sorted({value.encode() for each in documents for value in each})
        numbers = [[values.index(v.encode()) for v in Counter(each)] for each in documents]
        arrays[f"facets/{name}/values_blob"] = np.frombuffer(b"".join(values), np.uint8)
        arrays[f"facets/{name}/values_offsets"] = _offsets([len(value) for value in values])
        if max(map(len, numbers), default=0) <= 1:
            single = [each[0] if each else len(values) for each in numbers]
            arrays[f"facets/{name}/single"] = np.array(single, np.min_scalar_type(len(values)))
            continue
        arrays[f"facets/{name}/starts"] = _offsets([len(n) for n in numbers]).astype(np.uint32)
        arrays[f"facets/{name}/ordinals"] = np.array(
            [number for each in numbers for number in each], np.uint32
        )
    return arrays


def _offsets(lengths: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.uint64)]).astype(np.uint64)
