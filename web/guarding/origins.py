"""Which pages of other sites may read: none, or those of the origins that a setting names (CORS).

They may GET what anybody may read of the API, without cookies or keys. To write stays refused
(:func:`web.guarding.guard.refuse_other_sites`): docs/decisions/0034-other-origins.md.
"""

from __future__ import annotations

import re

from flask import Flask, Response, request

PREFLIGHT_SECONDS = 600
"""For which a browser need not ask again whether it may ask."""

_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS = (("http:", ":80"), ("https:", ":443"))
_READABLE = ("/api/v1/search", "/api/v1/suggest", "/api/v1/stats")
_ARTICLES = "/api/v1/articles/"
_READ = frozenset({"GET", "HEAD"})
_TOLD = "ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-ID"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}


def check_origin(text: str) -> str:
    """The origin as browsers send it.

    Raises:
        ValueError: when it is none; says what one looks like.
    """
    if not _ORIGIN.fullmatch(text):
        raise ValueError(
            f"{text!r} is no origin; write scheme, host and port as a browser does, such as "
            "https://news.example or http://localhost:3000, without a path and without *"
        )
    for scheme, port in _DEFAULT_PORTS:
        if text.startswith(scheme):
            return text.removesuffix(port)
    return text


def install(app: Flask, origins: tuple[str, ...]) -> None:
    """Let pages of these origins read; without any, nothing changes."""
    if not origins:
        return

    def share(response: Response) -> Response:
        if not _is_readable(request.path):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins and request.method in _READ:
            response.headers.add("Access-Control-Allow-Origin", origin)
            response.headers.add("Access-Control-Expose-Headers", _TOLD)
        elif origin in origins and request.method == "OPTIONS":
            response.headers.add("Access-Control-Allow-Origin", origin)
            response.headers.extend(_PREFLIGHT)
        return response

    app.after_request(share)


def _is_readable(path: str) -> bool:
    return path in _READABLE or path.startswith(_ARTICLES)
