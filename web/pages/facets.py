"""The filters of a search: values to narrow it by, and those in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sanbao.search.fields import FACETS, FILTERS_BY_NAME
from sanbao.search.limits import Deadline
from sanbao.search.results import FacetValue, ResultPage
from sanbao.web.i18n import gettext, language_name
from sanbao.web.pages.links import search_url
from sanbao.web.params import PageParameters
from sanbao.web.services import engine

FACET_VALUES = 12


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value to narrow the search by, or, when ``active``, to stop narrowing by."""

    label: str
    count: int
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and where to go without it."""

    label: str
    url: str


def facet_links(
    parameters: PageParameters, result: ResultPage, deadline: Deadline
) -> dict[str, list[FacetLink]]:
    """Links for the most frequent values of each facet, and for those in force.

    Args:
        deadline: for counting the alternatives to those in force.
    """
    links = {}
    for name in FACETS:
        counted = result.facets.get(name, ())
        if getattr(parameters, name) and not deadline.is_past():
            counted = _alternatives(name, parameters, deadline) or counted
        links[name] = _value_links(name, parameters, counted)
    return links


def _alternatives(
    name: str, parameters: PageParameters, deadline: Deadline
) -> tuple[FacetValue, ...]:
    """The values of a filter counted as if it were not in force, so that one can add to it.

    Empty when there is no time for all of them.
    """
    unfiltered = parameters.model_copy(
        update={
            name: (),
            "q": parameters.q.strip() or "*",
            "facets": (name,),
            "limit": 0,
            "timeline": None,
            "highlight": False,
            "explain": False,
        }
    )
    counted = engine().search(replace(unfiltered.to_request(), seconds=deadline.left()))
    return () if counted.partial else counted.facets.get(name, ())


def _value_links(
    name: str, parameters: PageParameters, values: tuple[FacetValue, ...]
) -> list[FacetLink]:
    chosen: tuple[str, ...] = getattr(parameters, name)
    shown = [v for i, v in enumerate(values) if i < FACET_VALUES or v.value in chosen]
    return [_value_link(name, parameters, value, chosen) for value in shown]


def _value_link(
    name: str, parameters: PageParameters, value: FacetValue, chosen: tuple[str, ...]
) -> FacetLink:
    active = value.value in chosen
    others = tuple(v for v in chosen if v != value.value)
    return FacetLink(
        label=_label(name, value.value),
        count=value.count,
        url=search_url(parameters, **{name: others if active else (*others, value.value)}),
        active=active,
    )


def chips(parameters: PageParameters) -> list[Chip]:
    """The filters in force, in the order of the parameters."""
    found = [
        Chip(
            _label(name, value),
            search_url(parameters, **{name: tuple(v for v in values if v != value)}),
        )
        for name in FILTERS_BY_NAME
        for values in [getattr(parameters, name)]
        for value in values
    ]
    for label, name in ((gettext("From"), "from_"), (gettext("To"), "to")):
        if value := getattr(parameters, name):
            found.append(Chip(f"{label} {value}", search_url(parameters, **{name: None})))
    return found


def _label(name: str, value: str) -> str:
    return language_name(value) if name == "lang" else value
