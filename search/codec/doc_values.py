"""What a segment keeps of each document besides postings: stored fields, date and facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from search.codec.container import Array
from search.codec.kernels.jit import kernel

FACET_SEPARATOR = "\x1f"
"""Between the values of one document in the Whoosh column of a facet."""

_OFFSETS_FROM = 2**15
"""Whoosh expects offsets beside the lengths in columns of more documents than this."""
_VALUE_BYTES = 200
"""About what Python takes for the lists of one document."""


class DocArrays(TypedDict):
    """The parts of SegmentData that are about documents."""

    stored_offsets: Array
    stored_blob: Array
    columns: dict[str, bytes]
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
            columns=whoosh_columns(published, facets),
            extra=value_arrays(published, facets),
        )


class Facet:
    """The values of a facet, as the specification names its arrays."""

    def __init__(self, blob: Array, offsets: Array, starts: Array, ordinals: Array) -> None:
        self.values_blob = blob
        self.values_offsets = offsets
        self.starts = starts
        self.ordinals = ordinals


class _FacetValues:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ordinals: list[int] = []
        self._ends = [0]

    def add(self, values: Sequence[str]) -> None:
        numbers = self._numbers
        for value in values:
            self._ordinals.append(numbers.setdefault(value, len(numbers)))
        self._ends.append(len(self._ordinals))

    def build(self) -> Facet:
        encoded = [value.encode() for value in self._numbers]
        ranked = sorted(range(len(encoded)), key=encoded.__getitem__)
        ranks = np.empty(len(encoded), np.uint32)
        ranks[ranked] = np.arange(len(encoded), dtype=np.uint32)
        return Facet(
            np.frombuffer(b"".join(encoded[number] for number in ranked), np.uint8),
            offsets_of(np.array([len(encoded[number]) for number in ranked], np.int64)),
            np.array(self._ends, np.uint32),
            ranks[np.array(self._ordinals, np.int64)],
        )


def offsets_of(sizes: Array) -> Array:
    """Where things of these sizes begin, and the last ends, as u64."""
    return np.concatenate([np.zeros(1, np.uint64), np.cumsum(sizes, dtype=np.uint64)])


def value_arrays(published: Array, facets: Mapping[str, Facet]) -> dict[str, Array]:
    """Date and facets as the specification names them."""
    arrays = {"published": published}
    for name, facet in facets.items():
        arrays[f"facets/{name}/values_blob"] = facet.values_blob
        arrays[f"facets/{name}/values_offsets"] = facet.values_offsets
        arrays[f"facets/{name}/starts"] = facet.starts
        arrays[f"facets/{name}/ordinals"] = facet.ordinals
    return arrays


def whoosh_columns(published: Array, facets: Mapping[str, Facet]) -> dict[str, bytes]:
    """The same as Whoosh's own columns: ``published``, and ``<name>_facet`` for each facet."""
    columns = {"published": published.astype(">i8").tobytes()}
    for name, facet in facets.items():
        columns[f"{name}_facet"] = bytes_column(*_joined_values(facet))
    return columns


def bytes_column(blob: Array, sizes: Array) -> bytes:
    """A Whoosh VarBytesColumn of values of these sizes, one after the other in the blob."""
    column = blob.tobytes() + sizes.astype(">u4").tobytes()
    if len(sizes) <= _OFFSETS_FROM:
        return column + b"I"
    return column + offsets_of(sizes)[:-1].astype(">u4").tobytes() + b"IIX"


def _joined_values(facet: Facet) -> tuple[Array, Array]:
    """The values of each document with separators between: blob and sizes."""
    value_sizes = np.diff(facet.values_offsets).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(value_sizes[facet.ordinals] + 1)])[facet.starts]
    sizes = np.maximum(np.diff(ends) - 1, 0)
    blob = np.empty(int(sizes.sum()), np.uint8)
    _join(
        *(facet.values_blob, facet.values_offsets, facet.starts, facet.ordinals),
        *(ord(FACET_SEPARATOR), blob),
    )
    return blob, sizes


@kernel
def _join(
    values_blob: Array,
    values_offsets: Array,
    starts: Array,
    ordinals: Array,
    separator: int,
    blob: Array,
) -> None:
    at = 0
    for doc in range(len(starts) - 1):
        for i in range(starts[doc], starts[doc + 1]):
            if i > starts[doc]:
                blob[at] = separator
                at += 1
            for j in range(values_offsets[ordinals[i]], values_offsets[ordinals[i] + 1]):
                blob[at] = values_blob[j]
                at += 1
