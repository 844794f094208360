"""The merge policy, simulated over the life of an index."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.merge_policy import SEGMENTS_IN_TIER, SegmentSize, plan_merges

SIZES = st.builds(
    lambda count, deleted: SegmentSize(count, min(count, deleted)),
    st.integers(1, 100_000),
    st.integers(0, 50_000),
)


def merged(sizes: Sequence[SegmentSize]) -> tuple[list[SegmentSize], int]:
    """The segments after the merges, and the documents written."""
    groups = plan_merges(sizes)
    gone = {number for group in groups for number in group}
    lives = [sum(sizes[number].live for number in group) for group in groups]
    kept = [size for number, size in enumerate(sizes) if number not in gone]
    return kept + [SegmentSize(live) for live in lives if live], sum(lives)


def most_segments(live: int) -> int:
    return (SEGMENTS_IN_TIER - 1) * len(str(max(1, live)))


def test_nine_segments_stay_and_the_tenth_merges_them() -> None:
    assert plan_merges([SegmentSize(5)] * 9) == []
    assert plan_merges([SegmentSize(5)] * 10) == [list(range(10))]


def test_a_merge_that_fills_the_next_tier_takes_it_along() -> None:
    sizes = [SegmentSize(50)] * 9 + [SegmentSize(5)] * 10
    assert plan_merges(sizes) == [list(range(19))]


def test_a_segment_half_deleted_is_written_again() -> None:
    assert plan_merges([SegmentSize(100, 49), SegmentSize(100, 50)]) == [[1]]


@given(st.lists(SIZES, max_size=60))
def test_groups_share_nothing_and_leave_nothing_to_merge(sizes: list[SegmentSize]) -> None:
    numbers = [number for group in plan_merges(sizes) for number in group]
    assert len(numbers) == len(set(numbers))
    after, _ = merged(sizes)
    assert plan_merges(after) == []
    assert len(after) <= most_segments(sum(size.live for size in after))
    assert sum(size.live for size in after) == sum(size.live for size in sizes)


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=400))
def test_each_document_is_written_at_most_once_a_tier(commits: list[int]) -> None:
    segments: list[SegmentSize] = []
    written = 0
    for count in commits:
        segments, rewritten = merged([*segments, SegmentSize(count)])
        written += count + rewritten
        assert len(segments) <= most_segments(sum(commits))
    assert written <= sum(commits) * len(str(sum(commits)))


def test_a_million_documents_in_commits_of_a_thousand() -> None:
    segments: list[SegmentSize] = []
    written = 0
    for _ in range(1_000):
        segments, rewritten = merged([*segments, SegmentSize(1_000)])
        written += 1_000 + rewritten
    assert written <= 4 * 1_000_000
    assert len(segments) == 1
