"""The pages for readers: search, reading, and the description of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, render_template, request, url_for

from sanbao.search.article import Article
from sanbao.search.errors import InvalidRequest
from sanbao.search.limits import Deadline
from sanbao.search.request import FACETS, MAX_WINDOW, SearchRequest
from sanbao.search.results import FacetValue, ResultPage
from sanbao.web.display import visible
from sanbao.web.i18n import gettext, language_name
from sanbao.web.openapi import document
from sanbao.web.pages import timeline
from sanbao.web.params import ArticlePageParameters, InvalidParameters, PageParameters
from sanbao.web.problems import request_errors
from sanbao.web.services import engine

LATEST = 12
FACET_VALUES = 12
PAGE_SECONDS = 2.0
"""All searches for a page together; the first of them may take as long as the engine allows."""

EXAMPLES = ("经济 熊本", "欠航 台風", "rate cut")

# What a link to the same page in another language carries along: nothing that strayed in.
_KEPT = {field.alias or name for name, field in PageParameters.model_fields.items()} - {"ui"}

_ODD = re.compile(r"[\s\\]")

pages = Blueprint("pages", __name__)


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    return message


_ADVICE = {
    "q": N_("The query is too long."),
    "lang": N_("There is no such language here. Choose Chinese, Japanese or English."),
    "from": N_("“From” is not a date. Write 2022, 2022-01 or 2022-01-31, or an age such as 7d."),
    "to": N_("“To” is not a date, or lies before “From”. Write 2022, 2022-01 or 2022-01-31."),
    "page": N_("Only the first 10,000 results can be shown. Narrow the search by date."),
}


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


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to pages of results; a page without a link is a gap (None) or the current one."""

    current: int
    last: int
    numbers: tuple[int | None, ...]


@pages.get("/")
def search() -> str | tuple[str, int]:
    try:
        parameters = PageParameters.from_query(request.args)
        if parameters.q.strip() or parameters.filtered:
            return _results(parameters)
        return _home(parameters)
    except (InvalidRequest, InvalidParameters) as error:
        return _refusal(error), 422


@pages.get("/articles/<article_id:article_id>")
def article(article_id: str) -> str:
    ArticlePageParameters.from_query(request.args)
    found = engine().get(article_id)
    if found is None:
        abort(404)
    return render_template(
        "article.html",
        article=found,
        paragraphs=_paragraphs(found),
        parameters=PageParameters(),
    )


@pages.get("/docs")
def docs() -> str:
    return render_template("docs.html", api=document())


@pages.app_template_filter()
def web_url(url: str | None) -> str | None:
    """The address when a browser may be sent there: absolute http or https.

    One that a browser may read in another way than we do is none: with blanks or backslashes, with
    characters that hide, with a name before the host that looks like one.
    """
    if not url or _ODD.search(url) or visible(url) != url:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return None
    return url if known and parts.hostname and "@" not in parts.netloc else None


@pages.app_template_filter()
def hostname(url: str) -> str:
    return urlsplit(url).hostname or ""


@pages.app_template_filter()
def headline(found: Article) -> str:
    """The title, or the beginning of the body where there is none."""
    return str(visible(found.title).strip() or visible(found.body).strip()[:60])


@pages.app_template_global()
def search_url(parameters: PageParameters, **changes: object) -> str:
    query = parameters.query_string(**changes)
    return url_for("pages.search") + (f"?{query}" if query else "")


@pages.app_template_global()
def ui_url(locale: str) -> str:
    """This page in another interface language."""
    if request.endpoint is None:
        return url_for("pages.search", ui=locale)
    args = [pair for pair in request.args.items(multi=True) if pair[0] in _KEPT]
    path = url_for(request.endpoint, **(request.view_args or {}))
    return f"{path}?{urlencode([*args, ('ui', locale)])}"


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
    deadline = Deadline(PAGE_SECONDS)
    result = engine().search(parameters.to_request())
    return render_template(
        "results.html",
        parameters=parameters,
        result=result,
        warnings=[gettext(warning) for warning in result.warnings],
        facets=_facets(parameters, result, deadline),
        chips=_chips(parameters),
        pager=_pager(parameters, result.total),
        timeline=timeline.draw(result.timeline),
    )


def _refusal(error: InvalidRequest | InvalidParameters) -> str:
    parameters = PageParameters.model_construct(
        q=request.args.get("q", ""), from_=request.args.get("from"), to=request.args.get("to")
    )
    advice = [_advice(wrong) for wrong in request_errors(error)]
    return render_template("refusal.html", parameters=parameters, advice=advice)


def _advice(error: InvalidRequest) -> str:
    if error.parameter in _ADVICE:
        return gettext(_ADVICE[error.parameter])
    unknown = gettext("The address has something that is not understood: “%(parameter)s”.")
    return unknown % {"parameter": error.parameter}


def _facets(
    parameters: PageParameters, result: ResultPage, deadline: Deadline
) -> dict[str, list[FacetLink]]:
    links = {}
    for name in FACETS:
        counted = result.facets.get(name, ())
        if getattr(parameters, name) and not deadline.is_past():
            counted = _alternatives(name, parameters, deadline) or counted
        links[name] = _facet_links(name, parameters, counted)
    return links


def _alternatives(
    name: str, parameters: PageParameters, deadline: Deadline
) -> tuple[FacetValue, ...]:
    """The values of a filter counted as if it were not in force, so that one can add to it.

    None when there is no time for all of them.
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


def _facet_links(
    name: str, parameters: PageParameters, values: tuple[FacetValue, ...]
) -> list[FacetLink]:
    chosen: tuple[str, ...] = getattr(parameters, name)
    shown = [v for i, v in enumerate(values) if i < FACET_VALUES or v.value in chosen]
    return [_facet_link(name, parameters, value, chosen) for value in shown]


def _facet_link(
    name: str, parameters: PageParameters, value: FacetValue, chosen: tuple[str, ...]
) -> FacetLink:
    active = value.value in chosen
    others = tuple(v for v in chosen if v != value.value)
    return FacetLink(
        label=language_name(value.value) if name == "lang" else value.value,
        count=value.count,
        url=search_url(parameters, **{name: others if active else (*others, value.value)}),
        active=active,
    )


def _chips(parameters: PageParameters) -> list[Chip]:
    chips = [
        Chip(
            language_name(value) if name == "lang" else value,
            search_url(parameters, **{name: tuple(v for v in values if v != value)}),
        )
        for name in ("lang", "source", "category", "author")
        for values in [getattr(parameters, name)]
        for value in values
    ]
    for label, name in ((gettext("From"), "from_"), (gettext("To"), "to")):
        if value := getattr(parameters, name):
            chips.append(Chip(f"{label} {value}", search_url(parameters, **{name: None})))
    return chips


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


def _paragraphs(found: Article) -> list[str]:
    return [line.strip() for line in found.body.splitlines() if line.strip()]
