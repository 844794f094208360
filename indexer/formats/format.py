"""What the register knows of a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sanbao.indexer.drafts import Draft, Failure
from sanbao.indexer.inputs.files import Input


@dataclass(frozen=True, slots=True)
class Format:
    """A format and its reader.

    Attributes:
        matches: whether text that starts like this is of the format; only its ASCII is reliable.
        suffixes: the endings of file names that say so where the content does not.
        read: the articles of an input, and what of it cannot be read; raises ``InputError`` when
            nothing can.
    """

    name: str
    matches: Callable[[str], bool]
    suffixes: frozenset[str]
    read: Callable[[Input], Iterator[Draft | Failure]]
