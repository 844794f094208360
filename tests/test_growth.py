from __future__ import annotations

import pytest

from tests.growth import assert_linear, least_seconds


def test_linear_work_passes() -> None:
    assert_linear(sum, range, 1_000)
    assert_linear(sorted, lambda size: [n * 7919 % 1000 for n in range(size)], 1_000)


def test_quadratic_work_fails() -> None:
    with pytest.raises(AssertionError, match="64 times"):
        assert_linear(lambda found: [n for n in found if n + 0.5 in found], range_list, 100)


def range_list(size: int) -> list[int]:
    return list(range(size))


def test_the_least_counts_and_little_is_enough() -> None:
    taken = iter([3.0, 2.0, 1.0, 0.5])
    assert least_seconds(lambda: next(taken), enough=1.0) == 1.0
    assert next(taken) == 0.5
    assert least_seconds(lambda: 2.0, enough=1.0) == 2.0
