"""The term dictionary as Whoosh reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, repeat
from typing import Any

from whoosh.codec.base import FieldCursor, TermsReader
from whoosh.reading import TermInfo, TermNotFound

from sanbao.search.codec.segment_arrays import FieldInfo, SegmentArrays
from sanbao.search.codec.whoosh_codec.matcher import ArrayMatcher
from sanbao.search.codec.whoosh_codec.posting_run import PostingRun, whoosh_length

Term = tuple[str, bytes]

_READ_AHEAD, _MOST_READ_AHEAD = 16, 1024
"""Terms that are cut out of the blob together when they are read in order, at first and later."""


class ArrayTermsReader(TermsReader):
    """Finds terms, their statistics and their postings. Terms are (field, bytes)."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self._arrays = arrays

    def __contains__(self, term: Term) -> bool:
        return self._arrays.find(*term) >= 0

    def indexed_field_names(self) -> list[str]:
        """The fields that have terms, in order."""
        fields = self._arrays.fields.values()
        return [field.name for field in fields if field.first_term < field.end_term]

    def terms(self) -> Iterator[Term]:
        """All terms, in order."""
        return self._terms(0)

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[Term]:
        """All terms from the first one of the field that is not less than ``prefix``."""
        return self._terms(self._lower_bound(fieldname, prefix))

    def items(self) -> Iterator[tuple[Term, ArrayTermInfo]]:
        """All terms, in order, with their statistics."""
        return self._items(0)

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[Term, ArrayTermInfo]]:
        """The terms of :meth:`terms_from` with their statistics."""
        return self._items(self._lower_bound(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> ArrayTermInfo:
        """The statistics of a term; raises TermNotFound."""
        return ArrayTermInfo(self._arrays, *self._find(fieldname, text))

    def frequency(self, fieldname: str, text: bytes) -> float:
        """The sum of the term's weights, 0 if it is not there."""
        return self.term_info(fieldname, text).weight() if (fieldname, text) in self else 0.0

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """How many documents have the term; 0 if it is not there."""
        term = self._arrays.find(fieldname, text)
        first, end = self._arrays.postings_of(term) if term >= 0 else (0, 0)
        return end - first

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> ArrayMatcher:
        """The postings of a term; raises TermNotFound."""
        postings = _postings_of(self._arrays, *self._find(fieldname, text))
        return ArrayMatcher(
            postings, self._field_positions[fieldname], format_, scorer, (fieldname, text)
        )

    def cursor(self, fieldname: str, fieldobj: Any) -> ArrayCursor:
        """A cursor on the first term of the field."""
        return ArrayCursor(self._arrays, fieldname, fieldobj)

    def _find(self, field: str, text: bytes) -> tuple[FieldInfo, int]:
        term = self._arrays.find(field, text)
        if term < 0:
            raise TermNotFound(f"No term {field}:{text!r}")
        return self._arrays.fields[field], term

    def _items(self, start: int) -> Iterator[tuple[Term, ArrayTermInfo]]:
        for field, first, texts in self._pieces(start):
            for number, text in enumerate(texts, first):
                yield (field.name, text), ArrayTermInfo(self._arrays, field, number)

    def _lower_bound(self, field: str, text: bytes) -> int:
        """The number of the first term of the field that is not less; T for an unknown field."""
        info = self._arrays.fields.get(field)
        return self._arrays.lower_bound(info, text) if info else len(self._arrays.term_totals)

    def _terms(self, start: int) -> Iterator[Term]:
        return chain.from_iterable(
            zip(repeat(field.name), texts) for field, _, texts in self._pieces(start)
        )

    def _pieces(self, start: int) -> Iterator[tuple[FieldInfo, int, Iterable[bytes]]]:
        """The terms from ``start`` on, by field and a few at a time: also the first's number."""
        for field in self._arrays.fields.values():
            first, length = max(start, field.first_term), _READ_AHEAD
            while first < field.end_term:
                end = min(first + length, field.end_term)
                yield field, first, self._texts(first, end)
                first, length = end, min(2 * length, _MOST_READ_AHEAD)

    def _texts(self, first: int, end: int) -> Iterable[bytes]:
        offsets = self._arrays.term_offsets[first : end + 1]
        blob = self._arrays.term_blob[offsets[0] : offsets[-1]].tobytes()
        places = (offsets - offsets[0]).tolist()
        return map(blob.__getitem__, map(slice, places, places[1:]))

    @cached_property
    def _field_positions(self) -> dict[str, int]:
        """Where in ``positions/values`` those of each field begin."""
        begins, total = {}, 0
        for field in self._arrays.fields.values():
            begins[field.name] = total
            if field.positions:
                totals = self._arrays.term_totals[field.first_term : field.end_term]
                total += int(totals.sum())
        return begins


class ArrayTermInfo(TermInfo):
    """Statistics of a term in a segment; most are read when they are asked for."""

    def __init__(self, arrays: SegmentArrays, field: FieldInfo, term: int) -> None:
        self._arrays, self._field, self._term = arrays, field, term
        first, end = arrays.postings_of(term)
        self._df = end - first

    # Whoosh adds to these two when the segment is one of several.

    @cached_property
    def _minid(self) -> int:
        return self._postings().first_doc()

    @cached_property
    def _maxid(self) -> int:
        return self._postings().last_doc()

    def weight(self) -> float:
        """The sum of the weights."""
        if self._arrays.weights is None:
            return float(self._arrays.term_totals[self._term])
        return float(self._postings().weights().sum(dtype=float))

    def max_weight(self) -> float:
        """The greatest weight."""
        if self._arrays.weights is None:
            return float(self._arrays.term_max_freqs[self._term])
        return self._postings().max_weight()

    def min_length(self) -> int:
        """The least field_length, rounded as Whoosh does; 0 in fields without."""
        return whoosh_length(int(self._arrays.term_min_lengths[self._term]))

    def max_length(self) -> int:
        """The greatest field_length, rounded as Whoosh does; 0 in fields without."""
        return whoosh_length(int(self._arrays.term_max_lengths[self._term]))

    def _postings(self) -> PostingRun:
        return _postings_of(self._arrays, self._field, self._term)


class ArrayCursor(FieldCursor):
    """Stands on one term of a field after the other.

    Attributes:
        field: its name.
    """

    def __init__(self, arrays: SegmentArrays, field: str, fieldobj: Any) -> None:
        self.field = field
        self._arrays = arrays
        self._info = arrays.fields.get(field) or FieldInfo(field, -1, 0, 0, False, False, 0)
        self._fieldobj = fieldobj
        self.first()

    def first(self) -> str | None:
        """Go to the first term; returns it, or None if the field has none."""
        return self._go_to(self._info.first_term)

    def find(self, string: str | bytes) -> str | None:
        """Go to the first term that is not less; returns it, or None at the end."""
        text = string if isinstance(string, bytes) else self._fieldobj.to_bytes(string)
        return self._go_to(self._arrays.lower_bound(self._info, text))

    def next(self) -> str | None:
        """Go to the next term; returns it, or None at the end."""
        return self._go_to(min(self._term + 1, self._info.end_term))

    def text(self) -> str | None:
        """The term as the field reads it; None at the end."""
        return self._text

    def term(self) -> Term | None:
        """The field and the bytes of the term; None at the end."""
        return (self._info.name, self._arrays.term_bytes(self._term)) if self.is_valid() else None

    def term_info(self) -> ArrayTermInfo | None:
        """The statistics of the term; None at the end."""
        if not self.is_valid():
            return None
        return ArrayTermInfo(self._arrays, self._info, self._term)

    def is_valid(self) -> bool:
        """Whether it stands on a term."""
        return self._term < self._info.end_term

    def _go_to(self, term: int) -> str | None:
        self._term = term
        self._text: str | None = (
            self._fieldobj.from_bytes(self._arrays.term_bytes(term)) if self.is_valid() else None
        )
        return self._text


def _postings_of(arrays: SegmentArrays, field: FieldInfo, term: int) -> PostingRun:
    return PostingRun(arrays, field, arrays.postings_of(term)[0], arrays.docs_of(term))
