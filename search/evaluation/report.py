"""All that is told about a run: its figures, its losses, and what has changed since another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sanbao.search.engines.base import SearchEngine
from sanbao.search.evaluation.comparison import Change, Difference, differences, worsened
from sanbao.search.evaluation.judged import JudgedSet
from sanbao.search.evaluation.losses import Loss, loss, lost
from sanbao.search.evaluation.measures import mean, measure
from sanbao.search.evaluation.runs import Answers, Run


@dataclass(frozen=True, slots=True)
class Comparison:
    """What has changed since an earlier run.

    Attributes:
        measures: by name.
        fallen: how many queries have their relevant article further down than before.
        worst: some of them, the worst first.
    """

    measures: Mapping[str, Difference]
    fallen: int
    worst: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is told about a run.

    Attributes:
        queries: how many were asked.
        measures: means by name.
        lost: how many queries do not have their relevant article first.
        losses: some of them, the worst first.
        refused: why the engine did not take a query, by query id.
        partial: ids of the queries whose answers a limit cut short.
        comparison: with an earlier run, if there is one.
    """

    queries: int
    measures: Mapping[str, float]
    lost: int
    losses: tuple[Loss, ...]
    refused: Mapping[str, str]
    partial: tuple[str, ...]
    comparison: Comparison | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types, in the order of the attributes."""
        return asdict(self)


def report(
    engine: SearchEngine, judged: JudgedSet, answers: Answers, before: Run | None, shown: int
) -> Report:
    """The report on what the engine has answered.

    Args:
        before: an earlier run to compare with, if any.
        shown: how many losses, and how many queries that have become worse, to list.
    """
    values = measure(judged.relevance, answers.run)
    losses = lost(judged, answers)
    return Report(
        queries=len(judged.queries),
        measures={name: mean(each) for name, each in values.items()},
        lost=len(losses),
        losses=tuple(loss(engine, judged, answers, query_id) for query_id in losses[:shown]),
        refused=answers.refused,
        partial=tuple(answers.partial),
        comparison=None if before is None else _compare(judged, before, answers.run, shown),
    )


def _compare(judged: JudgedSet, before: Run, now: Run, shown: int) -> Comparison:
    fallen = worsened(judged, before, now)
    values = [measure(judged.relevance, run) for run in (before, now)]
    return Comparison(differences(*values), len(fallen), tuple(fallen[:shown]))
