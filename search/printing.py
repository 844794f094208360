"""What commands print alike."""

from __future__ import annotations

import json
from typing import Any

import click


def print_json(value: Any) -> None:
    """A value of JSON types on standard output, its characters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def count(number: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
