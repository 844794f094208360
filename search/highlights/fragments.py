"""Which pieces of a long text to show, given where the matches are.

First the matches that a fragment is made for: those of the most telling needles, as close together
as they stand anywhere. Then its ends: whole sentences where they fit, or else whole words; never a
part of what readers see as one character. Everything takes time that grows with the text and the
number of matches, and no faster.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from unicodedata import combining

import numpy as np

from sanbao.search.analysis.code_points import code_points
from sanbao.search.analysis.runs import has_cjk
from sanbao.search.highlights.graphemes import boundaries

FRAGMENTS = 3
COLUMNS = 160
"""Of a fragment: a full-width character takes two of them, others one."""

REACH = COLUMNS * 3 // 4
"""How far apart the matches that a fragment is made for may stand, so that it shows more than
these."""

_SENTENCE_END = re.compile(r"(?:[。！？!?\n]|\.(?=[\s”’)]))[」』”’)）]*\s*")
_CLAUSE_END = re.compile(r"[，、；：—,;:]\s*")
_SPACE = re.compile(r"\s")
_SPACE_OR_COMMA = re.compile(r"[\s，、；：—,;:]")
_FIRST_FULL_WIDTH = 0x2E80
_HALF_WIDTH = 0xFF61, 0xFFDC


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and which needle was found there."""

    start: int
    end: int
    needle: Hashable


Place = tuple[int, int]
"""From which character to which."""


class Fragment(NamedTuple):
    """Characters ``start`` to ``end`` of a text, and whether a sentence is cut at each end."""

    start: int
    end: int
    is_cut_before: bool
    is_cut_after: bool


def fragments(text: str, spans: Sequence[Span], weights: Mapping[Hashable, int]) -> list[Fragment]:
    """At most :data:`FRAGMENTS` pieces of the text, in its order, that do not overlap.

    The first is the best; each further one shows a needle that those before it do not. Without
    spans it is the beginning of the text, and of a blank text there is nothing.

    Args:
        spans: in order.
        weights: above 0, of each needle.
    """
    content = len(text) - len(text.lstrip()), len(text.rstrip())
    if content[0] >= content[1]:
        return []
    columns = columns_before(text)
    if not spans:
        first = content[0]
        return [_Surroundings(text, columns, [], content, (first, first)).fragment()]
    chosen: list[Fragment] = []
    rest = spans
    while rest and len(chosen) < FRAGMENTS:
        gaps = _gaps(content, chosen)
        cores = [(core, gap) for gap in gaps if (core := best_core(rest, columns, weights, gap))]
        if not cores:
            break
        core, gap = max(cores, key=lambda each: each[0].value)
        surroundings = _Surroundings(text, columns, spans, gap, (core.start, core.end))
        chosen.append(surroundings.fragment())
        rest = _not_shown(rest, chosen[-1])
    return sorted(chosen)


def columns_before(text: str) -> Sequence[int]:
    """For each place in the text, its end included, the columns that what stands before takes."""
    if text.isascii():
        return range(len(text) + 1)
    codes = code_points(text)
    first, last = _HALF_WIDTH
    wide = (codes >= _FIRST_FULL_WIDTH) & ((codes < first) | (codes > last))
    columns: list[int] = np.cumsum(1 + wide).tolist()
    return [0, *columns]


class Core(NamedTuple):
    """Matches that a fragment is made for: the characters from the first to the last of them.

    Attributes:
        weight: of the different needles among them.
        extent: columns from the first to the last.
    """

    weight: int
    extent: int
    start: int
    end: int

    @property
    def value(self) -> tuple[int, int, int]:
        """The greater, the better: telling, close together, early."""
        return self.weight, -self.extent, -self.start


def best_core(
    spans: Sequence[Span],
    columns: Sequence[int],
    weights: Mapping[Hashable, int],
    within: Place,
) -> Core | None:
    """The matches of the most weight within :data:`REACH` columns, then those closest together,
    then the first; None when there are none.

    Two pointers go through the spans, as in the smallest window that holds all of a set of
    letters: what the left one passes is out of reach of the right one, or stands again between
    them.

    Args:
        spans: in order; one that is longer than the reach counts as long as that.
        within: only spans in these characters.
    """
    spans = [span for span in spans if within[0] <= span.start and span.end <= within[1]]
    begins = [columns[span.start] for span in spans]
    between = dict.fromkeys(weights, 0)
    weight = left = 0
    best: Core | None = None
    for span, begin in zip(spans, begins, strict=True):
        if not between[span.needle]:
            weight += weights[span.needle]
        between[span.needle] += 1
        end = min(columns[span.end], begin + REACH)
        while begins[left] < end - REACH or between[spans[left].needle] > 1:
            passed = spans[left].needle
            between[passed] -= 1
            if not between[passed]:
                weight -= weights[passed]
            left += 1
        extent = end - begins[left]
        if best is None or (weight, -extent) > (best.weight, -best.extent):
            best = Core(weight, extent, spans[left].start, span.end)
    return best


def _gaps(content: Place, chosen: Iterable[Fragment]) -> list[Place]:
    """What is left between the fragments."""
    taken = (place for fragment in sorted(chosen) for place in (fragment.start, fragment.end))
    ends = [content[0], *taken, content[1]]
    return [(start, end) for start, end in list(pairwise(ends))[::2] if start < end]


def _not_shown(spans: Sequence[Span], shown: Fragment) -> list[Span]:
    """Those of needles that do not begin in these characters, not even inside longer ones."""
    seen = {span.needle for span in spans if shown.start <= span.start < shown.end}
    cjk = [needle for needle in seen if isinstance(needle, str) and has_cjk(needle)]
    seen.update(
        needle
        for needle in {span.needle for span in spans} - seen
        if isinstance(needle, str) and any(needle in longer for longer in cjk)
    )
    return [span for span in spans if span.needle not in seen]


class _Surroundings:
    """The text around the core of a fragment, in which the ends of the fragment are looked for.

    Args:
        gap: characters that may be shown.
        core: characters that should be.
    """

    def __init__(
        self,
        text: str,
        columns: Sequence[int],
        spans: Sequence[Span],
        gap: Place,
        core: Place,
    ) -> None:
        self._text = text
        self._columns = columns
        begin, end = self._after(core[0], -COLUMNS), self._after(core[0], COLUMNS)
        self._places = boundaries(text, max(gap[0], begin), min(gap[1], end))
        self._first, self._last = self._places[0], self._places[-1]
        self._core = self._whole(core[0], min(core[1], self._after(core[0], REACH)))
        self._marks = joined(
            (s.start, s.end) for s in spans if s.start < self._last and self._first < s.end
        )
        self._sentences = [
            *([self._first] if self._first <= gap[0] else []),
            *self._ends_of(_SENTENCE_END),
            *([self._last] if self._last >= gap[1] else []),
        ]

    def fragment(self) -> Fragment:
        """What to show, which begins and ends with a character that is not white space."""
        begin = self._begin()
        end = self._end(begin)
        if self._wide(begin, end) < COLUMNS // 2:
            # Little is left of the text; what stands before it fills the fragment.
            begin = self._earlier_begin(begin, end)
        is_cut_after = end not in self._sentences
        start, end = self._trimmed(begin, end, _SPACE_OR_COMMA if is_cut_after else _SPACE)
        return Fragment(start, end, begin not in self._sentences, is_cut_after)

    def _begin(self) -> int:
        core_start, core_end = self._core
        fitting = [
            place
            for place in self._sentences
            if place <= core_start and self._wide(place, core_end) <= COLUMNS
        ]
        if fitting:
            return fitting[-1]
        left = max(0, COLUMNS - self._wide(core_start, core_end))
        return self._first_cut(self._after(core_start, -min(COLUMNS // 3, left // 2)), core_start)

    def _end(self, begin: int) -> int:
        core_start, core_end = self._core
        latest = min(self._after(begin, COLUMNS), self._last)
        least = min(max(core_end, self._after(begin, COLUMNS // 2)), self._last)
        sentences = [place for place in self._sentences if least <= place <= latest]
        if sentences:
            return sentences[-1]
        return self._last_cut(core_start, max(core_start + 1, min(core_end, latest)), latest)

    def _earlier_begin(self, begin: int, end: int) -> int:
        earliest = self._after(end, -COLUMNS)
        sentences = [place for place in self._sentences if earliest <= place <= begin]
        if sentences:
            return sentences[0]
        return self._first_cut(max(earliest, self._first), begin)

    def _first_cut(self, earliest: int, latest: int) -> int:
        """Where a fragment may begin: after a clause, or else between words; or else anywhere."""
        clauses = [place for place in self._ends_of(_CLAUSE_END) if earliest <= place <= latest]
        places = self._between(earliest, latest)
        for place in (*clauses, *places):
            if self._is_free(place):
                return place
        return places[0]

    def _last_cut(self, after: int, earliest: int, latest: int) -> int:
        """Where a fragment may end: between words, or else anywhere behind ``after``."""
        for place in reversed(self._between(earliest, latest)):
            if self._is_free(place):
                return place
        places = self._between(after + 1, latest)
        return places[-1] if places else self._places[bisect_right(self._places, after)]

    def _trimmed(self, begin: int, end: int, left_out: re.Pattern[str]) -> Place:
        """The same without white space at the beginning, and what may be left out at the end."""
        text, places = self._text, self._between(begin, end)
        first = next((place for place in places[:-1] if not _SPACE.match(text, place)), begin)
        last = next((place for place in places[:0:-1] if not left_out.match(text, place - 1)), end)
        return (first, last) if first < last else (begin, end)

    def _whole(self, start: int, end: int) -> Place:
        """The same with the whole of what readers see as one character, at both ends."""
        before = bisect_right(self._places, start) - 1
        return self._places[before], self._places[bisect_left(self._places, end)]

    def _between(self, first: int, last: int) -> Sequence[int]:
        """The places from one to another."""
        return self._places[bisect_left(self._places, first) : bisect_right(self._places, last)]

    def _ends_of(self, pattern: re.Pattern[str]) -> list[int]:
        found = (match.end() for match in pattern.finditer(self._text, self._first, self._last))
        return [place for place in found if place in self._places]

    def _is_free(self, place: int) -> bool:
        """Whether no word and no match is cut there."""
        number = bisect_right(self._marks, (place, -1)) - 1
        return not (
            (number >= 0 and self._marks[number][0] < place < self._marks[number][1])
            or _in_word(self._text, place)
        )

    def _after(self, place: int, distance: int) -> int:
        """The place that is furthest from another and at most so many columns after or before it.

        It may be inside what readers see as one character.
        """
        columns = self._columns[place] + distance
        if distance <= 0:
            return bisect_left(self._columns, columns)
        return bisect_right(self._columns, columns) - 1

    def _wide(self, start: int, end: int) -> int:
        return self._columns[end] - self._columns[start]


def joined(places: Iterable[Place]) -> list[Place]:
    """The places in order, those that touch as one."""
    found: list[Place] = []
    for start, end in sorted(places):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _in_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and _is_letter(text[place - 1]) and _is_letter(text[place])


def _is_letter(character: str) -> bool:
    return (character.isalnum() and not has_cjk(character)) or combining(character) != 0
