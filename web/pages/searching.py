"""The search page: the newest articles, results, or why a search cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request

from sanbao.search.errors import InvalidRequest
from sanbao.search.limits import Deadline
from sanbao.search.request import MAX_WINDOW, SearchRequest
from sanbao.web.guarding.guard import guard
from sanbao.web.i18n import N_, gettext
from sanbao.web.pages import timeline
from sanbao.web.pages.facets import chips, facet_links
from sanbao.web.params import InvalidParameters, PageParameters
from sanbao.web.problems import request_errors
from sanbao.web.services import engine

LATEST = 12
PAGE_SECONDS = 2.0
"""All searches for a page together; the first of them may take as long as the engine allows."""

EXAMPLES = ("经济 熊本", "欠航 台風", "rate cut")

_ADVICE = {
    "q": N_("The query is too long."),
    "lang": N_("There is no such language here. Choose Chinese, Japanese or English."),
    "from": N_("“From” is not a date. Write 2022, 2022-01 or 2022-01-31, or an age such as 7d."),
    "to": N_("“To” is not a date, or lies before “From”. Write 2022, 2022-01 or 2022-01-31."),
    "page": N_("Only the first 10,000 results can be shown. Narrow the search by date."),
}

_UNREADABLE = {"page": N_("“page” must be a whole number from 1 on, such as page=2.")}
"""Advice about what is no value at all; of the others it stands above."""


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to pages of results; a page without a link is a gap (None) or the current one."""

    current: int
    last: int
    numbers: tuple[int | None, ...]


def search() -> str | tuple[str, int]:
    try:
        parameters = PageParameters.from_query(request.args)
        if parameters.q.strip() or parameters.filtered:
            return _results(parameters)
        return _home(parameters)
    except (InvalidRequest, InvalidParameters) as error:
        return _refusal(error), 422


def _home(parameters: PageParameters) -> str:
    latest = engine().search(SearchRequest(text="*", sort="newest", limit=LATEST))
    return render_template(
        "home.html",
        parameters=parameters,
        result=latest,
        stats=engine().stats(),
        examples=[example for example in EXAMPLES if _finds_something(example)],
    )


def _finds_something(query: str) -> bool:
    return engine().search(SearchRequest(text=query, limit=0)).total > 0


def _results(parameters: PageParameters) -> str:
    if parameters.takes_long:
        guard().take_turn()
    deadline = Deadline(PAGE_SECONDS)
    result = engine().search(parameters.to_request())
    return render_template(
        "results.html",
        parameters=parameters,
        result=result,
        warnings=[gettext(warning) for warning in (*result.warnings, *_ignored(parameters))],
        facets=facet_links(parameters, result, deadline),
        chips=chips(parameters),
        pager=_pager(parameters, result.total),
        timeline=timeline.draw(result.timeline),
    )


def _ignored(parameters: PageParameters) -> list[str]:
    """What a reader may have meant, and was ignored."""
    has_wrong_start = parameters.from_ is None and any(request.args.getlist("from"))
    return [_ADVICE["from"]] if has_wrong_start else []


def _refusal(error: InvalidRequest | InvalidParameters) -> str:
    parameters = PageParameters.model_construct(
        q=request.args.get("q", ""), from_=request.args.get("from"), to=request.args.get("to")
    )
    unreadable = _UNREADABLE if isinstance(error, InvalidParameters) else {}
    advice = [_advice(wrong, _ADVICE | unreadable) for wrong in request_errors(error)]
    return render_template("refusal.html", parameters=parameters, advice=advice)


def _advice(error: InvalidRequest, known: Mapping[str, str]) -> str:
    if error.parameter in known:
        return gettext(known[error.parameter])
    unknown = gettext("The address has something that is not understood: “%(parameter)s”.")
    return unknown % {"parameter": error.parameter}


def _pager(parameters: PageParameters, total: int) -> Pager:
    last = min(-(-total // parameters.limit), MAX_WINDOW // parameters.limit)
    near = range(parameters.page - 2, parameters.page + 3)
    shown = [n for n in range(1, last + 1) if n in (1, last) or n in near]
    numbers: list[int | None] = []
    for number in shown:
        if numbers and numbers[-1] != number - 1:
            numbers.append(None)
        numbers.append(number)
    return Pager(parameters.page, last, tuple(numbers))
