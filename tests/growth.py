"""How much work something is, told by the processor's time, however busy the machine is."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

Input = TypeVar("Input")

TIMES = 16
"""So much larger is the large input than the small one. Quadratic work takes 256 times as long."""
MOST = 64
"""So many times as long may the large input take: caches that it does not fit in are in this."""
ROUNDS = 10


def assert_linear(work: Callable[[Input], object], make: Callable[[int], Input], size: int) -> None:
    """Fail if the work grows faster than its input.

    Args:
        work: what to do with an input.
        make: an input of a size.
        size: of the small input.
    """
    small, large = make(size), make(TIMES * size)
    assert_at_most(
        MOST,
        lambda: processor_seconds(lambda: work(large)),
        lambda: processor_seconds(lambda: work(small)),
    )


def assert_at_most(times: float, much: Callable[[], float], little: Callable[[], float]) -> None:
    """Fail if one thing takes more than so many times as long as another one.

    The two are measured by turns, until the least of both fit together. What disturbs a machine
    makes single runs longer, but never all of one kind so that little looks much.

    Args:
        much, little: the processor's seconds that each takes, measured anew at every call.
    """
    least_much = least_little = math.inf
    for _ in range(ROUNDS):
        least_little = min(least_little, little())
        least_much = min(least_much, much())
        if least_much < times * least_little:
            return
    raise AssertionError(
        f"{least_much:.6f} s, and {times} times as long as {least_little:.6f} s is allowed"
    )


def processor_seconds(work: Callable[[], object]) -> float:
    """The time of this process's processor that some work takes once."""
    started = time.process_time()
    work()
    return time.process_time() - started


SQUARES_SECONDS = 0.04
"""For a million squares on the machine for which limits are written down."""


@cache
def pace() -> float:
    """How many times as long the processor takes here, for the same work, as it does there."""
    squares = [processor_seconds(lambda: sum(n * n for n in range(1_000_000))) for _ in range(5)]
    return min(squares) / SQUARES_SECONDS


def seconds_of(process: int) -> float:
    """The processor's time that another process has taken since it began."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def least_seconds(measured: Callable[[], float], enough: float, times: int = 5) -> float:
    """The least of several measurements; the first one that is little enough is the last."""
    least = math.inf
    for _ in range(times):
        least = min(least, measured())
        if least <= enough:
            break
    return least
