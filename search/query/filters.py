"""Filters to query nodes: those of a request and those that were typed as ``source:xinhua``."""

from __future__ import annotations

from sanbao.search.analysis.keyword import keyword
from sanbao.search.analysis.normalize import LONGEST_EXPANSION, normalize
from sanbao.search.dates import parse_range
from sanbao.search.errors import InvalidRequest, QueryTooLarge
from sanbao.search.fields import FILTERS_BY_NAME
from sanbao.search.limits import Limits
from sanbao.search.query.tree import Keyword, Or, Published, Query, join
from sanbao.search.request import SearchRequest


def check_filters(request: SearchRequest, limits: Limits) -> None:
    """Return if the filters of a request are within the limits.

    Raises:
        QueryTooLarge: naming the filter that has too many values, or too long a value.
    """
    for parameter, values in request.filters.items():
        if len(values) > limits.clauses:
            raise QueryTooLarge(
                parameter, f"has {len(values)} values, at most {limits.clauses} are allowed"
            )
        for value in values:
            check_length(parameter, value, limits)


def check_length(parameter: str, text: str, limits: Limits) -> None:
    """Return if a text is no longer than one may be, as it is and once normalized.

    Raises:
        QueryTooLarge: naming the parameter.
    """
    length = len(text)
    if length <= limits.query_length < length * LONGEST_EXPANSION:
        length = len(normalize(text).text)
    if length > limits.query_length:
        raise QueryTooLarge(
            parameter, f"has {length} characters, at most {limits.query_length} are allowed"
        )


def request_filters(request: SearchRequest) -> list[Query]:
    """The filters of a request, which must all hold; the values of one are alternatives."""
    alternatives = [
        join(Or, [Keyword(wanted.field, keyword(value)) for value in request.filters[name]])
        for name, wanted in FILTERS_BY_NAME.items()
        if name in request.filters
    ]
    filters = [node for node in alternatives if node is not None]
    return [*filters, Published(request.published)] if request.published else filters


def typed_filter(name: str, value: str) -> Keyword | Published | None:
    """The node of a filter, or None when the value is not one that the field can have.

    Args:
        name: of the field, as it is typed.
    """
    if name == "date":
        try:
            return Published(parse_range("date", value))
        except InvalidRequest:
            return None
    wanted = FILTERS_BY_NAME[name]
    allowed = {each.lower() for each in wanted.allowed}
    if allowed and value.lower() not in allowed:
        return None
    return Keyword(wanted.field, keyword(value))
