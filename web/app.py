"""The Flask application: :func:`create_app` puts the parts together."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.routing import PathConverter

from search.engines import SearchEngine
from web import i18n
from web.api import api, machines
from web.pages import pages
from web.problems import handle_errors
from web.services import Intake, Services

MAX_BODY_BYTES = 16 * 1024 * 1024

# Nothing on a page comes from elsewhere, and nothing on it is a script.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class _ArticleIdConverter(PathConverter):
    """Article ids are often addresses: any slashes, leading and doubled ones too."""

    regex = ".+?"
    part_isolating = False


def create_app(
    engine: SearchEngine, *, intake: Intake | None = None, api_key: str | None = None
) -> Flask:
    """The web application over an engine.

    Args:
        intake: takes articles posted to the API.
        api_key: what a writer has to show; without it, or without intake, writing is off.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions.update(Services(engine, intake, api_key).install())
    app.url_map.converters["article_id"] = _ArticleIdConverter
    i18n.install(app)
    handle_errors(app)
    for blueprint in (api, machines, pages):
        app.register_blueprint(blueprint)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    return response
