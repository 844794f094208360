"""Where a page leads: to itself with other parameters, and to the addresses that articles name."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from flask import request, url_for

from sanbao.web.display import visible
from sanbao.web.params import PageParameters

_ODD = re.compile(r"[\s\\]")


def web_url(url: str | None) -> str | None:
    """The address when a browser may be sent there: absolute http or https.

    One that a browser may read in another way than we do is none: with blanks or backslashes, with
    characters that hide, with a name before the host that looks like one.
    """
    if not url or _ODD.search(url) or visible(url) != url:
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return None
    return url if known and parts.hostname and "@" not in parts.netloc else None


def hostname(url: str) -> str:
    return urlsplit(url).hostname or ""


def search_url(parameters: PageParameters, **changes: object) -> str:
    query = parameters.query_string(**changes)
    return url_for("pages.search") + (f"?{query}" if query else "")


def ui_url(locale: str) -> str:
    """This page in another interface language."""
    if request.endpoint is None:
        return url_for("pages.search", ui=locale)
    args = [pair for pair in PageParameters.known(request.args) if pair[0] != "ui"]
    path = url_for(request.endpoint, **(request.view_args or {}))
    return f"{path}?{urlencode([*args, ('ui', locale)])}"
