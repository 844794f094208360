"""The door for articles that do not come from a file: records posted over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sanbao.indexer.articles import to_article
from sanbao.indexer.dates import parse_date
from sanbao.indexer.drafts import Draft
from sanbao.indexer.identity import is_web_address
from sanbao.indexer.paragraphs import from_text
from sanbao.search.article import LANGUAGES, Article
from sanbao.search.engines.base import ArticleWriter
from sanbao.search.errors import InvalidArticle
from sanbao.search.limits import Deadline

KNOWN_FIELDS = tuple(field.name for field in fields(Article))
OUT_OF_TIME = "there was no time left for it; send it again, with fewer articles at once"
_LISTS = ("categories", "tags")
_DATES = ("published", "updated")
_ADDRESSES = ("url", "image")
REQUEST_SECONDS = 30.0
"""How long the records of one call may hold the writer before the rest of them is refused."""
_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one record was not indexed.

    Attributes:
        item: its place among the records, from 0.
        field: the field that is wrong; None when the record is no object or there was no time.
    """

    item: int
    field: str | None
    reason: str


@dataclass(slots=True)
class IntakeReport:
    """What became of the records.

    Attributes:
        indexed: articles in the index now, new or replaced.
        updated: how many of them replaced one.
    """

    indexed: int = 0
    updated: int = 0
    errors: list[ItemError] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON types."""
        return {
            "indexed": self.indexed,
            "updated": self.updated,
            "errors": [{"item": e.item, "field": e.field, "reason": e.reason} for e in self.errors],
        }


class Intake:
    """Indexes and deletes articles, one commit a call.

    Args:
        open_writer: called once a call; what it raises passes through.
        seconds: how long the records of a call may take. What one of them has begun is finished,
            and the first is always taken, so that sending the rest again ends.
    """

    def __init__(
        self, open_writer: Callable[[], ArticleWriter], seconds: float = REQUEST_SECONDS
    ) -> None:
        self._open_writer = open_writer
        self._seconds = seconds

    def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
        """Indexes the records that are articles and reports the others.

        A record has the fields of :class:`search.article.Article`, all but title or body
        optional. The text is taken as it is: nothing is cleaned out of it. For what there is no
        time left is reported, too, one by one: it is not indexed and has to be sent again.

        Raises:
            IndexProblem: when the index cannot be written; then nothing is indexed.
        """
        report = IntakeReport()
        with self._open_writer() as writer:
            deadline = Deadline(self._seconds)
            for number, record in enumerate(records):
                if number and deadline.is_past():
                    report.errors.append(ItemError(number, None, OUT_OF_TIME))
                    continue
                try:
                    writer.add(article_from_record(record))
                except InvalidArticle as error:
                    report.errors.append(ItemError(number, error.field or None, error.reason))
            committed = writer.commit()
        report.indexed = committed.added + committed.updated
        report.updated = committed.updated
        return report

    def delete(self, article_id: str) -> bool:
        """Deletes the article with this id; whether there was one."""
        with self._open_writer() as writer:
            writer.delete(article_id)
            return writer.commit().deleted > 0


def article_from_record(record: object) -> Article:
    """The article that a record describes, its id and language found when not given.

    Raises:
        InvalidArticle: naming the field, when one is unknown, has a wrong value or is too long;
            the field is empty when the record is no object.
    """
    if not isinstance(record, Mapping):
        raise InvalidArticle("", "an article must be an object with fields")
    given = {name: value for name, value in record.items() if value is not None}
    for name, value in given.items():
        _check(name, value)
    body = from_text(given.pop("body", ""))
    article, warnings = to_article(Draft(name="record", body=body, **given))
    # A file is forgiven what its reader can no longer change; whoever posts a record can.
    for warning in warnings:
        raise warning
    return article


def _check(name: str, value: object) -> None:
    if name not in KNOWN_FIELDS:
        raise InvalidArticle(
            str(name)[:_SHOWN], f"unknown field; known are {', '.join(KNOWN_FIELDS)}"
        )
    if name in _LISTS:
        _require_labels(name, value)
    elif not isinstance(value, str):
        raise InvalidArticle(name, f"must be text, is {type(value).__name__}")
    elif name in _DATES and not parse_date(value):
        raise InvalidArticle(name, f"{value[:_SHOWN]!r} is not an ISO 8601 date and time")
    elif name in _ADDRESSES and not is_web_address(value):
        raise InvalidArticle(name, f"{value[:_SHOWN]!r} is not an absolute http or https address")
    elif name == "language" and value not in LANGUAGES:
        raise InvalidArticle(name, f"{value[:_SHOWN]!r} is none of {', '.join(LANGUAGES)}")


def _require_labels(name: str, value: object) -> None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(label, str) for label in value):
        raise InvalidArticle(name, "must be a list of texts")
