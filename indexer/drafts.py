"""What a reader gives back: drafts of articles, and failures that name what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from sanbao.search.errors import SearchError


class InputError(SearchError):
    """An input that cannot be read; ``str()`` is the reason, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or one article of it, that could not be indexed.

    Attributes:
        name: the file as the user named it, with the line or item where there is one.
        reason: what is wrong with it and what to do.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of plain text.

    Attributes:
        links_only: nothing of it stands outside of links, so that it is not prose.
    """

    text: str
    links_only: bool = False


@dataclass(slots=True, kw_only=True)
class Draft:
    """An article as its source has it: nothing is checked yet.

    Attributes:
        name: where it was found, for messages.
        language: what the source says; only a hint.
        published, updated: as the source has them, mostly text.
    """

    name: str
    id: str | None = None
    title: str = ""
    body: list[Paragraph] = field(default_factory=list)
    language: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: object = None
    updated: object = None
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image: str | None = None
