"""The Flask application: :func:`create_app` puts the parts together."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import PathConverter

from sanbao.search.engines import SearchEngine
from sanbao.web import compression, display, i18n, unchanged
from sanbao.web.api import MAX_BATCH_BYTES, api, machines
from sanbao.web.guarding import origins
from sanbao.web.guarding.guard import Guard
from sanbao.web.guarding.keys import Keys
from sanbao.web.guarding.settings import DEFAULT_SETTINGS, Settings
from sanbao.web.guarding.writing import LOCK_SECONDS, PatientIntake
from sanbao.web.pages import pages
from sanbao.web.problems import handle_errors
from sanbao.web.services import Intake, Services


class _ArticleIdConverter(PathConverter):
    """Article ids are often addresses: any slashes, leading and doubled ones too."""

    regex = ".+?"
    part_isolating = False


def create_app(
    engine: SearchEngine,
    *,
    intake: Intake | None = None,
    keys: Keys | None = None,
    settings: Settings = DEFAULT_SETTINGS,
    lock_seconds: float = LOCK_SECONDS,
) -> Flask:
    """The web application over an engine.

    Args:
        intake: takes articles posted to the API.
        keys: of which a writer has to show one; without any, or without intake, writing is off.
        settings: how the server guards itself.
        lock_seconds: how long a request waits for the index while another process writes.
    """
    app = Flask(__name__)
    app.debug = False  # whatever FLASK_DEBUG says: a page of Python source is for nobody
    app.config["MAX_CONTENT_LENGTH"] = MAX_BATCH_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False  # would redirect to whatever host the request names
    app.url_map.converters["article_id"] = _ArticleIdConverter
    patient = PatientIntake(intake, lock_seconds) if intake else None
    app.extensions.update(Services(engine, patient, keys).install())
    i18n.install(app)
    display.install(app)
    handle_errors(app)
    for blueprint in (api, machines, pages):
        app.register_blueprint(blueprint)
    Guard(settings).install(app)
    origins.install(app, settings.cors_origins)
    compression.install(app)
    unchanged.install(app)
    return app
