"""Runs: what an engine answered to each query, kept and read back in the format of TREC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sanbao.search.engines.base import SearchEngine
from sanbao.search.errors import InvalidRequest, UnusableFile
from sanbao.search.evaluation.judged import lines_of
from sanbao.search.fields import LANGUAGE
from sanbao.search.request import SearchRequest

DEPTH = 100
"""Articles that a run keeps of each answer."""

TAG = "sanbao"


class Found(NamedTuple):
    """An article at its place in an answer."""

    article_id: str
    score: float


Run = Mapping[str, Sequence[Found]]
"""Query id to the articles found, best first."""

OnProgress = Callable[[int], None]
"""Called with the number of queries that are done."""


class Answers(NamedTuple):
    """What came of asking.

    Attributes:
        run: has every query; one that was refused has found nothing.
        refused: why, by query id.
        partial: ids of the queries whose answers a limit cut short.
    """

    run: Run
    refused: Mapping[str, str]
    partial: Sequence[str]


def ask(
    engine: SearchEngine,
    queries: Mapping[str, str],
    languages: tuple[str, ...] = (),
    depth: int = DEPTH,
    on_progress: OnProgress = lambda done: None,
) -> Answers:
    """Asks the engine each query, by relevance alone: newer articles are not favoured.

    Args:
        queries: text by query id.
        languages: only articles in these.

    Raises:
        InvalidRequest: when a language is none.
        IndexProblem: when the index cannot be read.
    """
    run: dict[str, list[Found]] = {}
    refused: dict[str, str] = {}
    partial: list[str] = []
    request_of = _requests(languages, depth)
    for done, (query_id, text) in enumerate(queries.items(), 1):
        try:
            page = engine.search(request_of(text))
        except InvalidRequest as error:
            run[query_id], refused[query_id] = [], str(error)
        else:
            run[query_id] = [Found(hit.article.id, hit.score) for hit in page.hits]
            if page.partial:
                partial.append(query_id)
        on_progress(done)
    return Answers(run, refused, partial)


def _requests(languages: tuple[str, ...], depth: int) -> Callable[[str], SearchRequest]:
    # What is wrong with the languages is wrong with all requests, and no query's fault.
    filters = {LANGUAGE.name: languages} if languages else {}
    SearchRequest(filters=filters)
    return lambda text: SearchRequest(
        text=text, filters=filters, limit=depth, highlight=False, recency=False
    )


def best_rank(answer: Sequence[Found], wanted: Iterable[str]) -> int | None:
    """The rank, from 1, of the first article that is wanted; None when there is none."""
    ids = set(wanted)
    return next((rank for rank, found in enumerate(answer, 1) if found.article_id in ids), None)


def write_run(path: Path, run: Run) -> None:
    """Writes ``query_id Q0 article_id rank score tag``, one line an article.

    Raises:
        UnusableFile: when it cannot be written, or an id has a space, which the format separates
            by.
    """
    lines = []
    for query_id, answer in run.items():
        for rank, found in enumerate(answer, 1):
            if found.article_id.split() != [found.article_id]:
                raise UnusableFile(
                    f"{path}: the format of runs has no place for the space in the article id "
                    f"{found.article_id!r}"
                )
            lines.append(f"{query_id} Q0 {found.article_id} {rank} {found.score!r} {TAG}\n")
    try:
        path.write_text("".join(lines), "utf-8")
    except OSError as error:
        raise UnusableFile(f"{path}: {error.strerror}") from None


def read_run(path: Path) -> Run:
    """The run in a file, ordered by the ranks in it.

    Raises:
        UnusableFile: naming the file and the line.
    """
    ranked: dict[str, dict[int, Found]] = {}
    for place, line in lines_of(path):
        try:
            query_id, _, article_id, rank, score, _ = line.split()
            number, found = int(rank), Found(article_id, float(score))
        except ValueError:
            raise UnusableFile(
                f"{place}: needs a query id, Q0, an article id, a rank, a score and a tag"
            ) from None
        if number in ranked.setdefault(query_id, {}):
            raise UnusableFile(f"{place}: rank {rank} of {query_id!r} is there twice")
        ranked[query_id][number] = found
    return {query_id: [each[rank] for rank in sorted(each)] for query_id, each in ranked.items()}
