"""The documents that a part of a query matches: a list or a bitmap, whichever there is."""

from __future__ import annotations

from functools import reduce

import numpy as np

from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import U32, U64, Array, Bools
from sanbao.search.codec.kernels.membership import keep_marked, mark_members


class DocSet:
    """A set of doc_ids of one segment. Its arrays are never written to.

    Both forms can be had; the one that is not there is made when it is first asked for.
    """

    __slots__ = ("_bitmap", "_docs", "_size", "doc_count")

    def __init__(
        self,
        doc_count: int,
        *,
        docs: U32 | None = None,
        bitmap: U64 | None = None,
        size: int | None = None,
    ) -> None:
        """From rising doc_ids (u32) or from a bitmap (u64), of known ``size`` or to be counted."""
        self.doc_count = doc_count
        self._size = size if docs is None else len(docs)
        self._docs = None if docs is None else frozen(docs)
        self._bitmap = None if bitmap is None else frozen(bitmap)

    @property
    def docs(self) -> U32:
        """The doc_ids, rising, u32."""
        if self._docs is None:
            self._docs = frozen(bitmaps.to_docs(self.bitmap))
        return self._docs

    @property
    def bitmap(self) -> U64:
        """The bitmap, u64."""
        if self._bitmap is None:
            self._bitmap = frozen(bitmaps.from_docs(self.docs, self.doc_count))
        return self._bitmap

    @property
    def is_listed(self) -> bool:
        """Whether the list of doc_ids is there."""
        return self._docs is not None

    def __len__(self) -> int:
        if self._size is None:
            self._size = int(bitmaps.count_bits(self.bitmap))
        return self._size

    def __and__(self, other: DocSet) -> DocSet:
        if not self.is_listed and not other.is_listed:
            return DocSet(self.doc_count, bitmap=self.bitmap & other.bitmap)
        few, many = (self, other) if _comes_first(self, other) else (other, self)
        return few.kept(many.marks(few.docs))

    def __sub__(self, other: DocSet) -> DocSet:
        if self.is_listed:
            return self.kept(~other.marks(self.docs))
        return DocSet(self.doc_count, bitmap=self.bitmap & ~other.bitmap)

    def kept(self, marks: Bools) -> DocSet:
        """The documents that are marked (bool, in order of ``docs``)."""
        return DocSet(self.doc_count, docs=keep_marked(self.docs, marks))

    def marks(self, docs: U32) -> Bools:
        """Which of the rising doc_ids (u32) the set holds, bool."""
        marks = np.zeros(len(docs), np.bool_)
        mark_members(marks, docs, self._docs, self._bitmap, self.doc_count)
        return marks


def union(sets: list[DocSet], doc_count: int) -> DocSet:
    """What any of the sets holds."""
    if len(sets) == 1:
        return sets[0]
    bitmap = bitmaps.empty(doc_count)
    for each in sets:
        if each.is_listed:
            bitmaps.set_bits(bitmap, each.docs)
        else:
            np.bitwise_or(bitmap, each.bitmap, out=bitmap)
    return DocSet(doc_count, bitmap=bitmap)


def intersection(sets: list[DocSet]) -> DocSet:
    """What all of the sets hold; there is at least one."""
    return reduce(DocSet.__and__, sorted(sets, key=lambda each: (not each.is_listed, len(each))))


def frozen(array: Array) -> Array:
    """The array, read-only as those of a segment are: kernels are compiled for each kind."""
    array.flags.writeable = False
    return array


def _comes_first(one: DocSet, other: DocSet) -> bool:
    """Whether ``one`` is the list to go through: the shorter one, if both are lists."""
    return one.is_listed and (not other.is_listed or len(one) <= len(other))
