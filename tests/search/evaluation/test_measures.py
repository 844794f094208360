"""Figures of a run, by hand; and what differs between two runs."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.evaluation.comparison import differences, randomization_p_value, worsened
from sanbao.search.evaluation.judged import JudgedSet
from sanbao.search.evaluation.losses import lost
from sanbao.search.evaluation.measures import mean, measure
from sanbao.search.evaluation.runs import Answers, Found


def answer(ids: str) -> list[Found]:
    """A letter an article, all of one score."""
    return [Found(id_, 1.0) for id_ in ids]


def test_the_measures_of_a_query() -> None:
    values = measure({"q": {"c": 1, "z": 2, "a": 0}}, {"q": answer("abc")})
    ideal = 2 + 1 / math.log2(3)
    assert {name: each["q"] for name, each in values.items()} == pytest.approx(
        {
            "MRR@10": 1 / 3,
            "nDCG@10": 1 / math.log2(4) / ideal,
            "R@1": 0.0,
            "R@10": 0.5,
            "R@100": 0.5,
        }
    )


def test_the_eleventh_place_counts_for_recall_at_100_only() -> None:
    values = measure({"q": {"z": 1}}, {"q": answer("abcdefghijz")})
    assert {name: each["q"] for name, each in values.items()} == {
        "MRR@10": 0.0,
        "nDCG@10": 0.0,
        "R@1": 0.0,
        "R@10": 0.0,
        "R@100": 1.0,
    }


@pytest.mark.parametrize("ids", ["ab", "ba"])
def test_articles_of_one_score_keep_the_order_of_the_run(ids: str) -> None:
    assert measure({"q": {"a": 1}}, {"q": answer(ids)})["R@1"]["q"] == (ids[0] == "a")


def test_a_query_that_found_nothing_counts_as_0() -> None:
    relevance = {"q1": {"a": 1}, "q2": {"a": 1}, "q3": {"a": 1}}
    values = measure(relevance, {"q1": answer("a"), "q2": []})
    assert {name: mean(each) for name, each in values.items()} == pytest.approx(
        dict.fromkeys(values, 1 / 3)
    )


def test_the_worst_losses_come_first() -> None:
    run = {"q1": answer("ba"), "q2": answer("b"), "q3": answer("a"), "q4": answer("bca"), "q5": []}
    judged = JudgedSet(dict.fromkeys(run, "text"), {query_id: {"a": 1} for query_id in run})
    assert lost(judged, Answers(run, {}, [])) == ["q2", "q5", "q4", "q1"]


def test_what_has_become_worse() -> None:
    before = {"q1": answer("a"), "q2": answer("ab"), "q3": answer("ba"), "q4": answer("a")}
    now = {"q1": answer("ba"), "q2": answer("a"), "q3": answer("a"), "q4": [], "q5": answer("a")}
    judged = JudgedSet(dict.fromkeys(now, "text"), {query_id: {"a": 1} for query_id in now})
    fallen = worsened(judged, before, now)
    assert [(each.query_id, each.before, each.now) for each in fallen] == [
        ("q4", 1, None),
        ("q1", 1, 2),
    ]
    found = differences(measure(judged.relevance, before), measure(judged.relevance, now))["MRR@10"]
    assert (found.before, found.now) == (pytest.approx(3.5 / 5), pytest.approx(3.5 / 5))
    assert (found.better, found.worse, found.same) == (2, 2, 1)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 0.75]), max_size=9))
def test_the_p_value_is_that_of_all_signs(values: list[float]) -> None:
    """Of so few differences, every assignment of signs can be tried."""
    total = abs(sum(values))
    signs = list(product((1, -1), repeat=len(values)))
    sums = [abs(sum(s * v for s, v in zip(sign, values, strict=True))) for sign in signs]
    exact = sum(each >= total - 1e-9 for each in sums) / len(signs)
    assert randomization_p_value(np.array(values)) == pytest.approx(exact, abs=0.01)


def test_the_p_value_is_two_sided_and_the_same_in_every_call() -> None:
    differences = np.random.default_rng(1).normal(0.02, 0.2, 500)
    assert randomization_p_value(differences) == randomization_p_value(differences.copy())
    assert randomization_p_value(-differences) == pytest.approx(
        randomization_p_value(differences), abs=0.005
    )
    assert randomization_p_value(np.full(40, 0.1)) == pytest.approx(0, abs=1e-4)
    assert randomization_p_value(np.zeros(40)) == 1
