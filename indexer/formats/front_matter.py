"""Markdown or HTML after YAML front matter, as Jekyll and Hexo keep their posts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from sanbao.indexer.drafts import Draft, Failure, InputError
from sanbao.indexer.formats.encodings import decode
from sanbao.indexer.formats.fields import id_or_none, labels, text_or_none
from sanbao.indexer.formats.format import Format
from sanbao.indexer.inputs.files import MEGABYTE, Input
from sanbao.indexer.paragraphs import from_markdown

_START = re.compile(r"\s*---[ \t]*\r?\n")
_DELIMITER = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
MAX_POST = MEGABYTE
"""Markdown takes three hundred times its own size in memory."""
MAX_META = 100_000
_URL_FIELDS = ("url", "link", "permalink")
_IMAGE_FIELDS = ("image", "headimg", "thumbnail", "cover")


def read(opened: Input) -> Iterator[Draft | Failure]:
    """The one article of a post."""
    meta, content = _split(decode(opened.read(MAX_POST)))
    yield Draft(
        name=opened.name,
        id=id_or_none(meta.get("id") or None),  # YAML has `id:` for none
        title=_text(meta, "title") or "",
        body=from_markdown(content),
        language=_text(meta, "lang", "language"),
        url=_text(meta, *_URL_FIELDS),
        source=_text(meta, "source"),
        author=_text(meta, "author"),
        published=meta.get("date"),
        updated=meta.get("updated", meta.get("last_modified_at")),
        categories=labels(meta.get("categories", meta.get("category"))),
        tags=labels(meta.get("tags", meta.get("tag"))),
        image=_text(meta, *_IMAGE_FIELDS),
    )


def _split(text: str) -> tuple[Mapping[str, Any], str]:
    if not _START.match(text):
        return {}, text
    if len(_DELIMITER.findall(text)) < 2:
        raise InputError("the front matter has no second `---` line to end it; add one")
    try:
        meta, content = frontmatter.parse(text, handler=_TextHandler())
    except yaml.YAMLError as error:
        raise InputError(
            f"broken YAML in the front matter: {_what_and_where(error, text)}"
        ) from error
    return meta, content


class _TextHandler(YAMLHandler):
    """Leaves every value as it is written: ``title: No`` is no boolean, ``007`` no number."""

    def load(self, fm: str, **kwargs: object) -> Any:
        if len(fm) > MAX_META:
            raise InputError(f"the front matter has more than {MAX_META:,} characters; shorten it")
        return super().load(fm, Loader=yaml.BaseLoader)


def _what_and_where(error: yaml.YAMLError, text: str) -> str:
    """What is wrong and on which line of the file, without YAML's drawing of it."""
    problem = getattr(error, "problem", None) or "it cannot be read"
    if "mapping values" in problem:
        problem = "a value holds a colon; put quotation marks around it"
    mark = getattr(error, "problem_mark", None)
    blank_lines = text[: len(text) - len(text.lstrip())].count("\n")
    return f"{problem}, line {blank_lines + mark.line + 1}" if mark else problem


def _text(meta: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that has text."""
    return next(filter(None, (text_or_none(meta.get(name)) for name in names)), None)


FORMAT = Format(
    "front matter",
    lambda head: bool(_START.match(head)),
    frozenset((".md", ".markdown")),
    read,
)
