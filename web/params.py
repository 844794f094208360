"""The public parameters, as a query string or as JSON, to a ``SearchRequest``.

The models are also the source of the parameter list in ``/openapi.json``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from werkzeug.datastructures import MultiDict

from sanbao.search.analysis import MAX_DESCRIBED_CHARACTERS, MAX_DESCRIBED_TOKENS
from sanbao.search.article import LANGUAGES, Language
from sanbao.search.dates import parse_period
from sanbao.search.errors import InvalidRequest, SearchError
from sanbao.search.fields import FACETS, FILTERS, FILTERS_BY_NAME, LANGUAGE, Filter, Sort
from sanbao.search.request import MAX_LIMIT, MAX_WINDOW, SearchRequest, TimelineUnit

MAX_ANALYZE_LENGTH = 20_000
MAX_SUGGESTIONS = 20
MAX_NAMED_ERRORS = 20
"""Wrong parameters that an answer names; a body has room for thousands."""

# Signs by which a word stands for many.
_OPEN_ENDED = re.compile("[*＊~～]")
_MANY_OPEN_ENDED = 4

Locale = Literal["zh-Hans", "zh-Hant", "ja", "en"]

_PERIOD = "a year, month or day (2022, 2022-01, 2022-01-31) or an age (24h, 7d)"


class InvalidParameters(SearchError):
    """Parameters that no search can be made of; ``errors`` has one entry each."""

    def __init__(self, errors: tuple[InvalidRequest, ...]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


def _listed(value: object) -> object:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        return value
    return tuple(v.strip() for v in values if v.strip())


def _comma_listed(value: object) -> object:
    values = _listed(value)
    return _listed(",".join(values).split(",")) if isinstance(values, tuple) else values


def _list_schema(items: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "array", "items": items}, {"type": "string"}]})


def _among(values: Sequence[str]) -> WithJsonSchema:
    return _list_schema({"type": "string", "enum": list(values)})


TextList = Annotated[tuple[str, ...], BeforeValidator(_listed), _list_schema({"type": "string"})]
LanguageList = Annotated[tuple[str, ...], BeforeValidator(_comma_listed), _among(LANGUAGES)]
FacetList = Annotated[tuple[str, ...], BeforeValidator(_comma_listed), _among(FACETS)]


def _filter_field(wanted: Filter) -> tuple[Any, tuple[str, ...]]:
    """The parameter of a filter, as pydantic wants it: its type and its default."""
    given: Any = TextList
    if wanted.allowed:
        allowed = _among(wanted.allowed)
        given = Annotated[tuple[str, ...], BeforeValidator(_comma_listed), allowed]
    return Annotated[given, Field(description=f"only these {wanted.help}")], ()


def _is_period(text: str) -> bool:
    try:
        parse_period("from", text)
    except InvalidRequest:
        return False
    return True


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def from_query(cls, args: MultiDict[str, str]) -> Self:
        """The parameters of a query string.

        Raises:
            InvalidParameters: naming each one that is unknown or wrong.
        """
        lists = cls._lists()
        given = {
            name: values if name in lists or len(values) > 1 else values[0]
            for name, values in args.lists()
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise cls._invalid(error) from None

    @classmethod
    def from_json(cls, values: object) -> Self:
        """The parameters of a decoded JSON body, where 10 is a number and "10" is not.

        Raises:
            InvalidParameters: naming each one that is unknown or wrong.
        """
        try:
            return cls.model_validate(values, strict=True)
        except ValidationError as error:
            raise cls._invalid(error) from None

    @classmethod
    @cache
    def _lists(cls) -> frozenset[str]:
        fields = cls.model_fields.items()
        return frozenset(name for name, f in fields if f.annotation == tuple[str, ...])

    @classmethod
    def _invalid(cls, error: ValidationError) -> InvalidParameters:
        found: dict[str, InvalidRequest] = {}
        for entry in error.errors(include_url=False):
            if len(found) == MAX_NAMED_ERRORS:
                break
            parameter = str(entry["loc"][0]) if entry["loc"] else "body"
            found.setdefault(parameter, InvalidRequest(parameter, cls._reason(entry)))
        return InvalidParameters(tuple(found.values()))

    @classmethod
    def _reason(cls, entry: Any) -> str:
        if entry["type"] == "extra_forbidden":
            known = sorted(field.alias or name for name, field in cls.model_fields.items())
            return f"unknown parameter; known are {', '.join(known)}"
        if entry["type"] == "string_type" and isinstance(entry["input"], list):
            return "must be one text, not several"
        if entry["type"] in ("bool_parsing", "bool_type"):
            return "must be on or off"
        return str(entry["msg"])


class _QueryParameters(_Parameters):
    q: Annotated[
        str,
        Field(description="what to search for; at most 1,024 characters by default"),
    ] = ""


if TYPE_CHECKING:
    _Filtered = _QueryParameters
else:  # made from the list, which a type checker cannot follow
    _Filtered = create_model(
        "_Filtered",
        __base__=_QueryParameters,
        **{wanted.name: _filter_field(wanted) for wanted in FILTERS},
    )


class _SearchParameters(_Filtered):
    from_: Annotated[
        str | None, Field(alias="from", description=f"published in or after: {_PERIOD}")
    ] = None
    to: Annotated[str | None, Field(description=f"published in or before: {_PERIOD}")] = None
    sort: Annotated[Sort, Field(description="order of the results")] = "relevance"
    limit: Annotated[int, Field(ge=0, le=MAX_LIMIT, description="results a page")] = 10
    facets: Annotated[FacetList, Field(description="what to count, a comma list")] = ()
    timeline: Annotated[TimelineUnit | None, Field(description="count by publication period")] = (
        None
    )
    highlight: Annotated[bool, Field(description="mark matches in title and extracts")] = True
    recency: Annotated[
        bool, Field(description="favour newer articles in the order by relevance: on or off")
    ] = True
    explain: Annotated[
        bool, Field(description="say how the query was understood and what scores are made of")
    ] = False

    @property
    def takes_long(self) -> bool:
        """Whether this is much more work than what readers ask for."""
        return self.explain or len(_OPEN_ENDED.findall(self.q)) > _MANY_OPEN_ENDED

    def _request(self, offset: int) -> SearchRequest:
        given = {name: getattr(self, name) for name in _SearchParameters.model_fields}
        return SearchRequest.from_params(**given, offset=offset)


class SearchParameters(_SearchParameters):
    """What ``/api/v1/search`` takes."""

    offset: Annotated[
        int,
        Field(ge=0, le=MAX_WINDOW, description=f"results to skip; with limit at most {MAX_WINDOW}"),
    ] = 0

    def to_request(self) -> SearchRequest:
        """The search that these parameters ask for.

        Raises:
            InvalidRequest: naming the parameter.
        """
        return self._request(self.offset)


class SuggestParameters(_Parameters):
    """What ``/api/v1/suggest`` takes."""

    q: Annotated[str, Field(description="what was typed so far")] = ""
    limit: Annotated[int, Field(ge=1, le=MAX_SUGGESTIONS, description="suggestions")] = 8
    lang: Annotated[LanguageList, Field(description=f"only these {LANGUAGE.help}")] = ()


class PageParameters(_SearchParameters):
    """What the search page takes: a page number in place of an offset, and a language.

    What it does not know is ignored: whoever passes on a link adds parameters to it, such as
    ``utm_source`` and ``fbclid``. WeChat adds ``from=singlemessage``, so a ``from`` that is no date
    is ignored, too.
    """

    model_config = ConfigDict(extra="ignore")

    facets: FacetList = FACETS
    timeline: TimelineUnit | None = "auto"
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 10
    page: Annotated[int, Field(ge=1)] = 1
    ui: Locale | None = None

    @classmethod
    def from_query(cls, args: MultiDict[str, str]) -> Self:
        return super().from_query(MultiDict(cls.known(args)))

    @classmethod
    def known(cls, args: MultiDict[str, str]) -> list[tuple[str, str]]:
        """What of a query string the page does not ignore."""
        names = {field.alias or name for name, field in cls.model_fields.items()}
        return [
            (name, value)
            for name, value in args.items(multi=True)
            if name in names and (name != "from" or _is_period(value))
        ]

    @property
    def filtered(self) -> bool:
        """Whether anything but the query text narrows the search."""
        return any(getattr(self, name) for name in (*FILTERS_BY_NAME, "from_", "to"))

    def to_request(self) -> SearchRequest:
        """The search that these parameters ask for.

        Raises:
            InvalidRequest: naming the parameter.
        """
        if self.page * self.limit > MAX_WINDOW:
            raise InvalidRequest("page", f"page times limit must be at most {MAX_WINDOW}")
        return self._request((self.page - 1) * self.limit)

    def hidden_fields(self) -> list[tuple[str, str]]:
        """What a search form carries along beside its visible fields."""
        kept = self.model_dump(exclude_defaults=True, exclude={"q", "from_", "to", "page"})
        return parse_qsl(urlencode(kept, doseq=True))

    def query_string(self, **changes: object) -> str:
        """The parameters with some changed; back to the first page unless that is changed."""
        values = {**self.__dict__, "page": 1, **changes}
        fields = type(self).model_fields
        given = {
            fields[name].alias or name: value
            for name, value in values.items()
            if value != fields[name].default
        }
        return urlencode(given, doseq=True)


class ArticlePageParameters(_Parameters):
    """What the reading page takes, beside what it ignores."""

    model_config = ConfigDict(extra="ignore")

    ui: Locale | None = None


class AnalyzeParameters(_Parameters):
    """What ``/api/v1/analyze`` takes."""

    text: Annotated[
        str,
        Field(
            max_length=MAX_ANALYZE_LENGTH,
            description="the text to cut into tokens: at most "
            f"{MAX_DESCRIBED_CHARACTERS:,} characters once normalized, and "
            f"{MAX_DESCRIBED_TOKENS:,} tokens",
        ),
    ]
    language: Annotated[
        Language | None,
        Field(description="its language; guessed when left out"),
    ] = None
