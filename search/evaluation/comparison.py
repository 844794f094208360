"""Two runs of the same queries: what has changed, and whether chance would do as much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sanbao.search.evaluation.judged import JudgedSet, relevant
from sanbao.search.evaluation.measures import Values
from sanbao.search.evaluation.runs import Run, best_rank

TRIALS = 100_000
_SEED = 20_070_611
_CELLS = 4_000_000
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both runs.

    Attributes:
        before, now: means over the queries.
        p_value: how probable at least such a difference of the means is, either way, if it were
            chance which of its two values a query has in which run.
        better, worse, same: numbers of queries.
    """

    before: float
    now: float
    p_value: float
    better: int
    worse: int
    same: int


@dataclass(frozen=True, slots=True)
class Change:
    """A query and the rank of its relevant article in each run, None where it is missing."""

    query_id: str
    query: str
    before: int | None
    now: int | None


def differences(before: Values, now: Values) -> dict[str, Difference]:
    """Each measure in both runs, which have the same queries."""
    return {name: _difference(before[name], now[name]) for name in now}


def _difference(before: Mapping[str, float], now: Mapping[str, float]) -> Difference:
    old = np.array([before[query_id] for query_id in now])
    new = np.array(list(now.values()))
    better, worse = int(np.sum(new > old)), int(np.sum(new < old))
    return Difference(
        before=float(old.mean()),
        now=float(new.mean()),
        p_value=randomization_p_value(new - old),
        better=better,
        worse=worse,
        same=len(new) - better - worse,
    )


def randomization_p_value(differences: NDArray[np.float64], trials: int = TRIALS) -> float:
    """The two-sided p-value of a paired randomization test.

    The sign of each difference is drawn anew in every trial; the p-value is the share of trials
    whose sum is as far from 0 as the one observed, which itself counts as a trial. The same
    differences give the same value in every call.

    M. D. Smucker, J. Allan, B. Carterette: "A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation" (2007).

    Args:
        differences: one for each query.
    """
    moved = differences[differences != 0]
    total = moved.sum()
    least = abs(total) - _ROUNDING
    random = np.random.default_rng(_SEED)
    at_once = max(1, _CELLS // max(1, len(moved)))
    extreme = 0
    for done in range(0, trials, at_once):
        shape = min(at_once, trials - done), len(moved)
        sums = total - 2 * (random.integers(0, 2, shape, dtype=np.int8) @ moved)
        extreme += int(np.sum(abs(sums) >= least))
    return (extreme + 1) / (trials + 1)


def worsened(judged: JudgedSet, before: Run, now: Run) -> list[Change]:
    """The queries whose relevant article has fallen, the worst loss of reciprocal rank first."""
    changes = [
        Change(
            query_id,
            text,
            before=best_rank(before.get(query_id, ()), wanted),
            now=best_rank(now[query_id], wanted),
        )
        for query_id, text in judged.queries.items()
        for wanted in [relevant(judged.relevance[query_id])]
    ]
    return sorted((change for change in changes if _gain(change) < 0), key=_gain)


def _gain(change: Change) -> float:
    return _reciprocal(change.now) - _reciprocal(change.before)


def _reciprocal(rank: int | None) -> float:
    return 1 / rank if rank else 0.0
