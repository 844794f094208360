"""The command table: each name, and where its command lives.

A command's package is imported only when the command is asked for. ``serve`` and ``demo`` stand
here in full because they join packages that must not know each other.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from sanbao.search.cli.printing import shown
from sanbao.search.cli.settings import (
    default_index,
    index_option,
    limit_options,
    read_settings,
    recency_options,
    synonyms_option,
)
from sanbao.search.errors import AnalysisMismatch, IndexVersionMismatch, InvalidRequest, SearchError
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY, Recency
from sanbao.web.guarding.settings import DEFAULT_SETTINGS, Settings, guard_options

if TYPE_CHECKING:
    from flask import Flask

    from sanbao.web.guarding.keys import Keys
    from sanbao.web.serving.metrics import Metrics

COMMANDS = {
    "demo": "sanbao.commands:demo",
    "index": "sanbao.indexer.commands:index",
    "search": "sanbao.search.cli.asking:search",
    "suggest": "sanbao.search.cli.asking:suggest",
    "get": "sanbao.search.cli.asking:get",
    "delete": "sanbao.indexer.commands:delete",
    "stats": "sanbao.search.cli.asking:stats",
    "analyze": "sanbao.search.cli.asking:analyze",
    "evaluate": "sanbao.search.cli.evaluating:evaluate",
    "verify": "sanbao.search.cli.caring:verify",
    "repair": "sanbao.search.cli.caring:repair",
    "snapshot": "sanbao.search.cli.caring:snapshot",
    "restore": "sanbao.search.cli.caring:restore",
    "rebuild": "sanbao.search.cli.asking:rebuild",
    "warm": "sanbao.search.cli.asking:warm",
    "serve": "sanbao.commands:serve",
    "key": "sanbao.web.commands:key",
    "licences": "sanbao.licences:licences",
}


ASKING = frozenset({"search", "suggest", "get", "stats", "analyze"})
"""Commands that only read: at their end there is nothing to tidy up."""

OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""The compiler and the dictionaries are half a million objects, none of them garbage; Python would
look at them again after each thousand."""

DEMO_QUERIES = ("经济 熊本", "欠航 台風", "rate cut")


class CommandTable(click.Group):
    """Finds a command by its import path in :data:`COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # which knows no command that was not imported
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@click.command(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("sanbao"), prog_name="sanbao")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Search Chinese, Japanese and English news in one box.

    Start with `sanbao demo`. Settings: a flag wins over SANBAO_* in the environment, which wins
    over sanbao.toml in the current folder.
    """
    ctx.default_map = _defaults(read_settings())


def main() -> None:
    """Run the command line; errors that Sanbao raises on purpose become one line; exit 1 or 2."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        cli(prog_name="sanbao")
    except SystemExit as end:
        if ASKING.issuperset(sys.argv[1:2]) and isinstance(end.code, int):
            _end_at_once(end.code)
        raise
    except InvalidRequest as error:
        click.echo(shown(f"sanbao: {error}"), err=True)
        sys.exit(2)
    except SearchError as error:
        click.echo(shown(f"sanbao: {error}"), err=True)
        sys.exit(1)


def _end_at_once(code: int) -> None:
    """End the process without taking all its objects apart, a tenth of a second's work.

    Returns when the output cannot be written out, which is then the interpreter's to report.
    """
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _defaults(settings: dict[str, object]) -> dict[str, object]:
    shared = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    return {name: shared | _table(settings.get(name)) for name in COMMANDS}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


@click.command()
@click.option("--host", envvar="SANBAO_HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="SANBAO_PORT", default=8000, show_default=True, type=int)
@click.option("--workers", envvar="SANBAO_WORKERS", default=2, show_default=True, type=int)
@click.option(
    "--api-key",
    envvar="SANBAO_API_KEY",
    help="A key for writing beside those of `sanbao key`. Better set as SANBAO_API_KEY: the flags "
    "of a program are seen by everyone on its machine.",
)
@click.option(
    "--metrics-port",
    envvar="SANBAO_METRICS_PORT",
    type=click.IntRange(0, 65535),
    help="Where Prometheus finds figures, at 127.0.0.1. Default: nowhere, and nothing is counted.",
)
@click.option(
    "--check-hours",
    envvar="SANBAO_CHECK_HOURS",
    type=click.FloatRange(min=0),
    default=24.0,
    show_default=True,
    metavar="HOURS",
    help="How often every byte of the index is looked at; 0 is never.",
)
@guard_options
@recency_options
@limit_options()
@synonyms_option
@index_option
def serve(
    host: str,
    port: int,
    workers: int,
    api_key: str | None,
    metrics_port: int | None,
    check_hours: float,
    settings: Settings,
    recency: Recency,
    limits: Limits,
    synonyms: Path | None,
    index: Path,
) -> None:
    """Serve the search page and the HTTP interface.

    Writing over HTTP is off until there is a key: see `sanbao key`.
    """
    from sanbao.search.care.watch import watch
    from sanbao.search.storage.folder import Folder
    from sanbao.web.guarding.keys import Keys, key_file
    from sanbao.web.serving.server import serve as run

    looking = partial(watch, Folder(index), check_hours) if check_hours else None
    keys = Keys(key_file(index), api_key)
    metrics = None if metrics_port is None else _metrics(index, metrics_port)

    def ready(address: str) -> None:
        _say_where(address)
        if metrics:
            click.echo(f"Figures for Prometheus: {metrics.address}", err=True)

    try:
        app = _application(index, keys, settings.at(host), recency, limits, synonyms, metrics)
        run(
            *(app, host, port, workers),
            ready=ready,
            access_log=settings.access_log,
            metrics=metrics,
            watch=looking,
        )
    finally:
        if metrics:
            metrics.close()


@click.command()
@click.option("--host", envvar="SANBAO_HOST", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="SANBAO_PORT", default=8000, show_default=True, type=int)
@click.option(
    "--index",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: default_index().with_name("demo"),
    metavar="DIR",
    help="Folder of the demo's index, apart from your own.",
)
def demo(host: str, port: int, index: Path) -> None:
    """Index the sample news and serve it."""
    from sanbao.indexer.pipeline import index_paths
    from sanbao.search.engines import open_engine, open_writer
    from sanbao.search.engines.embedded.rebuild import rebuild_index
    from sanbao.web.serving.server import serve as run

    try:
        writer = open_writer(index)
    except AnalysisMismatch:  # Sanbao was updated since the last demo
        rebuild_index(index)
        writer = open_writer(index)
    except IndexVersionMismatch as error:
        raise IndexVersionMismatch(
            f"{error}; or, if {index} has nothing but the demo, remove it and start again"
        ) from None
    with writer:
        index_paths([str(files("sanbao.indexer") / "sample_news")], writer)
    articles = open_engine(index).stats().articles
    click.echo(f"{articles} articles of invented news in {index}", err=True)
    app = _application(index, None, DEFAULT_SETTINGS.at(host), DEFAULT_RECENCY, DEFAULT_LIMITS)
    run(app, host, port, workers=1, ready=_invite)


def _application(
    index: Path,
    keys: Keys | None,
    settings: Settings,
    recency: Recency,
    limits: Limits,
    synonyms: Path | None = None,
    metrics: Metrics | None = None,
) -> Flask:
    from sanbao.indexer.intake import Intake
    from sanbao.search.analysis import load_dictionaries
    from sanbao.search.engines import open_engine, open_writer
    from sanbao.search.engines.arrays.warm import warm
    from sanbao.web.app import create_app

    # Before the kernels, so that a bad index is told of at once.
    engine = open_engine(index, recency, limits, synonyms)
    # Each worker opens it for itself: what was mapped before the fork, none could let go of.
    engine.close()
    warm()
    load_dictionaries()
    intake = Intake(lambda: open_writer(index))
    app = create_app(engine, intake=intake, keys=keys, settings=settings, metrics=metrics)
    gc.freeze()  # what is loaded stays; no request has to wait while it is looked through
    return app


def _metrics(index: Path, port: int) -> Metrics:
    from sanbao.search.storage.folder import Folder
    from sanbao.search.storage.generations import table_name
    from sanbao.web.serving.metrics import Metrics, listen
    from sanbao.web.serving.server import CannotListen

    folder = Folder(index)
    try:
        listener = listen(port)
    except OSError as error:
        raise CannotListen(
            f"cannot answer for metrics at port {port}: {error.strerror}; choose another "
            "--metrics-port"
        ) from None
    return Metrics(listener, lambda commit: folder.status(table_name(commit)).st_mtime)


def _say_where(address: str) -> None:
    click.echo(f"Sanbao serves {address} (Ctrl-C stops it)", err=True)


def _invite(address: str) -> None:
    from rich.cells import set_cell_size

    _say_where(address)
    click.echo("Try:", err=True)
    for query in DEMO_QUERIES:
        click.echo(f"  {set_cell_size(query, 12)} {address}/?q={quote(query)}", err=True)
