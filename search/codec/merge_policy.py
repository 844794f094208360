"""Which segments to merge: pure arithmetic on their sizes.

A tier holds the segments of 10^t to 10^(t+1) live documents. Ten in a tier become one of a higher
tier, so that N documents are in fewer than ten segments a tier, and, deletions aside, each is
written at most once a tier. This is the logarithmic merge of Büttcher and Clarke, "Indexing time
vs. query time trade-offs in dynamic information retrieval systems", CIKM 2005.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

SEGMENTS_IN_TIER = 10
"""As many in one tier are merged."""


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """Documents of a segment, and how many of them are deleted."""

    doc_count: int
    deleted: int = 0

    @property
    def live(self) -> int:
        """Documents that are not deleted."""
        return self.doc_count - self.deleted


def plan_merges(sizes: Sequence[SegmentSize]) -> list[list[int]]:
    """Groups of segments, by their index, each to become one segment.

    A group of one is a segment to be written again, since half of it or more is deleted; where no
    document is left in a group, nothing needs to be written.
    """
    groups = [[number] for number in range(len(sizes))]
    while full := _full_tier(groups, sizes):
        groups = [group for group in groups if group not in full]
        groups.append(sorted(number for group in full for number in group))
    return [group for group in groups if len(group) > 1 or _half_deleted(sizes[group[0]])]


def _full_tier(groups: list[list[int]], sizes: Sequence[SegmentSize]) -> list[list[int]]:
    """The groups of the lowest tier that has too many, if there is one."""
    tiers: dict[int, list[list[int]]] = defaultdict(list)
    for group in groups:
        live = sum(sizes[number].live for number in group)
        if live:
            tiers[len(str(live))].append(group)
    full = [tier for tier, members in tiers.items() if len(members) >= SEGMENTS_IN_TIER]
    return tiers[min(full)] if full else []


def _half_deleted(size: SegmentSize) -> bool:
    return size.deleted * 2 >= size.doc_count
