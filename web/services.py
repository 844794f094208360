"""What the views work on: the engine and, where writing is allowed, the intake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app

from sanbao.search.engines import SearchEngine
from sanbao.web.guarding.keys import Keys

_EXTENSION = "sanbao"


class IntakeReport(Protocol):
    """What became of a batch of records."""

    def to_dict(self) -> dict[str, Any]:
        """``indexed`` (how many articles), ``updated`` (how many of these replaced one),
        ``errors``: the ``item`` (its place, from 0), ``field`` and ``reason`` of each record
        that was refused, and ``warnings``, the same of those that replaced another one."""
        ...


class Intake(Protocol):
    """Takes articles into the index and out of it."""

    def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
        """Index the records; a bad one is reported and does not stop the others.

        Raises:
            IndexLocked: when another process is writing.
        """
        ...

    def delete(self, article_id: str) -> bool:
        """Delete an article; False when there is none with this id.

        Raises:
            IndexLocked: when another process is writing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that one application serves. Writing needs ``intake`` and a key."""

    engine: SearchEngine
    intake: Intake | None = None
    keys: Keys | None = None

    def install(self) -> dict[str, Services]:
        """These services as an entry for ``Flask.extensions``."""
        return {_EXTENSION: self}


def services() -> Services:
    """The services of the application that handles the current request."""
    found: Services = current_app.extensions[_EXTENSION]
    return found


def engine() -> SearchEngine:
    """The engine of the application that handles the current request."""
    return services().engine
