"""Settings that commands share: a flag wins over ``SANBAO_*``, and that over ``sanbao.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

Command = TypeVar("Command", bound=Callable[..., Any])

SETTINGS_FILE = "sanbao.toml"


def default_index() -> Path:
    """The index folder when none is named: one for each user of the machine."""
    return platformdirs.user_data_path("sanbao") / "index"


def index_option(command: Command) -> Command:
    """Adds ``--index DIR`` to a command, passed as ``index: Path``."""
    return click.option(
        "--index",
        envvar="SANBAO_INDEX",
        type=click.Path(file_okay=False, path_type=Path),
        default=default_index,
        metavar="DIR",
        help=f"Folder of the index. Default: {default_index()}",
    )(command)


def json_option(command: Command) -> Command:
    """Adds ``--json`` to a command, passed as ``as_json: bool``."""
    return click.option(
        "--json", "as_json", is_flag=True, envvar="SANBAO_JSON", help="Print JSON on stdout."
    )(command)


def read_settings(path: Path = Path(SETTINGS_FILE)) -> dict[str, Any]:
    """The settings file as click's ``default_map`` wants it: command name to option values.

    Keys outside any ``[command]`` table hold for every command. A missing file is empty.

    Raises:
        click.UsageError: naming the file, when it is not valid TOML.
    """
    if not path.is_file():
        return {}
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: not valid TOML: {error}") from None
    return settings
