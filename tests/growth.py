"""Whether work grows with the size of its input and no faster, however busy the machine is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")

TIMES = 16
"""So much larger is the large input than the small one. Quadratic work takes 256 times as long."""
MOST = 64
"""So many times as long may the large input take: caches that it does not fit in are in this."""
ROUNDS = 10


def assert_linear(work: Callable[[Input], object], make: Callable[[int], Input], size: int) -> None:
    """Fail if the work grows faster than its input.

    The processor's time for a small and a large input is taken by turns, until the least of both
    fit together. What disturbs a machine makes single runs longer, but never all of them so that
    linear work looks quadratic.

    Args:
        work: what to do with an input.
        make: an input of a size.
        size: of the small input.
    """
    small, large = make(size), make(TIMES * size)
    least_small = least_large = math.inf
    for _ in range(ROUNDS):
        least_small = min(least_small, processor_seconds(lambda: work(small)))
        least_large = min(least_large, processor_seconds(lambda: work(large)))
        if least_large < MOST * least_small:
            return
    raise AssertionError(f"{least_large:.4f} s for {TIMES} times what takes {least_small:.6f} s")


def processor_seconds(work: Callable[[], object]) -> float:
    """The time of this process's processor that some work takes once."""
    started = time.process_time()
    work()
    return time.process_time() - started


def least_seconds(measured: Callable[[], float], enough: float, times: int = 5) -> float:
    """The least of several measurements; the first one that is little enough is the last."""
    least = math.inf
    for _ in range(times):
        least = min(least, measured())
        if least <= enough:
            break
    return least
