"""The article: the record that indexer, engines and web pass around."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sanbao.search.errors import InvalidArticle

Language = Literal["zh", "zh-Hans", "zh-Hant", "ja", "en", "und"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The values that ``Article.language`` may have (BCP 47); ``und`` is "could not tell"."""

MAX_ID_BYTES = 512
"""Of an id in UTF-8."""
MAX_BODY_BYTES = 1_000_000
"""Of a body in UTF-8: ten times the longest news report, and what analysis does in seconds."""
MAX_TITLE_LENGTH = 1_000
MAX_NAME_LENGTH = 500
"""Of a source, an author and each category or tag."""
MAX_ADDRESS_LENGTH = 2_048
MAX_LABELS = 100
"""Categories, and tags, of one article."""

_OPTIONAL = {
    "source": MAX_NAME_LENGTH,
    "author": MAX_NAME_LENGTH,
    "url": MAX_ADDRESS_LENGTH,
    "image": MAX_ADDRESS_LENGTH,
}
_MAX_DATE_LENGTH = 100
_MAX_SHOWN = 60
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
_MORE_CONTROLS = re.compile("[\x80-\x9f]")
_FIRST_OF_MORE_CONTROLS = b"\xc2"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def base_language(language: str) -> str:
    """The language without its script: ``zh-Hant`` gives ``zh``."""
    return language.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article. Title or body must hold text; everything else may be empty.

    Attributes:
        id: the user's name for it, unique in an index; indexing it again replaces it. It is kept
            as it is given, blanks and widths too; any characters but control characters.
        title, body: plain text; paragraphs of the body are separated by newlines. Like all
            texts here they hold no control characters but tab and newline.
        source, author, categories, tags: on one line each; blank ones are as none.
        language: in BCP 47; ``und`` is "could not tell".
        published, updated: with a UTC offset; always in UTC once stored here.
        url, image: absolute http(s) addresses.

    Raises:
        InvalidArticle: naming the field, when a value has the wrong type, is missing, holds what
            no text holds, or is longer than its limit above.
    """

    id: str
    title: str = ""
    body: str = ""
    language: Language = "und"
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: str | None = None

    def __post_init__(self) -> None:
        for name in ("source", "author"):
            if isinstance(value := getattr(self, name), str):
                object.__setattr__(self, name, _one_line(value) or None)
        _require_usable_id(self.id)
        _require_text("title", self.title, MAX_TITLE_LENGTH)
        _require_body(self.body)
        for name, length in _OPTIONAL.items():
            if (value := getattr(self, name)) is not None:
                _require_text(name, value, length)
        if not (self.title.strip() or self.body.strip()):
            raise InvalidArticle("title", "title and body are both empty; one must hold text")
        if self.language not in LANGUAGES:
            shown = repr(self.language)[:_MAX_SHOWN]
            raise InvalidArticle("language", f"{shown} is none of {', '.join(LANGUAGES)}")
        for name in ("categories", "tags"):
            object.__setattr__(self, name, _labels(name, getattr(self, name)))
        for name in ("published", "updated"):
            object.__setattr__(self, name, _to_utc(name, getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types; dates as ``2022-01-10T01:37:29Z``."""
        record: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        record["categories"] = list(self.categories)
        record["tags"] = list(self.tags)
        record["published"] = format_instant(self.published)
        record["updated"] = format_instant(self.updated)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Article:
        """The inverse of :meth:`to_dict`. Dates are ISO 8601 with an offset.

        Raises:
            InvalidArticle: for an unknown or missing field, or a wrong value.
        """
        for name in record:
            if name not in _NAMES:
                raise InvalidArticle(
                    str(name)[:_MAX_SHOWN], f"unknown field; known are {', '.join(sorted(_NAMES))}"
                )
        if "id" not in record:
            raise InvalidArticle("id", "missing")
        values = dict(record)
        for name in ("published", "updated"):
            values[name] = _parse_instant(name, values.get(name))
        return cls(**values)

    @classmethod
    def from_trusted(cls, record: Mapping[str, Any]) -> Article:
        """The same for what :meth:`to_dict` has made, without checking its values again."""
        if record.keys() != _NAMES:
            return cls.from_dict(record)
        article = object.__new__(cls)
        for name, value in record.items():
            object.__setattr__(article, name, value)
        for name in ("categories", "tags"):
            object.__setattr__(article, name, tuple(record[name]))
        for name in ("published", "updated"):
            if record[name] is not None:
                object.__setattr__(article, name, datetime.fromisoformat(record[name]))
        return article


_NAMES = {field.name for field in fields(Article)}


def format_instant(instant: datetime | None) -> str | None:
    """``2022-01-10T01:37:29Z`` for an aware datetime, None for None. Fractions are cut."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _require_text(name: str, value: object, max_length: int) -> None:
    _require_characters(name, value)
    if len(str(value)) > max_length:
        raise InvalidArticle(name, f"is longer than {max_length:,} characters")


def _require_body(value: object) -> None:
    if len(_require_characters("body", value)) > MAX_BODY_BYTES:
        raise InvalidArticle(
            "body", f"is longer than {MAX_BODY_BYTES:,} bytes of UTF-8; split the article"
        )


def _require_characters(name: str, value: object) -> bytes:
    """The value in UTF-8, if it is text that can stand in an article."""
    if not isinstance(value, str):
        raise InvalidArticle(name, f"must be text, is {type(value).__name__}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArticle(name, f"holds half a character, {value[error.start]!r}") from None
    # Deleting bytes takes a fifth of the time of looking for them by a regular expression.
    if len(encoded.translate(None, _CONTROLS)) < len(encoded) or (
        _FIRST_OF_MORE_CONTROLS in encoded and _MORE_CONTROLS.search(value)
    ):
        raise InvalidArticle(name, "holds a control character other than tab and newline")
    return encoded


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _require_usable_id(article_id: str) -> None:
    if not isinstance(article_id, str):
        raise InvalidArticle("id", f"must be text, is {type(article_id).__name__}")
    if reason := _what_no_id_has(article_id):
        raise InvalidArticle("id", f"{shown_id(article_id)} {reason}")


def shown_id(article_id: str) -> str:
    """The id as a message has it: in quotation marks, what cannot be seen as escapes, not long."""
    return repr(article_id[:_MAX_SHOWN]) + "…" * (len(article_id) > _MAX_SHOWN)


def _what_no_id_has(text: str) -> str:
    """Why the text can be no id; empty when it can."""
    if not text:
        return "is empty; leave the id out to have one made"
    if _HALF_A_CHARACTER.search(text):
        return "holds half a character; an id is whole Unicode text"
    if _CONTROL.search(text):
        return "holds a control character; tabs and line ends are some, too"
    if (size := len(text.encode())) > MAX_ID_BYTES:
        return f"has {size:,} bytes of UTF-8; an id has at most {MAX_ID_BYTES}"
    return ""


def _labels(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise InvalidArticle(name, f"must be a list of texts, is {type(value).__name__}")
    labels: dict[str, None] = {}
    for given in value:
        label = _one_line(given) if isinstance(given, str) else given
        _require_text(name, label, MAX_NAME_LENGTH)
        labels[label] = None
    labels.pop("", None)
    if len(labels) > MAX_LABELS:
        raise InvalidArticle(name, f"has more than {MAX_LABELS} values")
    return tuple(labels)


def _to_utc(name: str, value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidArticle(name, "must be a date and time with a UTC offset")
    # Whole seconds: what the JSON form keeps, so that a round trip changes nothing.
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise InvalidArticle(name, f"{value} is outside the years 1 to 9999 in UTC") from None


def _parse_instant(name: str, value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    _require_text(name, value, _MAX_DATE_LENGTH)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidArticle(name, f"{value!r} is not an ISO 8601 date and time") from None
