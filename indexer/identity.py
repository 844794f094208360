"""Which article this is: the same article read twice must get the same id."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from sanbao.search.article import Article, format_instant

_DEFAULT_PORTS = {"http": 80, "https": 443}


def article_id(
    *,
    given: str | None,
    url: str | None,
    source: str | None,
    title: str,
    published: datetime | None,
    body: str,
) -> str:
    """The caller's id as it is, else a hash of the canonical URL, else of source, title and date.

    Without a date, the body takes its place: a column that has one title every day is many
    articles.
    """
    if given is not None:
        return given
    if url:
        return _hash("url", canonical_url(url))
    return _hash("text", source or "", title, format_instant(published) or body)


def content_of(article: Article) -> bytes:
    """Eight bytes that are the same for articles that differ in nothing."""
    return hashlib.blake2b(repr(article).encode(), digest_size=8).digest()


class SameIds:
    """Which articles of one run, or of one request, have an id that another one had before."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, bytes]] = {}

    def replaced_by(self, article_id: str, name: str, content: bytes) -> str | None:
        """The name of the article that this one replaces; None when none is, or the same one.

        Args:
            name: where this article was found, or its title.
            content: :func:`content_of` it.
        """
        earlier = self._last.get(article_id)
        self._last[article_id] = name, content
        return earlier[0] if earlier and earlier[1] != content else None


def canonical_url(url: str) -> str:
    """The address without what does not change the page: fragment, ``utm_*``, default port."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not name.lower().startswith("utm_")]
    return SplitResult(
        scheme=parts.scheme.lower(),
        netloc=_canonical_host(parts),
        path=parts.path or "/",
        query=urlencode(kept),
        fragment="",
    ).geturl()


def is_web_address(url: str) -> bool:
    """Whether ``url`` is an absolute http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _canonical_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme.lower()):
        return host
    return f"{host}:{parts.port}"


def _hash(*parts: str) -> str:
    data = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(data, digest_size=10).hexdigest()
