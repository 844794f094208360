"""The JSON interface below ``/api/v1``, and the small endpoints for machines beside it."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from itertools import islice
from json import JSONDecoder
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic_core import from_json

from sanbao.web.answers import Liveness, Readiness, Suggestions
from sanbao.web.guarding.guard import guard, refuse_other_sites
from sanbao.web.guarding.keys import Keys
from sanbao.web.openapi import document
from sanbao.web.params import AnalyzeParameters, SearchParameters, SuggestParameters
from sanbao.web.problems import Problem
from sanbao.web.services import Intake, engine, services

MAX_BATCH = 1000
MAX_BATCH_BYTES = 16 * 1024 * 1024
MAX_QUESTION_BYTES = 64 * 1024
"""Of the body of a request that asks for something."""
MAX_ANSWER_BYTES = 1_000_000
"""Of what is not an article that was stored."""

api = Blueprint("api", __name__, url_prefix="/api/v1")
machines = Blueprint("machines", __name__)

# Linear, whatever there is of blanks.
_LINE = re.compile(rb"\S[^\n]*")
_ARRAY_BEGINS = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*")
_NEXT_RECORD = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
_WHOLE_ANSWERS = ("api.get_article", "api.add_articles")

Json = dict[str, Any]


@api.get("/search")
def search() -> Json:
    return _page_of_results(SearchParameters.from_query(request.args))


@api.post("/search")
def search_by_body() -> Json:
    return _page_of_results(SearchParameters.from_json(_json_body()))


@api.get("/suggest")
def suggest() -> Suggestions:
    parameters = SuggestParameters.from_query(request.args)
    started = time.perf_counter()
    found = engine().suggest(parameters.q, parameters.limit, parameters.lang)
    took_ms = (time.perf_counter() - started) * 1000
    return {"query": parameters.q, "suggestions": found, "took_ms": round(took_ms, 2)}


@api.get("/articles/<article_id:article_id>")
def get_article(article_id: str) -> Json:
    article = engine().get(article_id)
    if article is None:
        raise _no_such_article(article_id)
    return article.to_dict()


@api.post("/articles")
def add_articles() -> Json:
    report = _writable().accept(_records()).to_dict()
    if report["errors"] and not report["indexed"]:
        raise Problem(422, "no article could be indexed", errors=report["errors"])
    return report


@api.delete("/articles/<article_id:article_id>")
def delete_article(article_id: str) -> tuple[str, int]:
    if not _writable().delete(article_id):
        raise _no_such_article(article_id)
    return "", 204


@api.get("/stats")
def stats() -> Json:
    return engine().stats().to_dict()


@api.post("/analyze")
def analyze() -> Json:
    parameters = AnalyzeParameters.from_json(_json_body())
    return engine().analyze(parameters.text, parameters.language)


@api.after_request
def refuse_large_answers(response: Response) -> Response:
    """Send no answer that is larger than anybody needs, whatever was asked or stored.

    An article is given back whole. What became of articles that were sent is told whole, too; it
    is smaller, since it repeats only the beginnings of wrong values.
    """
    size = response.calculate_content_length() or 0
    if request.endpoint in _WHOLE_ANSWERS or size <= MAX_ANSWER_BYTES:
        return response
    return Problem(
        422,
        f"the answer would have {size:,} bytes, and {MAX_ANSWER_BYTES:,} are the most; "
        "ask for less: a smaller limit, fewer facets, no explain, a shorter text",
    ).to_response()


@machines.get("/healthz")
def healthz() -> Liveness:
    return {"status": "ok"}


@machines.get("/readyz")
def readyz() -> Readiness:
    problem = engine().problem()
    generation = engine().stats().generation
    if problem is None:
        return {"status": "ready", "generation": generation}
    # Which problem, and not where: the log says that.
    return {"status": "degraded", "generation": generation, "problem": type(problem).__name__}


@machines.get("/openapi.json")
def openapi() -> Json:
    return document()


def _page_of_results(parameters: SearchParameters) -> Json:
    if parameters.takes_long:
        guard().take_turn()
    return engine().search(parameters.to_request()).to_dict()


def _no_such_article(article_id: str) -> Problem:
    return Problem(404, f"there is no article with the id {article_id!r}")


def _writable() -> Intake:
    """The intake, for a request that may write.

    Raises:
        Problem: when it may not.
    """
    intake, keys = services().intake, services().keys
    if intake is None or keys is None or not keys.current():
        raise Problem(
            403, "writing over HTTP is off; `sanbao key create NAME` makes a key and turns it on"
        )
    refuse_other_sites()
    name = _holder(keys)
    if name is None:
        raise Problem(
            401,
            "this needs an API key in a header: Authorization: Bearer KEY",
            headers={"WWW-Authenticate": "Bearer"},
        )
    g.key_name = name
    if request.args:
        raise Problem(422, "this takes no parameters; a key stands in the Authorization header")
    guard().count_write(name)
    return intake


def _holder(keys: Keys) -> str | None:
    """Whose key the request shows."""
    token = _token()
    if not token:
        return None
    name = keys.holder(token)
    if name is None:
        guard().count_failed_key()
    return name


def _token() -> str:
    """The key that the request shows, or nothing."""
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    # Header text is the bytes of the wire read as Latin-1.
    return (token or "").encode("latin-1").decode("utf-8", "replace")


def _json_body() -> Any:
    request.max_content_length = MAX_QUESTION_BYTES
    _require_type("application/json")
    return _decode(request.get_data())


def _records() -> list[Any]:
    _require_type("application/json", "application/x-ndjson")
    records = _lines() if request.mimetype == "application/x-ndjson" else _json_body_as_list()
    if not records:
        raise Problem(422, f"a request takes 1 to {MAX_BATCH:,} articles, this has none")
    return records


def _json_body_as_list() -> list[Any]:
    data = request.get_data()
    _refuse_long_array(data)
    body = _decode(data)
    return body if isinstance(body, list) else [body]


def _refuse_long_array(data: bytes) -> None:
    """Return if the body is no array of too many, as far as can be told without reading the rest.

    Raises:
        Problem: 422, as soon as there is one record too many.
    """
    decoder = JSONDecoder()
    text = data.decode("utf-8", "replace")
    place, count = _ARRAY_BEGINS.match(text), 0
    # What is no JSON is not for this to say.
    with suppress(ValueError, RecursionError):
        while place:
            _, end = decoder.raw_decode(text, place.end())
            count += 1
            if count > MAX_BATCH:
                raise _too_many()
            place = _NEXT_RECORD.match(text, end)


def _lines() -> list[Any]:
    lines = [found[0] for found in islice(_LINE.finditer(request.get_data()), MAX_BATCH + 1)]
    if len(lines) > MAX_BATCH:
        raise _too_many()
    return [_line(line) for line in lines]


def _too_many() -> Problem:
    return Problem(
        422, f"a request takes 1 to {MAX_BATCH:,} articles, this has more; send fewer at once"
    )


def _line(line: bytes) -> Any:
    # A line that is not JSON stays as it is: no object, which the intake reports by its place.
    try:
        return from_json(line)
    except ValueError:
        return line


def _decode(data: bytes) -> Any:
    # Unlike the standard library's, this parser refuses lone surrogates and deep nesting,
    # which would fail later and elsewhere.
    try:
        return from_json(data)
    except ValueError as error:
        raise Problem(400, f"the body is not JSON in UTF-8: {error}") from None


def _require_type(*types: str) -> None:
    if request.mimetype not in types:
        raise Problem(415, f"the Content-Type must be {' or '.join(types)}")
