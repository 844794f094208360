"""What errors become: RFC 9457 problem documents for programs, pages for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, current_app, json, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.http import HTTP_STATUS_CODES

from search.errors import IndexLocked, IndexProblem, InvalidRequest
from web.params import InvalidParameters, PageParameters

RETRY_SECONDS = 5


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
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def to_response(self) -> Response:
        """The problem document (RFC 9457), with status and headers."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTP_STATUS_CODES[self.status],
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [dict(error) for error in self.errors]
        return Response(
            json.dumps(body), self.status, self.headers, content_type="application/problem+json"
        )


def request_errors(error: InvalidRequest | InvalidParameters) -> tuple[InvalidRequest, ...]:
    """The wrong parameters, one entry each."""
    return error.errors if isinstance(error, InvalidParameters) else (error,)


def handle_errors(app: Flask) -> None:
    """Register an answer for every error that a view can raise."""
    app.register_error_handler(Problem, Problem.to_response)
    app.register_error_handler(InvalidRequest, _on_invalid)
    app.register_error_handler(InvalidParameters, _on_invalid)
    app.register_error_handler(IndexProblem, _on_index_problem)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_bug)


def _on_invalid(error: InvalidRequest | InvalidParameters) -> Response:
    errors = [{"parameter": e.parameter, "reason": e.reason} for e in request_errors(error)]
    return _answer(Problem(422, str(error), errors=errors))


def _on_index_problem(error: IndexProblem) -> Response:
    if isinstance(error, IndexLocked):
        return _answer(Problem(503, str(error), headers={"Retry-After": str(RETRY_SECONDS)}))
    current_app.logger.error("%s", error)
    return _answer(Problem(503, str(error)))


def _on_http_exception(error: HTTPException) -> Response:
    response = error.get_response()
    headers = {k: v for k, v in response.headers if k not in ("Content-Type", "Content-Length")}
    return _answer(Problem(response.status_code, error.description or "", headers=headers))


def _on_bug(error: Exception) -> Response:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    return _on_http_exception(InternalServerError())


def _answer(problem: Problem) -> Response:
    return _error_page(problem) if _is_for_reader() else problem.to_response()


def _is_for_reader() -> bool:
    return not request.path.startswith(("/api/", "/openapi.json", "/healthz"))


def _error_page(problem: Problem) -> Response:
    html = render_template(
        "error.html", status=problem.status, detail=problem.detail, parameters=PageParameters()
    )
    return Response(html, problem.status, problem.headers, mimetype="text/html")
