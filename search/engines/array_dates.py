"""Documents of one segment by date."""

from __future__ import annotations

from search.codec.container import Array
from search.codec.kernels.dates import first_in_order
from search.codec.kernels.doc_set import DocSet, frozen
from search.engines.array_segment import OpenSegment


def first_by_date(segment: OpenSegment, found: DocSet, wanted: int, *, oldest_first: bool) -> Array:
    """Documents (u32) among which are the ``wanted`` first of those found in order of date.

    When many are found they are just these: all documents are gone through in order of date
    until enough are met. When few are found it is all of them.
    """
    if len(found) ** 2 <= wanted * segment.doc_count:
        return found.docs
    order = segment.array(f"evaluation/{'oldest' if oldest_first else 'newest'}_first")
    return frozen(first_in_order(order, found.bitmap, wanted))
