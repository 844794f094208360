"""Settings that commands share: a flag wins over ``SANBAO_*``, and that over ``sanbao.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import platformdirs

from sanbao.search.fields import FILTERS, Filter
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY, Recency

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


def filter_option(wanted: Filter) -> Callable[[Command], Command]:
    """Adds a filter to a command, passed under its name as a tuple of values."""
    among = f": {', '.join(wanted.allowed)}" if wanted.allowed else ""

    def values(context: click.Context, parameter: click.Parameter, given: Any) -> tuple[str, ...]:
        return wanted.split(given)

    return click.option(
        f"--{wanted.name}",
        multiple=True,
        callback=values,
        help=f"Only these {wanted.help}{among}.",
    )


def filter_options(command: Command) -> Command:
    """Adds every filter to a command, as :func:`filter_option` does one."""
    for wanted in reversed(FILTERS):
        command = filter_option(wanted)(command)
    return command


def recency_options(command: Command) -> Command:
    """Adds how much newer articles are favoured to a command, passed as ``recency: Recency``."""

    @wraps(command)
    def with_recency(
        *args: Any, recency_half_life: float, recency_strength: float, **others: Any
    ) -> Any:
        try:
            recency = Recency(recency_half_life, recency_strength)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        return command(*args, recency=recency, **others)

    half_life = click.option(
        "--recency-half-life",
        envvar="SANBAO_RECENCY_HALF_LIFE",
        type=float,
        default=DEFAULT_RECENCY.half_life_days,
        show_default=True,
        metavar="DAYS",
        help="After so many days being new counts half as much.",
    )
    strength = click.option(
        "--recency-strength",
        envvar="SANBAO_RECENCY_STRENGTH",
        type=float,
        default=DEFAULT_RECENCY.strength,
        show_default=True,
        metavar="SHARE",
        help="How much being new counts: from 0, not at all, to 1, as much as the whole query.",
    )
    return cast(Command, half_life(strength(with_recency)))


def synonyms_option(command: Command) -> Command:
    """Adds ``--synonyms FILE`` to a command, passed as ``synonyms: Path | None``."""
    return click.option(
        "--synonyms",
        envvar="SANBAO_SYNONYMS",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Words that find each other too: a group a line, with commas.",
    )(command)


_LIMIT_OPTIONS = {
    "query_length": ("max_query_length", "Characters of a query."),
    "depth": ("max_query_depth", "How deep brackets may stand in brackets."),
    "clauses": ("max_query_clauses", "Words, phrases and filters of a query."),
    "prefix_length": ("min_prefix_length", "Letters that must stand before a *."),
    "terms_a_clause": ("max_prefix_terms", "Words that one beginning* stands for."),
    "terms_a_query": ("max_query_terms", "Words that all beginnings* of a query stand for."),
    "seconds": ("max_seconds", "After which a search answers with what it has."),
}


def limit_options(defaults: Limits = DEFAULT_LIMITS) -> Callable[[Command], Command]:
    """Adds how much one search may ask for and use to a command, passed as ``limits: Limits``."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_limits(*args: Any, **others: Any) -> Any:
            given = {name: others.pop(option) for name, (option, _) in _LIMIT_OPTIONS.items()}
            try:
                limits = Limits(**given)
            except ValueError as error:
                raise click.UsageError(str(error)) from None
            return command(*args, limits=limits, **others)

        decorated: Callable[..., Any] = with_limits
        for name, (option, text) in reversed(_LIMIT_OPTIONS.items()):
            default = getattr(defaults, name)
            decorated = click.option(
                f"--{option.replace('_', '-')}",
                envvar=f"SANBAO_{option.upper()}",
                type=type(default),
                default=default,
                show_default=True,
                metavar="SECONDS" if name == "seconds" else "N",
                help=text,
            )(decorated)
        return cast(Command, decorated)

    return decorate


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
