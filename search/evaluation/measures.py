"""The figures of a run, computed by ir-measures.

S. MacAvaney, C. Macdonald, I. Ounis: "Streamlining Evaluation with ir-measures" (2022).
"""

from __future__ import annotations

from collections.abc import Mapping

import ir_measures
from ir_measures import RR, R, nDCG

from sanbao.search.evaluation.judged import Relevance
from sanbao.search.evaluation.runs import Run

MEASURES = {"MRR@10": RR @ 10, "nDCG@10": nDCG @ 10, "R@1": R @ 1, "R@10": R @ 10, "R@100": R @ 100}
"""Mean reciprocal rank, normalized discounted cumulative gain, and recall: 0 to 1, 1 the best."""

Values = Mapping[str, Mapping[str, float]]
"""Measure to query id to value."""


def measure(relevance: Relevance, run: Run) -> Values:
    """Every measure of every judged query; 0 for one that the run lacks."""
    values: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
    names = {each: name for name, each in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(names), relevance, _by_rank(run)):
        values[names[metric.measure]][metric.query_id] = metric.value
    return values


def mean(values: Mapping[str, float]) -> float:
    """Over all queries."""
    return sum(values.values()) / len(values)


def _by_rank(run: Run) -> dict[str, dict[str, float]]:
    """Scores that say the order and nothing else: articles of equal score have an order, too."""
    return {
        query_id: {found.article_id: float(-rank) for rank, found in enumerate(answer)}
        for query_id, answer in run.items()
    }
