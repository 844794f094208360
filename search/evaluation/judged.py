"""Judged queries, read from the files in which they are commonly kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sanbao.search.errors import UnusableFile

Relevance = Mapping[str, Mapping[str, int]]
"""Query id to article id to grade. A grade above 0 is relevant."""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Queries with at least one relevant article each.

    Attributes:
        queries: text by query id, in the order of the file.
        relevance: of these queries.
        unjudged: ids of queries without a relevant article, which say nothing about a ranking.
        unasked: ids of judged queries whose text is not known.
    """

    queries: Mapping[str, str]
    relevance: Relevance
    unjudged: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    def sample(self, size: int) -> JudgedSet:
        """As many of the queries, evenly spread over the set."""
        ids = list(self.queries)
        size = min(size, len(ids))
        chosen = [ids[number * len(ids) // size] for number in range(size)]
        return JudgedSet(
            {query_id: self.queries[query_id] for query_id in chosen},
            {query_id: self.relevance[query_id] for query_id in chosen},
        )


def relevant(grades: Mapping[str, int]) -> list[str]:
    """The ids of the relevant articles, the most relevant first."""
    return sorted((id_ for id_, grade in grades.items() if grade > 0), key=lambda id_: -grades[id_])


def read_judged_set(queries: Path, judgements: Path) -> JudgedSet:
    """The queries of one file with the judgements of the other.

    Raises:
        UnusableFile: naming the file and the line, or when no query has a relevant article.
    """
    texts, grades = read_queries(queries), read_relevance(judgements)
    judged = {query_id for query_id, each in grades.items() if relevant(each)}
    if not judged & texts.keys():
        raise UnusableFile(f"no query of {queries} has a relevant article in {judgements}")
    return JudgedSet(
        {query_id: text for query_id, text in texts.items() if query_id in judged},
        {query_id: grades[query_id] for query_id in texts if query_id in judged},
        unjudged=tuple(query_id for query_id in texts if query_id not in judged),
        unasked=tuple(query_id for query_id in grades if query_id not in texts),
    )


def read_queries(path: Path) -> dict[str, str]:
    """Query id and text, separated by a tab, one query a line.

    Raises:
        UnusableFile: naming the file and the line.
    """
    queries: dict[str, str] = {}
    for place, line in lines_of(path):
        query_id, tab, text = line.partition("\t")
        if not (query_id and tab and text.strip()) or " " in query_id:
            raise UnusableFile(f"{place}: needs a query id without spaces, a tab and a text")
        if query_id in queries:
            raise UnusableFile(f"{place}: the query id {query_id!r} is there twice")
        queries[query_id] = text.strip()
    return queries


def read_relevance(path: Path) -> dict[str, dict[str, int]]:
    """Judgements as TREC has them: query id, 0, article id, grade, one judgement a line.

    Blanks or tabs part them. Where tabs alone do, an article id may hold blanks.

    Raises:
        UnusableFile: naming the file and the line.
    """
    grades: dict[str, dict[str, int]] = {}
    for place, line in lines_of(path):
        try:
            query_id, _, article_id, grade = _columns(line)
            number = int(grade)
        except ValueError:
            raise UnusableFile(
                f"{place}: needs a query id, 0, an article id and a whole number"
            ) from None
        if article_id in grades.setdefault(query_id, {}):
            raise UnusableFile(f"{place}: {article_id!r} is judged twice for {query_id!r}")
        grades[query_id][article_id] = number
    return grades


def _columns(line: str) -> list[str]:
    columns = line.split("\t")
    return columns if len(columns) == 4 else line.split()


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that hold anything, each with its place: file and number.

    Raises:
        UnusableFile: when the file cannot be read, or a line is not UTF-8.
    """
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise UnusableFile(f"{path}: {error.strerror}") from None
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            text = line.decode().rstrip("\r")
        except UnicodeDecodeError:
            raise UnusableFile(f"{path}:{number}: is not UTF-8") from None
        if text.strip():
            yield f"{path}:{number}", text
