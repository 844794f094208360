"""Timing engines against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.engines.corpus import Array
from benchmarks.engines.engine import Engine, Query

PASSES = 5
WARM_UP_PASSES = 2
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long queries took.

    Attributes:
        seconds: of each query, the median over the passes.
    """

    engine: str
    seconds: Array

    def percentiles(self) -> tuple[float, ...]:
        """p50, p95 and p99 over the queries, in milliseconds."""
        return tuple(float(value) * 1000 for value in np.percentile(self.seconds, PERCENTILES))


def measure(engines: Sequence[Engine], queries: Sequence[Query]) -> list[Timing]:
    """Let every engine answer all queries, then again, in turns.

    No query follows itself, so that no engine finds its data in the nearest cache; and what else
    the machine does slows all engines alike.
    """
    prepared = [[engine.prepare(query) for query in queries] for engine in engines]
    seconds = np.empty((len(engines), WARM_UP_PASSES + PASSES, len(queries)))
    for turn in range(WARM_UP_PASSES + PASSES):
        for number in np.roll(range(len(engines)), turn).tolist():
            for i, query in enumerate(prepared[number]):
                seconds[number, turn, i] = engines[number].seconds(query)
    medians = np.median(seconds[:, WARM_UP_PASSES:], axis=1)
    return [Timing(engine.name, row) for engine, row in zip(engines, medians, strict=True)]
