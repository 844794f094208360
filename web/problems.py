"""What errors become: RFC 9457 problem documents for programs, pages for readers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Flask, Response, g, json, render_template, request
from flask.globals import request_ctx
from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError
from werkzeug.http import HTTP_STATUS_CODES

from sanbao.search.errors import IndexLocked, IndexProblem, InvalidRequest, SearchError
from sanbao.web import answers
from sanbao.web.guarding.keys import KeyProblem
from sanbao.web.params import InvalidParameters, PageParameters

RETRY_SECONDS = 5

_FOR_PROGRAMS = ("/api/", "/openapi.json", "/healthz", "/readyz")

_log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer of the API that is not the one asked for.

    Args:
        status: the HTTP status.
        detail: what is wrong, where, and what to do, in a sentence.
        errors: one entry for each part of the request that is wrong.
        headers: HTTP headers that the status calls for.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[answers.WrongParameter] | Sequence[answers.ItemError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def to_response(self) -> Response:
        """The problem document (RFC 9457), with status and headers."""
        body: answers.Problem = {
            "type": "about:blank",
            "title": HTTP_STATUS_CODES[self.status],
            "status": self.status,
            "detail": self.detail,
        }
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            body["request_id"] = g.get("request_id")
        if self.errors:
            body["errors"] = self.errors
        return Response(
            json.dumps(body), self.status, self.headers, content_type="application/problem+json"
        )


def request_errors(error: InvalidRequest | InvalidParameters) -> tuple[InvalidRequest, ...]:
    """The wrong parameters, one entry each."""
    return error.errors if isinstance(error, InvalidParameters) else (error,)


def handle_errors(app: Flask) -> None:
    """Register an answer for every error that a view can raise."""
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(InvalidRequest, _on_invalid)
    app.register_error_handler(InvalidParameters, _on_invalid)
    app.register_error_handler(IndexLocked, _on_locked)
    app.register_error_handler(IndexProblem, _on_index_problem)
    app.register_error_handler(KeyProblem, _on_index_problem)
    app.register_error_handler(ClientDisconnected, _on_lost_body)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_bug)


def _on_invalid(error: InvalidRequest | InvalidParameters) -> Response:
    errors: list[answers.WrongParameter] = [
        {"parameter": e.parameter, "reason": e.reason} for e in request_errors(error)
    ]
    return _answer(Problem(422, str(error), errors=errors))


def _on_locked(error: IndexLocked) -> Response:
    again = {"Retry-After": str(RETRY_SECONDS)}
    return _answer(Problem(503, "others are writing; try again in some seconds", headers=again))


def _on_index_problem(error: SearchError) -> Response:
    # Where files are on the server is not for everybody.
    _log_error(str(error), error=None)
    return _answer(Problem(503, "something is wrong on the server; its log says what"))


def _on_lost_body(error: ClientDisconnected) -> Response:
    return _answer(Problem(408, "the body did not come, or too slowly"))


def _on_http_exception(error: HTTPException) -> Response:
    response = error.get_response()
    headers = {k: v for k, v in response.headers if k not in ("Content-Type", "Content-Length")}
    return _answer(Problem(response.status_code, error.description or "", headers=headers))


def _on_bug(error: Exception) -> Response:
    _log_error("an error that nobody foresaw", error)
    return _on_http_exception(InternalServerError())


def _log_error(event: str, error: Exception | None) -> None:
    fields = {"request_id": g.get("request_id"), "method": request.method, "path": request.path}
    _log.error("%s", event, exc_info=error, extra={"fields": fields})


def _answer(problem: Problem) -> Response:
    return _error_page(problem) if _is_for_reader() else problem.to_response()


def _is_for_reader() -> bool:
    # A page has links, and there are none for a request whose host is no host.
    has_links = request_ctx.url_adapter is not None
    return has_links and not request.path.startswith(_FOR_PROGRAMS)


def _error_page(problem: Problem) -> Response:
    html = render_template(
        "error.html",
        status=problem.status,
        detail=problem.detail,
        is_busy="Retry-After" in problem.headers,
        parameters=PageParameters(),
    )
    return Response(html, problem.status, problem.headers, mimetype="text/html")
