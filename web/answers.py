"""The answers of the API that are made here and not in ``search``, as types.

``schemas`` describes them to the users of the API by these fields and docstrings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic takes no other on Python 3.11

from sanbao.search.article import Language
from sanbao.search.results import Suggestion


class Suggestions(TypedDict):
    """What somebody who is typing may mean: phrases, then titles."""

    query: str
    suggestions: tuple[Suggestion, ...]
    took_ms: float


class ItemError(TypedDict):
    """Why one article was not indexed.

    Attributes:
        item: its place among the articles sent, from 0.
        field: the field that is wrong, or null when it is no object or there was no time for it.
    """

    item: int
    field: str | None
    reason: str


class IntakeReport(TypedDict):
    """What became of the articles.

    Attributes:
        indexed: articles in the index now, new or replaced.
        updated: how many of them replaced one.
    """

    indexed: int
    updated: int
    errors: list[ItemError]


class Token(TypedDict):
    """An occurrence of a term.

    Attributes:
        text: the term as it stands in the index.
        position: where it stands among the tokens of its analyzer.
        start, end: the characters of the text that it came from.
    """

    analyzer: str
    text: str
    position: int
    start: int
    end: int


class Analysis(TypedDict):
    """How a text is cut into tokens.

    Attributes:
        candidates: the languages that it would be searched in.
    """

    language: Language
    candidates: list[str]
    tokens: list[Token]


class WrongParameter(TypedDict):
    """Why a request cannot be answered."""

    parameter: str
    reason: str


class Problem(TypedDict):
    """What went wrong (RFC 9457).

    Attributes:
        detail: what is wrong, where, and what to do.
        errors: an entry for each part of the request that is wrong.
        request_id: by which the log of the server tells more.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[Sequence[WrongParameter] | Sequence[ItemError]]
    request_id: NotRequired[str]


class Liveness(TypedDict):
    """That the process is alive."""

    status: Literal["ok"]


class Readiness(TypedDict):
    """Whether searches can be answered.

    Attributes:
        status: ``degraded`` when an older commit is being served, because of the problem.
        generation: of the index; grows by one with each commit.
    """

    status: Literal["ready", "degraded"]
    generation: int
    problem: NotRequired[str]
