"""A draft becomes an article: fields checked, dates read, language detected, id given."""

from __future__ import annotations

from datetime import datetime

from indexer.dates import parse_date
from indexer.drafts import Draft
from indexer.identity import article_id, is_web_address
from indexer.text import clean_text, one_line
from search.analysis.language import detect
from search.article import Article


def to_article(draft: Draft) -> tuple[Article, list[str]]:
    """The article, and a warning for each optional value that had to be left out.

    Raises:
        InvalidArticle: when a value that cannot be left out is wrong.
    """
    warnings: list[str] = []
    title = one_line(draft.title)
    body = clean_text("\n".join(paragraph.text for paragraph in draft.body))
    url = _address("url", draft.url, warnings)
    source = _line(draft.source)
    published = _date("published", draft.published, warnings)
    article = Article(
        id=article_id(
            given=_line(draft.id),
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
        author=_line(draft.author),
        published=published,
        updated=_date("updated", draft.updated, warnings),
        categories=tuple(map(one_line, draft.categories)),
        tags=tuple(map(one_line, draft.tags)),
        image=_address("image", draft.image, warnings),
    )
    return article, warnings


def _line(text: str | None) -> str | None:
    return one_line(text or "") or None


def _date(name: str, value: object, warnings: list[str]) -> datetime | None:
    if value is None or value == "":
        return None
    date = parse_date(value)
    if date is None:
        shown = repr(value[:60]) if isinstance(value, str) else f"a {type(value).__name__}"
        warnings.append(f"{name}: {shown} is no date with a year; left out")
    return date


def _address(name: str, value: str | None, warnings: list[str]) -> str | None:
    url = _line(value)
    if url and not is_web_address(url):
        warnings.append(f"{name}: {url[:60]!r} is no absolute http or https address; left out")
        return None
    return url
