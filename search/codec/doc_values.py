"""What a segment keeps of each document besides postings: stored fields, date and facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict

import numpy as np

from sanbao.search.codec.container import Container
from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64, Array
from sanbao.search.codec.kernels.evaluation_arrays import date_arrays

FACET_SEPARATOR = b"\x1f"
"""Between the values of one document in the Whoosh column of a facet."""
_VALUE_BYTES = 200
"""About what Python takes for the lists of one document."""


class DocArrays(TypedDict):
    """The parts of SegmentData that are about documents."""

    stored_offsets: U64
    stored_blob: U8
    extra: dict[str, Array]


class DocValues:
    """Gathers the values of documents in order of doc_id.

    Args:
        facets: names of facets, in order.
    """

    def __init__(self, facets: Sequence[str]) -> None:
        self._stored: list[bytes] = []
        self._stored_bytes = 0
        self._published: list[int] = []
        self._facets = {name: _FacetValues() for name in facets}

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def nbytes(self) -> int:
        """About the memory that it takes to hold the values and make arrays of them."""
        return 2 * self._stored_bytes + len(self) * (_VALUE_BYTES + 100 * len(self._facets))

    def add(self, stored: bytes, published: int, facets: Sequence[Sequence[str]]) -> None:
        """The values of the next document, those of the facets each once."""
        self._stored.append(stored)
        self._stored_bytes += len(stored)
        self._published.append(published)
        for facet, values in zip(self._facets.values(), facets, strict=True):
            facet.add(values)

    def build(self) -> DocArrays:
        """All values as arrays."""
        sizes = np.fromiter(map(len, self._stored), np.int64, len(self._stored))
        published = np.array(self._published, np.int64)
        facets = {name: facet.build() for name, facet in self._facets.items()}
        return DocArrays(
            stored_offsets=offsets_of(sizes),
            stored_blob=np.frombuffer(b"".join(self._stored), np.uint8),
            extra=value_arrays(published, facets),
        )


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet, its values by document in the form that any facet can have.

    Attributes:
        values_blob, values_offsets, starts, ordinals: as the specification names its arrays.
    """

    values_blob: U8
    values_offsets: U64
    starts: U32
    ordinals: U32

    def single(self) -> Array | None:
        """The ordinal of each document, or None where some document has two values."""
        counts = np.diff(self.starts)
        if counts.max(initial=0) > 1:
            return None
        none = len(self.values_offsets) - 1
        single = np.full(len(counts), none, np.min_scalar_type(none))
        single[counts == 1] = self.ordinals
        return single


class _FacetValues:
    """Numbers the combinations of values, of which there are few."""

    def __init__(self) -> None:
        self._combinations: dict[tuple[str, ...], int] = {}
        self._documents: list[int] = []

    def add(self, values: Sequence[str]) -> None:
        combinations = self._combinations
        self._documents.append(combinations.setdefault(tuple(values), len(combinations)))

    def build(self) -> Facet:
        values = sorted({value.encode() for values in self._combinations for value in values})
        numbers = {value.decode(): number for number, value in enumerate(values)}
        sizes = np.array([len(values) for values in self._combinations], np.int64)
        ordinals = [numbers[value] for values in self._combinations for value in values]
        documents = np.array(self._documents, np.int64)
        starts = offsets_of(sizes[documents]).astype(np.int64)
        # Where the values of its combination stand, for each value of each document.
        shifts = (np.cumsum(sizes) - sizes)[documents] - starts[:-1]
        places = np.arange(starts[-1]) + np.repeat(shifts, sizes[documents])
        return Facet(
            np.frombuffer(b"".join(values), np.uint8),
            offsets_of(np.array([len(value) for value in values], np.int64)),
            starts.astype(np.uint32),
            np.array(ordinals, np.uint32)[places],
        )


def offsets_of(sizes: Array) -> U64:
    """Where things of these sizes begin, and the last ends, as u64."""
    return np.concatenate([np.zeros(1, np.uint64), np.cumsum(sizes, dtype=np.uint64)])


def value_arrays(published: I64, facets: Mapping[str, Facet]) -> dict[str, Array]:
    """Date and facets, and what is derived from dates, as the specification names them."""
    arrays = {"published": published, **date_arrays(published)}
    for name, facet in facets.items():
        arrays[f"facets/{name}/values_blob"] = facet.values_blob
        arrays[f"facets/{name}/values_offsets"] = facet.values_offsets
        single = facet.single()
        if single is not None:
            arrays[f"facets/{name}/single"] = single
        else:
            arrays[f"facets/{name}/starts"] = facet.starts
            arrays[f"facets/{name}/ordinals"] = facet.ordinals
    return arrays


def facet_names(container: Container) -> list[str]:
    """The facets that a segment has."""
    parts = (name.split("/") for name in container.names())
    return [part[1] for part in parts if part[0] == "facets" and part[2] == "values_offsets"]


def facet_values(container: Container, name: str) -> list[bytes]:
    """The distinct values of a facet, in order of bytes."""
    blob = container[f"facets/{name}/values_blob"].tobytes()
    offsets = container[f"facets/{name}/values_offsets"].tolist()
    return [blob[begin:end] for begin, end in pairwise(offsets)]


def read_facet(container: Container, name: str) -> Facet:
    """The inverse of :func:`value_arrays` for one facet."""
    blob, offsets = (container[f"facets/{name}/values_{part}"] for part in ("blob", "offsets"))
    single = container.get(f"facets/{name}/single")
    if single is None:
        parts = (container[f"facets/{name}/{part}"] for part in ("starts", "ordinals"))
        return Facet(blob, offsets, *parts)
    there = single < len(offsets) - 1
    starts = offsets_of(there).astype(np.uint32)
    return Facet(blob, offsets, starts, single[there].astype(np.uint32))
