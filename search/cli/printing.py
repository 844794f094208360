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


def print_json(value: Any) -> None:
    """A value of JSON types on standard output, its characters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


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
