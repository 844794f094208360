"""A gunicorn worker whose threads only see requests that have arrived.

gunicorn's own threaded worker reads requests inside its threads, without a limit of time: four
clients that send nothing, or a byte a second, keep everybody out of a worker with four threads.
Here the main loop collects each request, however slowly it comes, and drops it when its time is up;
a thread begins when the head is there, with the body or, of a large one, its beginning. Only
those who hold a key may send large ones. See docs/decisions/0009-slow-clients.md.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from sanbao.web.guarding.headers import SECURITY_HEADERS
from sanbao.web.serving import connection
from sanbao.web.serving.connection import Connection
from sanbao.web.serving.logs import ACCESS

_LINGER_SECONDS = 2.0
_SWEEP_SECONDS = 0.5
_RECEIVE = 64 * 1024
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_STATUSES: dict[type[Exception], HTTPStatus] = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    # What the application wanted to send, not what a client did.
    InvalidResponseHeader: HTTPStatus.INTERNAL_SERVER_ERROR,
    InvalidResponseHeaderName: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_accesses = logging.getLogger(ACCESS)
_log = logging.getLogger(__name__)


class CollectingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Collects requests in the main loop and answers them in threads."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        # Connections that no thread has, in the order in which they began to wait.
        self._waiting: dict[Connection, None] = {}
        self._next_sweep = 0.0

    # In the main loop.

    def accept(self, listener: socket.socket) -> None:
        self._take_from(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """At the end, take what the system has accepted for us: closing would reset it."""
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for listener in self.sockets:
                while self._take_from(listener):
                    pass
                listener.close()

    def _take_from(self, listener: socket.socket) -> bool:
        """Accept a connection, if there is one; whether there may be another."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                self._drop_oldest()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return False
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._drop_oldest()
        self._wait_for(Connection(self.cfg, sock, client, listener.getsockname()))
        return True

    def finish_request(self, conn: Connection, future: Future[bool]) -> None:
        """What becomes of a connection after an answer. Called when a thread is done with it."""
        keep = not future.cancelled() and future.exception() is None and future.result()
        try:
            conn.sock.setblocking(False)
        except OSError:  # gunicorn closes it when an answer broke off
            self._close(conn)
            return
        if keep:
            conn.expect_request(self.cfg.keepalive)
            self._go_on(conn)
        else:
            self._linger(conn)

    def murder_pending(self) -> None:
        """Drop the connections whose time is up."""
        now = time.monotonic()
        if now < self._next_sweep:
            return
        self._next_sweep = now + _SWEEP_SECONDS
        for conn in [conn for conn in self._waiting if conn.deadline <= now]:
            self._drop(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """At the end, drop all that wait."""
        for conn in list(self._waiting) if force else ():
            self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self._waiting:
            conn.deadline = min(conn.deadline, deadline)

    def _wait_for(self, conn: Connection) -> None:
        self._waiting[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))

    def _on_readable(self, conn: Connection, _sock: socket.socket) -> None:
        try:
            data = conn.sock.recv(_RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
        elif not conn.lingering:
            conn.receive(data)
            self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        ready = conn.is_ready()
        refusal = conn.refusal()
        if refusal or ready:
            self._release(conn)
        if refusal:
            _refuse(conn.sock, refusal)
            self._linger(conn)
        elif ready:
            self.enqueue_req(conn)
        elif conn not in self._waiting:
            self._wait_for(conn)

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more will be sent and let the client read what was.

        To close at once would make the system throw away an answer on its way if the client is
        still sending.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.lingering = True
        conn.received.clear()
        self._wait_for(conn)
        conn.deadline = time.monotonic() + _LINGER_SECONDS

    def _drop_oldest(self) -> None:
        """Make room for a newcomer: a request that means to come is here within milliseconds."""
        oldest = next(iter(self._waiting), None)
        if oldest is not None:
            self._drop(oldest)

    def _drop(self, conn: Connection) -> None:
        self._release(conn)
        self._close(conn)

    def _release(self, conn: Connection) -> None:
        if conn in self._waiting:
            del self._waiting[conn]
            self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    # In a thread.

    def handle(self, conn: Connection) -> Any:
        conn.begin()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        req._expected_100_continue = False  # the main loop has said it
        if any(name == "TRANSFER-ENCODING" for name, _ in req.headers):
            req.force_close()  # the application takes no chunks, so that their end is unknown
        # The answer's Connection header says what this says, once the application has answered.
        req.should_close = partial(_should_close, req, req.should_close)
        conn.sock.settimeout(connection.SEND_SECONDS)
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:  # it does not read; to gunicorn, it has gone
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from None

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer what the parser refuses, without repeating any of it: it may hold a key."""
        status = _STATUSES.get(type(exc))
        if status is None:
            known = isinstance(exc, ParseException)
            status = HTTPStatus.BAD_REQUEST if known else HTTPStatus.INTERNAL_SERVER_ERROR
        address = addr[0] if isinstance(addr, tuple) else None
        fields = {"client": address, "status": int(status), "reason": type(exc).__name__}
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request failed", extra={"fields": fields}, exc_info=exc)
        else:
            _accesses.info("request refused", extra={"fields": fields})
        client.settimeout(connection.SEND_SECONDS)
        _refuse(client, status)


def _should_close(req: Any, by_itself: Callable[[], bool]) -> bool:
    """Whether the connection ends after a request.

    It does when the application has left so much of the body unread that nobody will wait for it.
    """
    reader = req.body.reader
    unread = reader.length if isinstance(reader, LengthReader) else 0
    return by_itself() or unread >= connection.BODY_IN_MEMORY


def _refuse(sock: socket.socket, status: HTTPStatus) -> None:
    """Send a problem document (RFC 9457) and say that the connection ends."""
    body = (
        f'{{"type": "about:blank", "title": "{status.phrase}", "status": {status.value}, '
        f'"detail": "{status.description or status.phrase}"}}'
    ).encode("ascii")
    headers = {
        "Connection": "close",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **SECURITY_HEADERS,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with suppress(OSError):
        sock.sendall(
            f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode("ascii") + body
        )
