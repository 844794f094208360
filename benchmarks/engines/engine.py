"""What takes part in the comparison: a query, its answer, and an engine that gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

TOP = 10

Operator = Literal["or", "and", "phrase"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Only documents of a language and of a time: ``start`` included, ``end`` not."""

    language: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """A query for the first :data:`TOP` documents.

    Attributes:
        terms: distinct.
        counts: whether to count languages, sources and months of all matches as well.
        newest: in order of date instead of score.
    """

    operator: Operator
    terms: tuple[str, ...]
    filter: Filter | None = None
    counts: bool = False
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine says.

    Attributes:
        total: how many match, or None if the engine did not count.
        documents: numbers of the first documents, best first.
        keys: their scores, or dates if the query asks for the newest.
        languages, sources: how many of the matches have each value, if the query asks.
        dated: how many matches the timeline holds.
    """

    total: int | None
    documents: tuple[int, ...]
    keys: tuple[float, ...]
    languages: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    dated: int | None = None


class Engine(Protocol):
    """An index opened by one engine. One thread, one query at a time."""

    @property
    def name(self) -> str:
        """What the report calls it, with what it counts."""

    def takes(self, query: Query) -> bool:
        """Whether the engine can do all that the query asks in the way its name says."""

    def prepare(self, query: Query) -> Any:
        """The query in the engine's own form, outside the measured time."""

    def seconds(self, prepared: Any) -> float:
        """Search, and say how long it took."""

    def answer(self, prepared: Any) -> Answer:
        """Search, and say what came out."""


@dataclass(frozen=True, slots=True)
class Build:
    """What it took to make an index.

    Attributes:
        index_seconds: until every batch was committed.
        merge_seconds: from then until they were one segment.
        size: of all its files, in bytes.
        peak: the largest resident memory of the process, in bytes.
    """

    index_seconds: float
    merge_seconds: float
    size: int
    peak: int

    def save(self, path: Path) -> None:
        """Write it where :meth:`load` finds it."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Build:
        """What :meth:`save` wrote."""
        return cls(**json.loads(path.read_text("utf-8")))
