"""What commands print alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

OnProgress = Callable[[str, int, int], None]
"""Called with what is being worked on, how much of it is done, and of how much."""


# A terminal takes them for commands: to set its title, to hide what follows, to send keys.
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_ESCAPED = {code: f"\\x{code:02x}" for code in _CONTROLS if chr(code) not in "\t\n"}
_ESCAPED_IN_JSON = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def shown(text: str) -> str:
    """The text with its control characters but tab and newline as ``\\x1b``: none that somebody
    typed, or put into the name of a file, reaches a terminal."""
    return text.translate(_ESCAPED)


def print_json(value: Any) -> None:
    """A value of JSON types on standard output, its characters as they are but for controls."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2).translate(_ESCAPED_IN_JSON))


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 article``, ``2 articles``; a plural that is not made by an s is given."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


@contextmanager
def progress_bar(doing: str) -> Iterator[OnProgress]:
    """A bar that says what is being done to what, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    # Here, since importing it takes longer than many a command.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn(f"{doing} {{task.description}}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda what, done, total: progress.update(
            task, description=what, completed=done, total=total
        )
