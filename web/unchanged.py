"""Answers that a client has already: it is told that they still hold, and none is made.

A GET of a search, of suggestions or of an article has an ETag made of the request and of all that
its answer depends on beside it (:meth:`SearchEngine.state`). Whoever shows that tag again and is
answered 304 costs no search. See docs/decisions/0032-answers-that-still-hold.md.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from hashlib import sha256

from flask import Flask, Response, g, request

from sanbao.search.limits import working_time
from sanbao.web import i18n
from sanbao.web.pages.searching import PAGE_SECONDS
from sanbao.web.services import engine

SUGGESTION_SECONDS = 60
"""For which a browser keeps suggestions: who deletes a letter again need not ask again."""

_PAGES = frozenset({"pages.search", "pages.article"})
_SUGGESTIONS = "api.suggest"
_TAGGED = _PAGES | {"api.search", "api.get_article", _SUGGESTIONS}
_SAFE = frozenset({"GET", "HEAD"})
_AGE = re.compile(r"\d[hdwmy](?![a-z0-9])")
"""``7d``, as :mod:`search.dates` reads it: until now, so that the answer may change any second."""
_JSON, _HTML = "application/json", "text/html"


def install(app: Flask) -> None:
    """Tag the answers of an application. Comes after its guard, which says who is answered."""
    # The tags of a program with other settings, or of another release, hold no longer.
    salt = secrets.token_hex(8)

    def recall() -> Response | None:
        if not _may_be_tagged():
            return None
        g.tagged_at = working_time()  # the clock of deadlines
        g.tag = _tag(salt)
        if "If-None-Match" not in request.headers or not _is_known(g.tag):
            return None
        mimetype = _HTML if request.endpoint in _PAGES else _JSON
        return _with_tag(Response(status=304, mimetype=mimetype))

    def tag(response: Response) -> Response:
        if response.status_code != 200 or "tag" not in g or not _had_time():
            return response
        _with_tag(response)
        if _asks_for_any():
            response.make_conditional(request.environ)
        return response

    app.before_request(recall)
    app.after_request(tag)


def _may_be_tagged() -> bool:
    # What somebody with a key is told is kept nowhere.
    return (
        request.endpoint in _TAGGED
        and request.method in _SAFE
        and "Authorization" not in request.headers
        and not any(map(_names_an_age, request.args.values()))
    )


def _is_known(tag: str) -> bool:
    return not _asks_for_any() and request.if_none_match.contains_weak(tag)


def _asks_for_any() -> bool:
    """Whether the client asks for news if there is nothing at all: only an answer tells that."""
    return request.headers.get("If-None-Match", "").strip() == "*"


def _names_an_age(text: str) -> bool:
    return _AGE.search(unicodedata.normalize("NFKC", text).lower()) is not None


def _tag(salt: str) -> str:
    """Of one request and all that its answer depends on."""
    language = i18n.current() if request.endpoint in _PAGES else None
    asked = (request.path, request.query_string, language)
    return sha256(repr((salt, engine().state(), asked)).encode("utf-8", "replace")).hexdigest()[:32]


def _had_time() -> bool:
    """Whether no clock can have cut the answer short, which may be whole the next time."""
    took: float = working_time() - g.tagged_at
    return took < min(engine().seconds, PAGE_SECONDS)


def _with_tag(response: Response) -> Response:
    # Weak, since the answer says how long it took.
    response.headers.add("ETag", f'W/"{g.tag}"')
    if request.endpoint == _SUGGESTIONS:
        response.cache_control.private = True
        response.cache_control.max_age = SUGGESTION_SECONDS
    return response
