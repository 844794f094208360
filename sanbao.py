"""The command table: each name, and where its command lives.

A command's package is imported only when the command is asked for. ``serve`` and ``demo`` stand
here in full because they join packages that must not know each other.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version

import click

from search.errors import SearchError
from search.settings import read_settings

COMMANDS = {
    "demo": "sanbao:demo",
    "index": "indexer.commands:index",
    "search": "search.commands:search",
    "get": "search.commands:get",
    "delete": "indexer.commands:delete",
    "stats": "search.commands:stats",
    "analyze": "search.commands:analyze",
    "rebuild": "search.commands:rebuild",
    "serve": "sanbao:serve",
}


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
    """Run the command line; errors that Sanbao raises on purpose become one line and exit 1."""
    try:
        cli(prog_name="sanbao")
    except SearchError as error:
        click.echo(f"sanbao: {error}", err=True)
        sys.exit(1)


def _defaults(settings: dict[str, object]) -> dict[str, object]:
    shared = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    return {name: shared | _table(settings.get(name)) for name in COMMANDS}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _serving_options(command: click.Command) -> click.Command:
    for option in (
        click.option("--host", envvar="SANBAO_HOST", default="127.0.0.1", show_default=True),
        click.option("--port", envvar="SANBAO_PORT", default=8000, show_default=True, type=int),
    ):
        command = option(command)
    return command
