"""A draft becomes an article: fields checked, dates read, language detected, id given."""

from __future__ import annotations

from datetime import datetime

from sanbao.indexer.dates import parse_date
from sanbao.indexer.drafts import Draft, Paragraph
from sanbao.indexer.identity import article_id, is_web_address
from sanbao.indexer.text import clean_text, one_line
from sanbao.search.analysis.language import detect
from sanbao.search.article import (
    MAX_ADDRESS_LENGTH,
    MAX_BODY_BYTES,
    MAX_LABELS,
    MAX_NAME_LENGTH,
    MAX_TITLE_LENGTH,
    Article,
)
from sanbao.search.errors import InvalidArticle

Warnings = list[InvalidArticle]


def to_article(draft: Draft) -> tuple[Article, Warnings]:
    """The article, and what had to be done for it: a value that is optional and wrong is left
    out, a title or a body that is too long is cut.

    Raises:
        InvalidArticle: when a value that cannot be left out is wrong.
    """
    warnings: Warnings = []
    title = _title(draft.title, warnings)
    body = _body(draft.body, warnings)
    url = _address("url", draft.url, warnings)
    source = _name("source", draft.source, warnings)
    published = _date("published", draft.published, warnings)
    article = Article(
        id=article_id(
            given=draft.id,
            url=url,
            source=source,
            title=title,
            published=published,
            body=body,
        ),
        title=title,
        body=body,
        language=detect(title, body, draft.language),
        url=url,
        source=source,
        author=_name("author", draft.author, warnings),
        published=published,
        updated=_date("updated", draft.updated, warnings),
        categories=_labels("categories", draft.categories, warnings),
        tags=_labels("tags", draft.tags, warnings),
        image=_address("image", draft.image, warnings),
    )
    return article, warnings


def _line(text: str | None) -> str | None:
    return one_line(text or "") or None


def _title(text: str, warnings: Warnings) -> str:
    title = one_line(text)
    if len(title) > MAX_TITLE_LENGTH:
        warnings.append(InvalidArticle("title", f"cut to {MAX_TITLE_LENGTH:,} characters"))
    return title[:MAX_TITLE_LENGTH].rstrip()


def _body(paragraphs: list[Paragraph], warnings: Warnings) -> str:
    body = clean_text("\n".join(paragraph.text for paragraph in paragraphs))
    encoded = body.encode()
    if len(encoded) <= MAX_BODY_BYTES:
        return body
    kept = encoded[:MAX_BODY_BYTES].decode(errors="ignore").rstrip()
    reason = f"cut after {len(kept):,} characters, {MAX_BODY_BYTES:,} bytes; split the article"
    warnings.append(InvalidArticle("body", reason))
    return kept


def _name(name: str, value: str | None, warnings: Warnings) -> str | None:
    text = _line(value)
    if text and len(text) > MAX_NAME_LENGTH:
        reason = f"is longer than {MAX_NAME_LENGTH} characters; left out"
        warnings.append(InvalidArticle(name, reason))
        return None
    return text


def _labels(name: str, values: list[str], warnings: Warnings) -> tuple[str, ...]:
    labels = dict.fromkeys(filter(None, map(one_line, values)))
    short = [label for label in labels if len(label) <= MAX_NAME_LENGTH]
    if len(short) < len(labels):
        reason = f"some have more than {MAX_NAME_LENGTH} characters; left out"
        warnings.append(InvalidArticle(name, reason))
    if len(short) > MAX_LABELS:
        warnings.append(InvalidArticle(name, f"more than {MAX_LABELS}; the rest is left out"))
    return tuple(short[:MAX_LABELS])


def _date(name: str, value: object, warnings: Warnings) -> datetime | None:
    if value is None or value == "":
        return None
    date = parse_date(value)
    if date is None:
        shown = repr(value[:60]) if isinstance(value, str) else f"a {type(value).__name__}"
        warnings.append(InvalidArticle(name, f"{shown} is no date with a year; left out"))
    return date


def _address(name: str, value: str | None, warnings: Warnings) -> str | None:
    url = _line(value)
    if url and (len(url) > MAX_ADDRESS_LENGTH or not is_web_address(url)):
        reason = (
            f"{url[:60]!r} is no absolute http or https address of at most "
            f"{MAX_ADDRESS_LENGTH:,} characters; left out"
        )
        warnings.append(InvalidArticle(name, reason))
        return None
    return url
