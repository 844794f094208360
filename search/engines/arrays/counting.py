"""Counts of facet values and publication days over the documents found in each segment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from sanbao.search.codec.kernels.arrays import I32, I64
from sanbao.search.codec.kernels.dates import first_from
from sanbao.search.codec.kernels.doc_set import DocSet
from sanbao.search.codec.kernels.facets import count_many_values, count_values
from sanbao.search.engines.arrays.segment import OpenSegment
from sanbao.search.ranking.recency import SECONDS_A_DAY
from sanbao.search.results import FacetValue
from sanbao.search.timeline import DayCounts


class FacetCounter:
    """Counts the values of one facet, which each segment numbers in its own way."""

    def __init__(self, segments: Sequence[OpenSegment], name: str) -> None:
        self._segments = segments
        self._name = name
        values = [_values(segment, name) for segment in segments]
        merged = sorted({value for each in values for value in each})
        self._values = [value.decode() for value in merged]
        numbers = {value: number for number, value in enumerate(merged)}
        self._numbers = [np.array([numbers[v] for v in each], np.int64) for each in values]

    def values(self, found: Sequence[DocSet], limit: int) -> tuple[FacetValue, ...]:
        """The most frequent values of the documents found in each segment, ties by value."""
        totals = np.zeros(len(self._values), np.int64)
        for segment, numbers, docs in zip(self._segments, self._numbers, found, strict=True):
            totals[numbers] += self._count(segment, docs, len(numbers))
        order = np.lexsort((np.arange(len(totals)), -totals))[:limit]
        return tuple(
            FacetValue(self._values[number], count)
            for number, count in zip(order.tolist(), totals[order].tolist(), strict=True)
            if count
        )

    def _count(self, segment: OpenSegment, found: DocSet, value_count: int) -> I64:
        container = segment.arrays.container
        single = container.get(f"facets/{self._name}/single")
        if single is not None:
            return count_values(found.docs, single, value_count)[:value_count]
        starts, ordinals = (container[f"facets/{self._name}/{x}"] for x in ("starts", "ordinals"))
        return count_many_values(found.docs, starts, ordinals, value_count)


def count_days(segments: Sequence[OpenSegment], found: Sequence[DocSet]) -> DayCounts | None:
    """Counts by day over the documents found in each segment; None if none has a date."""
    counted = [
        (segment, docs, *_count_days(segment, docs))
        for segment, docs in zip(segments, found, strict=True)
    ]
    counted = [each for each in counted if len(each[2])]
    if not counted:
        return None
    spans = [_span(segment, docs, days) for segment, docs, days, _ in counted]
    days = np.concatenate([each[2] for each in counted])
    counts = np.concatenate([each[3] for each in counted])
    if len(counted) > 1:
        days, places = np.unique(days, return_inverse=True)
        counts = np.bincount(places, weights=counts).astype(np.int64)
    return DayCounts(days, counts, min(old for old, _ in spans), max(new for _, new in spans))


def _count_days(segment: OpenSegment, found: DocSet) -> tuple[I32, I64]:
    """The days of the documents, and how many were published on each."""
    values = segment.array("evaluation/day_values")
    counts = count_values(found.docs, segment.array("evaluation/days"), len(values))[:-1]
    days = np.flatnonzero(counts)
    return values[days], counts[days]


def _span(segment: OpenSegment, found: DocSet, days: I32) -> tuple[int, int]:
    """The earliest and the latest date of the documents, whose days are known."""
    start, end = int(days[0]) * SECONDS_A_DAY, (int(days[-1]) + 1) * SECONDS_A_DAY - 1
    oldest, newest = (segment.array(f"evaluation/{each}_first") for each in ("oldest", "newest"))
    published, bitmap = segment.published, found.bitmap
    return (
        int(first_from(oldest, published, bitmap, start, False)),
        int(first_from(newest, published, bitmap, end, True)),
    )


def _values(segment: OpenSegment, name: str) -> list[bytes]:
    blob = segment.array(f"facets/{name}/values_blob").tobytes()
    offsets = segment.array(f"facets/{name}/values_offsets").tolist()
    return [blob[begin:end] for begin, end in pairwise(offsets)]
