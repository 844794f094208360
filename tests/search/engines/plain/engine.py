"""A second engine, which shows what one needs: the slow evaluator over a list of articles.

::

    PlainIndex      answers Index: the newest commit in a file
    PlainState      answers IndexReader: one commit, searched by going through all of its terms
    PlainWriter     answers ArticleWriter: writes the next commit

All else, from what was typed to the page, is :mod:`sanbao.search.engines.answering`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from sanbao.search.article import Article
from sanbao.search.engines.base import CommitReport, Matches, Wanted
from sanbao.search.engines.opening import Engine
from sanbao.search.errors import IndexLocked, IndexNotFound, IndexProblem
from sanbao.search.fields import FIELDS, counted_values, tokens_of
from sanbao.search.limits import NEVER, Deadline, Limits, TimeIsUp
from sanbao.search.query.tree import Query
from sanbao.search.ranking.recency import day_of
from sanbao.search.results import FacetValue, ScorePart, TextMatching
from sanbao.search.timeline import DayCounts
from tests.search.engines.plain.store import Commit, Record, Store
from tests.search.engines.plain.vocabulary import PlainVocabulary
from tests.search.engines.plain_index import NO_DATE, PlainArticle, PlainReader
from tests.search.engines.slow_evaluator import Evaluator, Scores


def pack(article: Article) -> Record:
    """The article, its terms and the positions of these, its values, facets and date."""
    tokens = tokens_of(article)
    forms: dict[str, dict[str, Sequence[str]]] = {"counted": {}, "placed": {}, "whole": {}}
    for field in FIELDS:
        forms[field.form][field.name] = list(tokens[field.name].terms)
    return {
        "article": article.to_dict(),
        "tokens": forms["counted"] | forms["placed"],
        "positions": {name: list(tokens[name].positions) for name in forms["placed"]},
        "values": forms["whole"],
        "facets": {name: list(values) for name, values in counted_values(article).items()},
        "published": int(article.published.timestamp()) if article.published else NO_DATE,
    }


class PlainIndex:
    """Answers :class:`sanbao.search.engines.base.Index`.

    Raises:
        IndexNotFound, IndexCorrupt, AnalysisMismatch.
    """

    def __init__(self, location: str) -> None:
        self.problem: IndexProblem | None = None
        self._store = Store(location)
        self._current: PlainState | None = None
        self.reader()

    def reader(self) -> PlainState:
        """The newest state; the one before for as long as the newest cannot be read."""
        current = self._current
        try:
            if current is None or current.generation != self._store.generation():
                current = self._current = PlainState(self._store.read())
            self.problem = None
        except IndexProblem as error:
            if current is None or isinstance(error, IndexNotFound):
                raise
            self.problem = error
        return current

    def close(self) -> None:
        """Forget the state."""
        self._current = None


class PlainState:
    """Answers :class:`sanbao.search.engines.base.IndexReader`; keys are numbers of articles."""

    def __init__(self, commit: Commit) -> None:
        self.generation = commit.generation
        self.size_bytes = commit.size_bytes
        self._articles = [Article.from_dict(record["article"]) for record in commit.records]
        self._numbers = {article.id: number for number, article in enumerate(self._articles)}
        self._facets = [record["facets"] for record in commit.records]
        self._terms = PlainReader(
            [
                PlainArticle(
                    record["tokens"],
                    record["values"],
                    record["published"],
                    positions=record["positions"],
                )
                for record in commit.records
            ]
        )

    def match(self, query: Query, wanted: Wanted, deadline: Deadline = NEVER) -> Matches:
        """What matches; nothing if the time is up before all of it is known."""
        evaluator = Evaluator(self._terms, wanted.limits, deadline)
        try:
            scores = _scores(evaluator, query, wanted)
        except TimeIsUp:
            return Matches(0, is_stopped=True)
        keys = self._in_order(scores, wanted)[wanted.offset :][: wanted.limit]
        facets = {}
        for name in wanted.facets:
            if not deadline.is_past():
                facets[name] = self._counted(name, scores, wanted.facet_limit)
        has_days = wanted.days and not deadline.is_past()
        return Matches(
            len(scores),
            keys,
            [scores[key] for key in keys],
            facets,
            days=self._days(scores) if has_days else None,
            is_cut=evaluator.is_cut,
            is_uncounted=len(facets) < len(set(wanted.facets)) or (wanted.days and not has_days),
        )

    def fetch(self, keys: Sequence[Any]) -> list[Article]:
        """The articles of these numbers."""
        return [self._articles[key] for key in keys]

    def explain(
        self, query: Query, keys: Sequence[Any], wanted: Wanted, deadline: Deadline = NEVER
    ) -> list[list[ScorePart]]:
        """The parts of the scores that :meth:`match` gave."""
        evaluator = Evaluator(self._terms, wanted.limits, deadline)
        recency = wanted.recency if wanted.sort == "relevance" else None
        return [
            evaluator.explain(query, key, recency, wanted.today) for key in deadline.checked(keys)
        ]

    def matching(
        self, query: Query, wanted: Wanted, deadline: Deadline = NEVER
    ) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query."""
        deadline.check()
        return Evaluator(self._terms, wanted.limits, deadline).matching(query)

    def vocabulary(
        self, languages: Sequence[str], limits: Limits, deadline: Deadline
    ) -> PlainVocabulary:
        """The terms and titles of the articles in these languages."""
        return PlainVocabulary(self._terms, self._articles, self.match, languages, limits, deadline)

    def find(self, article_id: str) -> Article | None:
        """The article with this id, or None."""
        number = self._numbers.get(article_id)
        return None if number is None else self._articles[number]

    def articles(self) -> Iterator[Article]:
        """Every article."""
        return iter(self._articles)

    def _in_order(self, scores: Scores, wanted: Wanted) -> list[int]:
        published = self._terms.published
        if wanted.sort == "relevance":
            return sorted(scores, key=lambda key: (-scores[key], -published[key], key))
        if wanted.sort == "newest":
            return sorted(scores, key=lambda key: (-published[key], key))
        return sorted(scores, key=lambda key: (published[key] == NO_DATE, published[key], key))

    def _counted(self, name: str, found: Scores, limit: int) -> tuple[FacetValue, ...]:
        counts = Counter(value for key in found for value in self._facets[key][name])
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(FacetValue(value, count) for value, count in most[:limit])

    def _days(self, found: Scores) -> DayCounts | None:
        published = [self._terms.published[key] for key in found]
        dates = [date for date in published if date != NO_DATE]
        if not dates:
            return None
        days, counts = np.unique([day_of(date) for date in dates], return_counts=True)
        return DayCounts(days, counts, min(dates), max(dates))


def _scores(evaluator: Evaluator, query: Query, wanted: Wanted) -> Scores:
    if wanted.recency and wanted.sort == "relevance":
        return evaluator.evaluate_by_recency(query, wanted.recency, wanted.today)
    return evaluator.evaluate(query)


class PlainWriter:
    """Answers :class:`sanbao.search.engines.base.ArticleWriter`.

    Raises:
        IndexLocked, IndexCorrupt, AnalysisMismatch.
    """

    pack = staticmethod(pack)

    def __init__(self, location: str) -> None:
        self._store = Store(location)
        self._lock: int | None = self._store.lock()
        try:
            if not self._store.path.exists():
                self._store.write(0, [])
            self._generation, records, _ = self._store.read()
        except BaseException:
            self.close()
            raise
        self._records = {record["article"]["id"]: record for record in records}
        self._changes: dict[str, Record | None] = {}

    def add(self, article: Article) -> None:
        """Add or replace the article."""
        self.add_packed(article.id, self.pack(article))

    def add_packed(self, article_id: str, packed: Record) -> None:
        """The same for what :attr:`pack` has made of it."""
        self._check_lock()
        self._changes[article_id] = packed

    def delete(self, article_id: str) -> None:
        """Delete the article, if it is there."""
        self._check_lock()
        self._changes[article_id] = None

    def commit(self) -> CommitReport:
        """Write the changes, if there are any."""
        self._check_lock()
        before, written = self._records, {id_: each for id_, each in self._changes.items() if each}
        report = CommitReport(
            added=len(written.keys() - before.keys()),
            updated=len(written.keys() & before.keys()),
            deleted=len(before.keys() & self._changes.keys() - written.keys()),
        )
        if report != CommitReport():
            kept = {id_: each for id_, each in before.items() if id_ not in self._changes}
            self._store.write(self._generation + 1, [*kept.values(), *written.values()])
            self._records, self._generation = kept | written, self._generation + 1
        self._changes = {}
        return report

    def rollback(self) -> None:
        """Forget all changes since the last commit."""
        self._check_lock()
        self._changes = {}

    def close(self) -> None:
        """Let other writers in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def _check_lock(self) -> None:
        if self._lock is None:
            raise IndexLocked("this writer was closed; open another one")


PLAIN = Engine(PlainIndex, PlainWriter)
