"""Serves the application with gunicorn: worker processes with threads.

The threads are those of :mod:`web.serving.worker`, which no slow client can hold.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any, TypeAlias

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from sanbao.search.errors import IndexCorrupt, SearchError
from sanbao.search.storage import verified
from sanbao.web.serving import logs
from sanbao.web.serving.metrics import Metrics

# A query of 1,024 Chinese characters is 9 kB once percent-encoded, more than gunicorn can be
# told to allow; the worker has a limit of its own.
_REQUEST_LINE_UNLIMITED = 0
_SEND_BUFFER = 1024 * 1024
_MAX_CONNECTIONS = 4000
_OTHER_FILES = 200
"""Descriptors of a worker that are no connections."""
_FEWEST_CONNECTIONS = 32
_STOP_SECONDS = 10
_LAST_PORT = 65535
_BY_BAD_MEMORY = (signal.SIGBUS, signal.SIGSEGV)
"""How a worker ends that reads a mapped file which was cut or overwritten."""
_M_ARENA_MAX = -8
"""As malloc.h of glibc numbers it."""


Watch: TypeAlias = Callable[[Callable[[IndexCorrupt], None]], None]
"""Looks at an index for as long as it is served, and tells of each damage."""


class CannotListen(SearchError):
    """The address cannot be served at; the message says why and what to do."""


def serve(
    app: Flask,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    threads: int = 4,
    ready: Callable[[str], None] | None = None,
    access_log: bool = False,
    metrics: Metrics | None = None,
    watch: Watch | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first.

    Args:
        port: 0 lets the system choose one.
        ready: called with the address once connections are accepted.
        access_log: whether every request is logged; what goes wrong and what writes always is.
        metrics: what the workers count and answer for; none if there is none.
        watch: runs in a thread of the process that answers nobody.

    Raises:
        CannotListen: when the port is taken or the host is not this machine's.
        SystemExit: when the server has stopped.
    """
    logs.configure(access_log)
    _share_one_arena()
    listener = _listen(host, port)
    address = _address(host, listener.getsockname()[1])
    _Server(
        app,
        # gunicorn closes the descriptor it is given.
        bind=f"fd://{listener.detach()}",
        workers=workers,
        threads=threads,
        worker_class="sanbao.web.serving.worker.CollectingWorker",
        worker_connections=_connections(),
        logger_class="sanbao.web.serving.logs.ServerLogger",
        # Nobody's word is taken for the scheme or the path; what proxies say is the guard's matter.
        forwarded_allow_ips="",
        limit_request_fields=64,
        preload_app=True,
        loglevel="warning",
        limit_request_line=_REQUEST_LINE_UNLIMITED,
        graceful_timeout=_STOP_SECONDS,
        control_socket_disable=True,
        when_ready=lambda master: _on_ready(master, address, ready, watch),
        post_worker_init=partial(_begin, metrics),
        child_exit=partial(_end, metrics),
    ).run()


def _share_one_arena() -> None:
    """Let all threads take memory from one place, where the system's library is glibc.

    With a place for each thread a worker keeps, for each, the most that any search ever took.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Flask, **settings: Any) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def run(self) -> None:
        _Master(self).run()


class _Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Replaces all workers when one has crashed as over a damaged file, or damage was found.

    Those that follow read every byte of the index before they use it. What is served then has been
    found whole, or there is a warning or an error. See docs/decisions/0025-damage-while-serving.md.
    """

    def __init__(self, app: _Server) -> None:
        self._doubt = Event()
        super().__init__(app)

    def on_damage(self, damage: IndexCorrupt) -> None:
        """Have the workers replaced. May be called in any thread."""
        self.log.error("the index is damaged: %s", damage)
        self._doubt.set()

    def reap_workers(self) -> None:
        has_crashed = any(map(_has_crashed, list(self.WORKERS)))
        super().reap_workers()
        if has_crashed:
            self.log.error("a worker crashed: all are replaced, and the index is checked again")
            self._doubt.set()

    def manage_workers(self) -> None:
        if self._doubt.is_set():
            self._doubt.clear()
            verified.forget()
            self.kill_workers(signal.SIGTERM)
        super().manage_workers()


def _has_crashed(process: int) -> bool:
    """Whether a child has ended by bad memory; it can still be waited for afterwards."""
    try:
        end = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return end is not None and end.si_code != os.CLD_EXITED and end.si_status in _BY_BAD_MEMORY


def _connections() -> int:
    """How many connections a worker takes: never so many that it runs out of descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(_FEWEST_CONNECTIONS, min(_MAX_CONNECTIONS, soft - _OTHER_FILES))


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _LAST_PORT:
        raise CannotListen(f"cannot serve at port {port}: ports go from 0 to {_LAST_PORT}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
        # Room for a whole answer, so that no thread waits for a client that reads slowly.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        return listener
    except OSError as error:
        raise CannotListen(_why_not(host, port, error)) from None


def _why_not(host: str, port: int, error: OSError) -> str:
    where = _address(host, port)
    if isinstance(error, socket.gaierror):
        return f"cannot serve at {where}: {host!r} is not a host name or address known here"
    if error.errno == errno.EADDRINUSE:
        return f"cannot serve at {where}: port {port} is in use; choose another with --port"
    return f"cannot serve at {where}: {error}; choose another --host or --port"


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _on_ready(
    master: _Master, address: str, ready: Callable[[str], None] | None, watch: Watch | None
) -> None:
    # gunicorn drops requests under way at SIGINT and finishes them at SIGTERM.
    signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    if watch:
        Thread(target=watch, args=(master.on_damage,), daemon=True).start()
    if ready:
        ready(address)


def _begin(metrics: Metrics | None, worker: object) -> None:
    _ignore_interrupt()
    if metrics:
        metrics.start()


def _end(metrics: Metrics | None, server: object, worker: object) -> None:
    if metrics:
        metrics.forget(worker)


def _ignore_interrupt() -> None:
    # A terminal sends Ctrl-C to the workers as well; the master tells them when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
