"""The queries whose relevant article is not first, with what a person needs to see why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sanbao.search.engines.base import SearchEngine
from sanbao.search.evaluation.judged import JudgedSet, relevant
from sanbao.search.evaluation.runs import Answers, Found, best_rank


@dataclass(frozen=True, slots=True)
class Placed:
    """An article and its place in an answer.

    Attributes:
        title, language: None when the article is not in the index.
        rank, score: None when it is not in the answer.
    """

    article_id: str
    title: str | None
    language: str | None
    rank: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A query that does not find its relevant article first.

    Attributes:
        relevant: the relevant article that stands highest, or else the most relevant one.
        first: the article that took its place; None when nothing was found.
        refused: why the engine did not take the query, if it did not.
    """

    query_id: str
    query: str
    relevant: Placed
    first: Placed | None
    refused: str | None


def lost(judged: JudgedSet, answers: Answers) -> list[str]:
    """The ids of these queries: those that miss their article first, then by its rank."""
    ranks = {
        query_id: best_rank(answers.run[query_id], relevant(judged.relevance[query_id]))
        for query_id in judged.queries
    }
    lost = [query_id for query_id, rank in ranks.items() if rank != 1]
    return sorted(lost, key=lambda query_id: -(ranks[query_id] or math.inf))


def loss(engine: SearchEngine, judged: JudgedSet, answers: Answers, query_id: str) -> Loss:
    """What happened to one query."""
    answer = answers.run[query_id]
    wanted = relevant(judged.relevance[query_id])
    places = {found.article_id: (rank, found) for rank, found in enumerate(answer, 1)}
    rank = best_rank(answer, wanted)
    sought = answer[rank - 1].article_id if rank else wanted[0]
    return Loss(
        query_id,
        judged.queries[query_id],
        relevant=_placed(engine, sought, places),
        first=_placed(engine, answer[0].article_id, places) if answer else None,
        refused=answers.refused.get(query_id),
    )


def _placed(
    engine: SearchEngine, article_id: str, places: Mapping[str, tuple[int, Found]]
) -> Placed:
    article = engine.get(article_id)
    rank, found = places.get(article_id, (None, None))
    return Placed(
        article_id,
        title=article.title if article else None,
        language=article.language if article else None,
        rank=rank,
        score=found.score if found else None,
    )
