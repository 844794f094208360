"""What is asked of an engine: the query text with filters, order and page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from sanbao.search.dates import Period, parse_end, parse_period
from sanbao.search.errors import InvalidRequest
from sanbao.search.fields import FACETS, FILTERS_BY_NAME, LANGUAGE, SORTS, Sort

MAX_LIMIT = 100
MAX_WINDOW = 10_000

TimelineUnit = Literal["auto", "day", "week", "month", "year"]
TimelinePeriod = Literal["day", "week", "month", "year", "decade", "century"]
TIMELINE_UNITS: tuple[TimelineUnit, ...] = ("auto", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A search. Filters of one kind are alternatives; filters of different kinds all hold.

    Attributes:
        text: the query as typed; ``*`` asks for every article, and so does an empty text
            beside at least one filter.
        filters: values by the name of one of :data:`search.fields.FILTERS`, such as ``source``;
            those of ``lang`` are of :data:`search.article.LANGUAGES`, ``zh`` includes both scripts.
        published: only articles published in this period.
        limit, offset: the page; ``offset + limit`` is at most :data:`MAX_WINDOW`.
        facets: which of :data:`search.fields.FACETS` to count.
        timeline: the period to count by, or None for no timeline. Where there would be too many
            of it, a longer one is taken (:mod:`search.timeline`).
        highlight: whether hits carry highlighted extracts.
        recency: whether newer articles are favoured (:mod:`search.ranking.recency`) in the order by
            relevance.
        explain: whether the page says how the query was understood, and each hit how its score
            came about.
        seconds: how long it may take, if that is less than the engine allows.

    How long and how deep a query may be is for the engine to say (:mod:`search.limits`).

    Raises:
        InvalidRequest: naming the parameter, when a value is not allowed.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    published: Period = field(default_factory=Period)
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    facets: tuple[str, ...] = ()
    timeline: TimelineUnit | None = None
    highlight: bool = True
    recency: bool = True
    explain: bool = False
    seconds: float = math.inf

    def __post_init__(self) -> None:
        _require_whole_characters("q", (self.text,))
        for name, values in self.filters.items():
            _check_filter(name, values)
        _require_one_of("sort", (self.sort,), SORTS)
        _require_one_of("facets", self.facets, FACETS)
        _require_one_of("timeline", (self.timeline,) if self.timeline else (), TIMELINE_UNITS)
        if not 0 <= self.limit <= MAX_LIMIT:
            raise InvalidRequest("limit", f"must be between 0 and {MAX_LIMIT}, is {self.limit}")
        if self.offset < 0:
            raise InvalidRequest("offset", f"must not be negative, is {self.offset}")
        if self.offset + self.limit > MAX_WINDOW:
            raise InvalidRequest(
                "offset",
                f"offset + limit must be at most {MAX_WINDOW}; narrow the search by date instead",
            )

    @classmethod
    def from_params(
        cls,
        *,
        q: str = "",
        from_: str | None = None,
        to: str | None = None,
        sort: Sort = "relevance",
        limit: int = 10,
        offset: int = 0,
        facets: tuple[str, ...] = (),
        timeline: TimelineUnit | None = None,
        highlight: bool = True,
        recency: bool = True,
        explain: bool = False,
        now: datetime | None = None,
        **filters: tuple[str, ...],
    ) -> Self:
        """The request that the public parameters mean, on the command line as over HTTP.

        Args:
            from_, to: periods as in :func:`search.dates.parse_period`; both ends included,
                and an age is that long ago.
            now: what ages are counted from; the clock's time when left out.
            filters: the values of each filter; without any it is as if it was not there.

        Raises:
            InvalidRequest: naming the parameter.
        """
        start = parse_period("from", from_, now).start if from_ else None
        end = parse_end("to", to, now) if to else None
        if start and end and start >= end:
            raise InvalidRequest("to", f"{to!r} is before from={from_!r}")
        return cls(
            text=q,
            filters=_given(filters),
            published=Period(start, end),
            sort=sort,
            limit=limit,
            offset=offset,
            facets=facets,
            timeline=timeline,
            highlight=highlight,
            recency=recency,
            explain=explain,
        )


def _require_whole_characters(parameter: str, texts: Sequence[str]) -> None:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = text[error.start]
            raise InvalidRequest(parameter, f"holds half a character, {half!r}") from None


def check_languages(languages: Sequence[str]) -> None:
    """Return if each is one of :data:`search.article.LANGUAGES`.

    Raises:
        InvalidRequest: naming the parameter ``lang``.
    """
    _check_filter(LANGUAGE.name, languages)


def _given(filters: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Those filters for which there are values."""
    for name, values in filters.items():
        _check_filter(name, values if isinstance(values, str) else ())
    given = {name: FILTERS_BY_NAME[name].split(values) for name, values in filters.items()}
    return {name: values for name, values in given.items() if values}


def _check_filter(name: str, values: Sequence[str]) -> None:
    if name not in FILTERS_BY_NAME:
        raise InvalidRequest(name, f"is no filter; known are {', '.join(FILTERS_BY_NAME)}")
    if isinstance(values, str):
        raise InvalidRequest(name, "must be several texts, not one")
    if allowed := FILTERS_BY_NAME[name].allowed:
        _require_one_of(name, values, allowed)
    else:
        _require_whole_characters(name, values)


def _require_one_of(parameter: str, values: Sequence[str], allowed: Sequence[str]) -> None:
    for value in values:
        if value not in allowed:
            raise InvalidRequest(parameter, f"{value!r} is none of {', '.join(allowed)}")
