"""How a server guards itself, and the options of ``sanbao serve`` that say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from ipaddress import ip_address
from typing import Any, TypeVar, cast

import click

from sanbao.web.guarding.origins import check_origin

Command = TypeVar("Command", bound=Callable[..., Any])

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server guards itself.

    Attributes:
        allowed_hosts: the names it answers to; ``.example.org`` is all below that, none is any.
        proxies: how many proxies of its own stand before it, whose X-Forwarded-For and
            X-Forwarded-Proto are believed.
        searches_per_minute: of one client; 0 is no limit. Clients on the same machine have none,
            unless they come through a proxy.
        writes_per_minute: with one key; 0 is no limit.
        failed_keys_per_minute: of one client; 0 is no limit.
        access_log: whether each request is logged; writes always are.
        cors_origins: whose pages may read the API in a browser, such as ``https://news.example``.
    """

    allowed_hosts: tuple[str, ...] = ()
    proxies: int = 0
    searches_per_minute: int = 1200
    writes_per_minute: int = 600
    failed_keys_per_minute: int = 20
    access_log: bool = False
    cors_origins: tuple[str, ...] = ()

    def at(self, host: str) -> Settings:
        """These settings for a server that listens at ``host``.

        One that only this machine reaches answers to this machine's names alone, so that no web
        site whose name was pointed here can read it through a browser.
        """
        if self.allowed_hosts or not _is_loopback(host):
            return self
        own = f"[{host}]" if ":" in host else host
        return replace(self, allowed_hosts=(*_LOOPBACK_NAMES, own))


DEFAULT_SETTINGS = Settings()


def guard_options(command: Command) -> Command:
    """Adds how a server guards itself to a command, passed as ``settings: Settings``."""

    @wraps(command)
    def with_settings(
        *args: Any,
        allowed_host: tuple[str, ...],
        proxies: int,
        searches_per_minute: int,
        writes_per_minute: int,
        access_log: bool,
        cors_origin: tuple[str, ...],
        **others: Any,
    ) -> Any:
        settings = Settings(
            allowed_host,
            proxies,
            searches_per_minute,
            writes_per_minute,
            access_log=access_log,
            cors_origins=cors_origin,
        )
        return command(*args, settings=settings, **others)

    for option in reversed(_OPTIONS):
        with_settings = option(with_settings)
    return cast(Command, with_settings)


def _origins(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        return tuple(map(check_origin, given))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_COUNT = click.IntRange(min=0)
_OPTIONS = (
    click.option(
        "--allowed-host",
        envvar="SANBAO_ALLOWED_HOSTS",
        multiple=True,
        metavar="NAME",
        help="A host name to answer to; .example.org is all names below it. Default: any, or, at a "
        "loopback address, only this machine's own.",
    ),
    click.option(
        "--proxies",
        envvar="SANBAO_PROXIES",
        type=_COUNT,
        default=DEFAULT_SETTINGS.proxies,
        show_default=True,
        help="Proxies of yours before the server, whose X-Forwarded-For is believed.",
    ),
    click.option(
        "--searches-per-minute",
        envvar="SANBAO_SEARCHES_PER_MINUTE",
        type=_COUNT,
        default=DEFAULT_SETTINGS.searches_per_minute,
        show_default=True,
        help="Of one client, for each worker; 0 is no limit. This machine itself has none.",
    ),
    click.option(
        "--writes-per-minute",
        envvar="SANBAO_WRITES_PER_MINUTE",
        type=_COUNT,
        default=DEFAULT_SETTINGS.writes_per_minute,
        show_default=True,
        help="With one key, for each worker; 0 is no limit.",
    ),
    click.option(
        "--access-log",
        envvar="SANBAO_ACCESS_LOG",
        is_flag=True,
        help="Log every request, not only those that write.",
    ),
    click.option(
        "--cors-origin",
        envvar="SANBAO_CORS_ORIGINS",
        multiple=True,
        metavar="ORIGIN",
        callback=_origins,
        help="An origin such as https://news.example whose pages may read the API in a browser. "
        "Default: none.",
    ),
)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
