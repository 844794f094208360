"""How strong the prior for newer articles can be: what it lifts, and what it costs.

    python -m benchmarks.recency ../shared/eval

The judged articles have no dates. What the prior costs: they get random ones of a year, which say
nothing about relevance, and questions are asked (every eighth); whatever MRR@10 loses is harm.
What it lifts: every article that answers a question gets a newer version, a tenth longer by
sentences of another article, and so a little worse a match; the share of questions that find it
before the older one, by the days between them. Prints Markdown.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.indexing import read_records
from benchmarks.relevance import SETS, judged_set
from sanbao.indexer.intake import article_from_record
from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.errors import EmptyQuery
from sanbao.search.evaluation.judged import relevant
from sanbao.search.ranking.recency import Recency
from sanbao.search.request import SearchRequest

HALF_LIVES = (7, 14, 30, 90)
STRENGTHS = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05)
GAPS = (1, 7, 30, 365)
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
NEWER = "-newer"


def main() -> None:
    data = Path(sys.argv[1])
    questions = {name: _questions(data, name) for name in SETS}
    articles = {name: _articles(data / name) for name in SETS}
    with tempfile.TemporaryDirectory() as folder:
        dated, doubled = Path(folder) / "dated", Path(folder) / "doubled"
        _index(dated, _dated(articles))
        _index(doubled, _doubled(articles, questions))
        header = (*SETS, *(f"newer by {gap} d" for gap in GAPS))
        print(f"| half-life, strength | {' | '.join(header)} |")
        print("|---" * (len(header) + 1) + "|")
        for recency in _settings():
            cost = [_mrr(open_engine(dated, recency), each) for each in questions.values()]
            gain = _newer_first(open_engine(doubled, recency), questions)
            figures = (*(f"{each:.3f}" for each in cost), *(f"{gain[gap]:.0%}" for gap in GAPS))
            name = f"{recency.half_life_days:g} d, {recency.strength:g}"
            print(f"| {name} | {' | '.join(figures)} |", flush=True)


def _settings() -> Iterator[Recency]:
    for half_life in HALF_LIVES:
        for strength in STRENGTHS:
            if strength or half_life == HALF_LIVES[0]:
                yield Recency(half_life, strength)


def _questions(data: Path, name: str) -> list[tuple[str, str]]:
    """Question and the id of an article that answers it."""
    judged = judged_set(data, name)
    asked = list(judged.queries.items())[::8]
    return [(text, relevant(judged.relevance[query_id])[0]) for query_id, text in asked]


def _articles(folder: Path) -> list[Article]:
    return [article_from_record(record) for record in read_records(folder)]


def _index(location: Path, articles: Iterator[Article]) -> None:
    with open_writer(location) as writer:
        for article in articles:
            writer.add(article)


def _of_age(article: Article, days: int) -> Article:
    return replace(article, published=NEWEST - timedelta(days=days))


def _dated(articles: dict[str, list[Article]]) -> Iterator[Article]:
    rng = random.Random(7)
    for each in articles.values():
        yield from (_of_age(article, rng.randrange(366)) for article in each)


def _doubled(
    articles: dict[str, list[Article]], questions: dict[str, list[tuple[str, str]]]
) -> Iterator[Article]:
    rng = random.Random(7)
    sought = {article_id for each in questions.values() for _, article_id in each}
    for each in articles.values():
        for article in each:
            if article.id not in sought:
                yield _of_age(article, rng.randrange(366))
                continue
            more = rng.choice(each).body[: len(article.body) // 10]
            yield _of_age(article, _gap(article.id))
            yield _of_age(replace(article, id=article.id + NEWER, body=article.body + more), 0)


def _gap(article_id: str) -> int:
    """The days between the versions of an article."""
    return random.Random(article_id).choice(GAPS)


def _found(engine: SearchEngine, text: str) -> list[str]:
    try:
        page = engine.search(SearchRequest(text=text, highlight=False))
    except EmptyQuery:
        return []
    return [hit.article.id for hit in page.hits]


def _mrr(engine: SearchEngine, questions: list[tuple[str, str]]) -> float:
    return sum(_reciprocal_rank(_found(engine, t), id_) for t, id_ in questions) / len(questions)


def _reciprocal_rank(found: list[str], article_id: str) -> float:
    return 1 / (found.index(article_id) + 1) if article_id in found else 0.0


def _newer_first(
    engine: SearchEngine, questions: dict[str, list[tuple[str, str]]]
) -> dict[int, float]:
    """The share of questions that find the newer version first, by days between the versions."""
    outcomes: dict[int, list[bool]] = {gap: [] for gap in GAPS}
    for text, article_id in (question for each in questions.values() for question in each):
        found = [id_ for id_ in _found(engine, text) if id_.removesuffix(NEWER) == article_id]
        if found:
            outcomes[_gap(article_id)].append(found[0].endswith(NEWER))
    return {gap: sum(each) / len(each) for gap, each in outcomes.items()}


if __name__ == "__main__":
    main()
