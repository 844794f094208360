"""The arrays of one segment, and the term dictionary in them."""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from sanbao.search.codec import stored_fields
from sanbao.search.codec.container import Container
from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import F32, U8, U32, U64, U16OrU32
from sanbao.search.codec.kernels.dictionary import lower_bound
from sanbao.search.codec.kernels.positions import STARTS_A_BASE
from sanbao.search.codec.kernels.small_freqs import unpack_freqs
from sanbao.search.errors import IndexCorrupt


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of a segment.

    Attributes:
        number: its row in ``lengths``.
        first_term, end_term: its terms in the dictionary, ``end_term`` excluded.
        positions: whether its postings have positions.
        scorable: whether it has field_lengths.
        total_length: the sum of its field_lengths.
    """

    name: str
    number: int
    first_term: int
    end_term: int
    positions: bool
    scorable: bool
    total_length: int


class SegmentArrays:
    """What the specification of :mod:`search.codec` names, as attributes.

    Args:
        mapped: the file, if it is mapped already.

    Raises:
        IndexVersionMismatch, IndexCorrupt: naming the file and what to do.
    """

    def __init__(self, path: Path, mapped: mmap | None = None) -> None:
        self.container = container = Container(path, mapped)
        with container.reading_directory():
            self.doc_count = int(container.meta["doc_count"])
            self.fields = {
                field["name"]: FieldInfo(number=number, **field)
                for number, field in enumerate(container.meta["fields"])
            }
        self.term_blob: U8 = container["terms/blob"]
        self.term_offsets: U64 = container["terms/offsets"]
        self.term_postings: U64 = container["terms/postings"]
        self.term_totals: U64 = container["terms/totals"]
        self.term_max_freqs: U32 = container["terms/max_freqs"]
        self.term_min_lengths: U32 = container["terms/min_lengths"]
        self.term_max_lengths: U32 = container["terms/max_lengths"]
        self.term_docs: U64 = container["terms/docs"]
        self.docs: U32 = container["postings/docs"]
        self.bitmap_terms: U32 = container["bitmaps/terms"]
        self.bitmap_words: U64 = container["bitmaps/words"]
        self.freqs: U8 = container["postings/freqs"]
        self.large_at: U64 = container["postings/large_at"]
        self.large: U32 = container["postings/large"]
        self.weights: F32 | None = container.get("postings/weights")
        self.positions: U16OrU32 = container["positions/values"]
        self.position_starts: U32 = container["positions/starts"]
        self.position_bases: U64 = container["positions/bases"]
        self.lengths: U16OrU32 = container["lengths"]
        self.stored_offsets: U64 = container["stored/offsets"]
        self.stored_blob: U8 = container["stored/blob"]
        self.stored_checksums: U32 = container["stored/checksums"]

    def term_bytes(self, term: int) -> bytes:
        """The bytes of a term of the dictionary."""
        return self.term_blob[self.term_offsets[term] : self.term_offsets[term + 1]].tobytes()

    def find(self, field: str, text: bytes) -> int:
        """The number of the term, or -1."""
        info = self.fields.get(field)
        if info is None:
            return -1
        term = self.lower_bound(info, text)
        return term if term < info.end_term and self.term_bytes(term) == text else -1

    def lower_bound(self, info: FieldInfo, text: bytes) -> int:
        """The first term of the field that is not less than ``text``, or its ``end_term``."""
        key = np.frombuffer(text, np.uint8)
        return int(
            lower_bound(self.term_blob, self.term_offsets, info.first_term, info.end_term, key)
        )

    def prefix_range(self, field: str, prefix: bytes) -> tuple[int, int]:
        """The terms of the field that start with ``prefix``: first, and one past the last."""
        info = self.fields.get(field)
        if info is None:
            return 0, 0
        after = _successor(prefix)
        end = info.end_term if after is None else self.lower_bound(info, after)
        return self.lower_bound(info, prefix), end

    def postings_of(self, term: int) -> tuple[int, int]:
        """Its postings: first, and one past the last."""
        return int(self.term_postings[term]), int(self.term_postings[term + 1])

    def docs_of(self, term: int) -> U32:
        """The doc_ids of a term, rising, u32."""
        return self.docs_of_terms(term, term + 1)

    def docs_of_terms(self, first: int, end: int) -> U32:
        """The doc_ids of the postings of terms ``first`` to ``end``, u32."""
        low, high = np.searchsorted(self.bitmap_terms, [first, end]).tolist()
        pieces = []
        for row in range(low, high):
            term = int(self.bitmap_terms[row])
            pieces.append(self.docs[self.term_docs[first] : self.term_docs[term]])
            pieces.append(bitmaps.to_docs(self.bitmap_words[row]))
            first = term + 1
        listed: U32 = self.docs[self.term_docs[first] : self.term_docs[end]]
        return np.concatenate([*pieces, listed]) if pieces else listed

    def position_start(self, number: int) -> int:
        """Where the positions of posting ``16 * number`` begin."""
        base = self.position_bases[number // STARTS_A_BASE]
        return int(base) + int(self.position_starts[number])

    def term_freqs(self, first: int, end: int) -> U32:
        """The exact term_freqs of postings ``first`` to ``end``, as u32."""
        freqs = unpack_freqs(self.freqs, first, end)
        low, high = np.searchsorted(self.large_at, [first, end])
        freqs[self.large_at[low:high].astype(np.int64) - first] = self.large[low:high]
        return freqs

    def intact_fields(self, doc_id: int) -> bytes | None:
        """The stored fields of a document, packed; None unless they have their checksum.

        Whatever the arrays hold, it raises nothing.
        """
        try:
            begin, end = map(int, self.stored_offsets[doc_id : doc_id + 2])
            if not 0 <= begin <= end <= len(self.stored_blob):
                return None
            packed: bytes = self.stored_blob[begin:end].tobytes()
            return packed if crc32(packed) == self.stored_checksums[doc_id] else None
        except (LookupError, TypeError, ValueError, ArithmeticError):
            return None

    def stored_fields(self, doc_id: int) -> dict[str, Any]:
        """The stored fields of a document.

        Raises:
            IndexCorrupt: naming the file, when they cannot be read.
        """
        begin, end = self.stored_offsets[doc_id : doc_id + 2].tolist()
        try:
            return stored_fields.unpack(self.stored_blob[begin:end].tobytes())
        except ValueError as error:
            raise IndexCorrupt(
                f"{self.container.path}: document {doc_id} has {error}; restore it from a copy"
            ) from error


def _successor(prefix: bytes) -> bytes | None:
    """The least bytes greater than all that start with ``prefix``; None if there are none."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else None


def narrowest(values: Any, largest: int) -> U16OrU32:
    """The values as u16 where the largest fits, else as u32."""
    return np.asarray(values, dtype=np.uint16 if largest < 65_536 else np.uint32)
