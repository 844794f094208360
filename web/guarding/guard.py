"""What every request passes before a view sees it, and every answer before it leaves.

Nothing in a request is believed that its sender could have made up: not its host, not a forwarded
address, not a request id of any shape.
"""

from __future__ import annotations

import logging
import re
import time
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from uuid import uuid4

from flask import Flask, Response, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from sanbao.web.guarding.headers import SECURITY_HEADERS
from sanbao.web.guarding.limits import Allowance, RateLimit
from sanbao.web.guarding.settings import Settings
from sanbao.web.guarding.turns import LONG_BYTES, Turns
from sanbao.web.problems import Problem
from sanbao.web.serving.logs import ACCESS

_EXTENSION = "sanbao.guard"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# What a server is asked by those who watch over it, or by a page for its looks.
_UNLIMITED = ("machines.", "static")
_IN_OTHER_TURNS = ("api.add_articles", "api.delete_article")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_IPV6_CUSTOMER = 64

_accesses = logging.getLogger(ACCESS)
_writes = logging.getLogger("sanbao.web.writes")


class Guard:
    """The settings and the counts of one application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._searches = RateLimit(settings.searches_per_minute)
        self._writes = RateLimit(settings.writes_per_minute)
        self._failed_keys = RateLimit(settings.failed_keys_per_minute)
        self._long = Turns()

    def install(self, app: Flask) -> None:
        """Stand before and behind every view of the application."""
        app.extensions[_EXTENSION] = self
        if self.settings.proxies:
            proxies = self.settings.proxies
            app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask documents
                app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0
            )
        app.before_request(self._receive)
        app.after_request(self._dismiss)
        app.teardown_request(self._end)

    def count_write(self, name: str) -> None:
        """Count a write with the key of this name.

        Raises:
            Problem: 429, when there were too many.
        """
        _refuse_beyond(self._writes.take(name))

    def count_failed_key(self) -> None:
        """Count a wrong key of the client. Right ones are never held up by these: who shares an
        address with others, or stands behind a proxy that the server does not know of, can write.

        Raises:
            Problem: 429, when the client has shown too many wrong ones.
        """
        allowance = self._failed_keys.take(_client())
        if allowance is not None and not allowance.granted:
            _refuse_beyond(allowance)

    def take_turn(self) -> None:
        """Wait until no other long request is being answered; that of this request ends with it.

        Raises:
            Problem: 503, when too many wait already.
        """
        if g.get("has_turn"):
            return
        g.has_turn = self._long.take()
        if not g.has_turn:
            raise Problem(
                503,
                "others are asking what takes long; ask again in a second",
                headers={"Retry-After": "1"},
            )

    def _receive(self) -> None:
        g.started = time.perf_counter()
        g.request_id = _request_id()
        if not self._goes_by(request.headers.get("Host", "")):
            raise Problem(
                400, "this server does not go by that name; one can be added with --allowed-host"
            )
        if "Transfer-Encoding" in request.headers:
            raise Problem(411, "the body needs a Content-Length; chunks are not taken")
        if not (request.endpoint or "").startswith(_UNLIMITED) and not self._is_own_machine():
            _refuse_beyond(self._searches.take(_client()))
        if _is_long():
            self.take_turn()

    def _end(self, _error: BaseException | None) -> None:
        if g.pop("has_turn", False):
            self._long.give_back()

    def _dismiss(self, response: Response) -> Response:
        # Nothing else sets these, and to replace a header takes ten times as long as to add one.
        response.headers.extend(SECURITY_HEADERS)
        response.headers.add("X-Request-ID", g.request_id)
        if (allowance := g.get("allowance")) is not None:
            response.headers.extend(allowance.headers())
        if response.status_code >= 400 or request.method not in _SAFE or _shows_a_key():
            response.headers["Cache-Control"] = "no-store"
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        logger = _writes if "key_name" in g else _accesses
        if logger.isEnabledFor(logging.INFO):
            logger.info("request", extra={"fields": _account(response)})
        return response

    def _goes_by(self, host: str) -> bool:
        names = self.settings.allowed_hosts
        found = _HOST.fullmatch(host.lower())
        return not names or (
            found is not None
            and any(
                found[1].endswith(name) if name.startswith(".") else found[1] == name
                for name in names
            )
        )

    def _is_own_machine(self) -> bool:
        address = _parsed(request.remote_addr or "")
        return not self.settings.proxies and address is not None and address.is_loopback


def guard() -> Guard:
    """The guard of the application that handles the current request."""
    found: Guard = current_app.extensions[_EXTENSION]
    return found


def refuse_other_sites() -> None:
    """Let no page of another site write through the browser of someone who may.

    Raises:
        Problem: 403, when the browser says that such a page is asking.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    if site not in ("none", "same-origin") or origin not in (None, request.host_url.rstrip("/")):
        raise Problem(403, "a page of another site may not write here")


def _refuse_beyond(allowance: Allowance | None) -> None:
    if allowance is None:
        return
    g.allowance = allowance
    if not allowance.granted:
        seconds = allowance.reset_seconds
        raise Problem(429, f"too many requests; ask again in {seconds} s")


def _client() -> str:
    """Whom to count: an address, or of IPv6 the network that one customer is given."""
    address = _parsed(request.remote_addr or "")
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address, _IPV6_CUSTOMER), strict=False))
    return str(address)


@lru_cache(maxsize=1024)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address, of which some proxies write the port, too; None when it is none."""
    found = _WITH_PORT.fullmatch(address)
    try:
        return ip_address((found[1] or found[2]) if found else address)
    except ValueError:
        return None


def _is_long() -> bool:
    if request.endpoint in _IN_OTHER_TURNS:
        return False
    return len(request.query_string) + (request.content_length or 0) > LONG_BYTES


def _request_id() -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _shows_a_key() -> bool:
    return "Authorization" in request.headers


def _account(response: Response) -> dict[str, object]:
    """What the log says of a request."""
    # No query: what readers look for is theirs, and a key may have strayed into it.
    return {
        "request_id": g.request_id,
        "client": request.remote_addr,
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "bytes": response.content_length,
        "ms": round((time.perf_counter() - g.started) * 1000, 1),
        "key": g.get("key_name"),
        "user_agent": request.headers.get("User-Agent"),
    }
