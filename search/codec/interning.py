"""Terms to numbers: a hash table over bytes, without a Python object for each token.

Documents come packed: each term is closed by :data:`TERM_END` and each field by
:data:`FIELD_END`, two bytes that UTF-8 never uses::

    two fields, "a b" and nothing, then "b" and "c"    a FF b FF FE FE b FF FE c FF FE
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64, Array
from sanbao.search.codec.kernels.jit import kernel

TERM_END = 0xFF
FIELD_END = 0xFE

_FIRST_SLOTS = 1 << 12
_SHORT = 7
"""Bytes of a term that fit into its key beside the field."""

_LONG = np.uint64(0xFE << 48)
"""In the key of a longer term, which has a hash in the place of its bytes."""

_HASH = np.uint64(0xFFFF_FFFF_FFFF)
_FNV_PRIME = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_TO_TERM_END = bytes(TERM_END if byte == ord("\n") else byte for byte in range(256))


def pack_field(terms: Sequence[str]) -> bytes:
    """The terms of one field of one document, in their order, packed.

    Raises:
        UnicodeEncodeError: for half a surrogate pair, which is no text.
    """
    if not terms:
        return b"\xfe"
    joined = "\n".join(terms)
    if joined.count("\n") == len(terms) - 1:
        return joined.encode().translate(_TO_TERM_END) + b"\xff\xfe"
    return b"\xff".join(term.encode() for term in terms) + b"\xff\xfe"


@dataclass(slots=True)
class Vocabulary:
    """Distinct terms, numbered; term i is ``blob[offsets[i]:offsets[i + 1]]`` of ``fields[i]``."""

    blob: U8
    offsets: I64
    fields: U8

    def __len__(self) -> int:
        return len(self.fields)


class Interner:
    """Numbers the distinct (field, term) of packed documents in order of first appearance.

    A slot of the table holds the key of a term and its number plus 1. The key has the field in its
    highest byte, and below it the bytes of a short term, all of them, so that mostly nothing else
    has to be looked at: :data:`TERM_END` follows the last one.
    """

    def __init__(self, field_count: int) -> None:
        self._field_count = field_count
        self._table: U64 = np.zeros((_FIRST_SLOTS, 2), np.uint64)
        self._blob: U8 = np.empty(8 * _FIRST_SLOTS, np.uint8)
        self._offsets: I64 = np.zeros(_FIRST_SLOTS // 2 + 1, np.int64)
        self._fields: U8 = np.empty(_FIRST_SLOTS // 2, np.uint8)
        self._terms = 0

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        arrays = (self._table, self._blob, self._offsets, self._fields)
        return sum(array.nbytes for array in arrays)

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms so far."""
        blob = self._blob[: self._offsets[self._terms]]
        return Vocabulary(blob, self._offsets[: self._terms + 1], self._fields[: self._terms])

    def intern(self, packed: U8) -> tuple[U32, U32]:
        """The number of every token, u32, and how many each field has, u32 [documents, fields].

        ``packed`` holds whole documents, as u8.
        """
        ids = np.empty(np.count_nonzero(packed == TERM_END), np.uint32)
        counts = np.empty(np.count_nonzero(packed == FIELD_END), np.uint32)
        # Of the kernel: the next byte, tokens and fields done, terms known, where the field began.
        progress = np.array([0, 0, 0, self._terms, 0], np.int64)
        self._make_room_for(len(packed))
        while progress[0] < len(packed):
            if 2 * self._terms >= len(self._table):
                self._double_table()
            _intern(
                packed,
                self._field_count,
                self._table,
                self._blob,
                self._offsets,
                self._fields,
                ids,
                counts,
                progress,
            )
            self._terms = int(progress[3])
        return ids, counts.reshape(-1, self._field_count)

    def _make_room_for(self, size: int) -> None:
        used = int(self._offsets[self._terms])
        if used + size > len(self._blob):
            self._blob = _grown(self._blob, max(2 * len(self._blob), used + size))

    def _double_table(self) -> None:
        slots = 2 * len(self._table)
        smaller, self._table = self._table, np.zeros((slots, 2), np.uint64)
        self._offsets = _grown(self._offsets, slots // 2 + 1)
        self._fields = _grown(self._fields, slots // 2)
        _fill_table(smaller, self._table)


def _grown(array: Array, size: int) -> Array:
    grown = np.empty(size, array.dtype)
    grown[: len(array)] = array
    return grown


@kernel
def _first_slot(table: U64, key: np.uint64) -> np.uint64:
    """Where to look for the key first: Knuth's multiplicative hashing."""
    return ((key * _GOLDEN) >> np.uint64(32)) & np.uint64(len(table) - 1)


@kernel
def _hash_rest(value: np.uint64, packed: U8, at: int, end: int) -> np.uint64:
    """FNV-1a, by Fowler, Noll and Vo."""
    for i in range(at, end):
        value = (value ^ np.uint64(packed[i])) * _FNV_PRIME
    return value ^ (value >> np.uint64(32))


@kernel
def equal_bytes(blob: U8, start: int, end: int, other: U8, at: int, stop: int) -> bool:
    """Whether ``blob[start:end]`` is ``other[at:stop]``."""
    if end - start != stop - at:
        return False
    for i in range(end - start):  # noqa: SIM110 - numba compiles no all()
        if blob[start + i] != other[at + i]:
            return False
    return True


@kernel
def _intern(
    packed: U8,
    field_count: int,
    table: U64,
    blob: U8,
    offsets: I64,
    fields: U8,
    ids: U32,
    counts: U32,
    progress: I64,
) -> None:
    """Goes on from ``progress`` to the end, or until the table is half full."""
    at, tokens, fields_done, terms, field_start = progress
    mask = np.uint64(len(table) - 1)
    while at < len(packed):
        # 1. Between two fields.
        if packed[at] == FIELD_END:
            counts[fields_done] = tokens - field_start
            field_start = tokens
            fields_done += 1
            at += 1
            continue
        # 2. The term and its key.
        field = np.uint8(fields_done % field_count)
        key = np.uint64(0)
        end = at
        while end < at + _SHORT and packed[end] != TERM_END:
            key |= np.uint64(packed[end]) << np.uint64(8 * (end - at))
            end += 1
        is_long = packed[end] != TERM_END
        if is_long:
            first = end
            while packed[end] != TERM_END:
                end += 1
            key = (_hash_rest(key, packed, first, end) & _HASH) | _LONG
        elif end < at + _SHORT:
            key |= np.uint64(TERM_END) << np.uint64(8 * (end - at))
        key |= np.uint64(field) << np.uint64(56)
        # 3. The slot that holds it, or is free.
        slot = _first_slot(table, key)
        while table[slot, 1] != 0:
            if table[slot, 0] == key:
                if not is_long:
                    break
                term = np.int64(table[slot, 1]) - 1
                if equal_bytes(blob, offsets[term], offsets[term + 1], packed, at, end):
                    break
            slot = (slot + np.uint64(1)) & mask
        # 4. A term seen for the first time.
        if table[slot, 1] == 0:
            if 2 * terms >= len(table):
                break
            term = terms
            terms += 1
            table[slot, 0] = key
            table[slot, 1] = np.uint64(terms)
            fields[term] = field
            start = offsets[term]
            for i in range(end - at):
                blob[start + i] = packed[at + i]
            offsets[terms] = start + end - at
        ids[tokens] = np.int64(table[slot, 1]) - 1
        tokens += 1
        at = end + 1
    progress[:] = (at, tokens, fields_done, terms, field_start)


@kernel
def _fill_table(smaller: U64, table: U64) -> None:
    """Enters all that is in one table into another, which is empty."""
    mask = np.uint64(len(table) - 1)
    for i in range(len(smaller)):
        if smaller[i, 1] != 0:
            slot = _first_slot(table, smaller[i, 0])
            while table[slot, 1] != 0:
                slot = (slot + np.uint64(1)) & mask
            table[slot, 0] = smaller[i, 0]
            table[slot, 1] = smaller[i, 1]
