"""A connection and what it has sent of a request, before and while a thread has it."""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
SEND_SECONDS = 10.0
MAX_LINE_BYTES = 16 * 1024
"""Of a request line: 1,024 characters of a query take up to 12 kB once percent-encoded."""
MAX_HEAD_BYTES = 32 * 1024
BODY_IN_MEMORY = 64 * 1024
"""What is collected of a body before a thread begins.

As much as gunicorn reads of a body that the application left alone: no thread waits for more.
"""

_END_OF_HEAD = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_CHUNKS = re.compile(rb"\r\ntransfer-encoding", re.IGNORECASE)
_EXPECTATION = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


class _TimedUnreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads from a socket until a moment; then reading raises TimeoutError."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.deadline = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not come in time")
        self.sock.settimeout(left)
        try:
            received: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(SEND_SECONDS)
        return received


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection and what it has sent of a request.

    Attributes:
        received: bytes that no thread has seen.
        deadline: when to give it up, while no thread has it.
        lingering: whether it has its last answer, so that what it still sends is dropped.
    """

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.data_ready = True
        self.received = bytearray()
        self.deadline = time.monotonic() + HEAD_SECONDS
        self.lingering = False
        self._head_length = 0
        self._body_awaited = 0

    def expect_request(self, keepalive: float) -> None:
        """Begin with the next request, of which some bytes may be here."""
        self.received = bytearray(self.parser.unreader.take_buffered())
        seconds = HEAD_SECONDS if self.received else keepalive
        self.deadline = time.monotonic() + seconds
        self._head_length = self._body_awaited = 0

    def receive(self, data: bytes) -> None:
        """Take in what has come."""
        if not self.received:
            self.deadline = time.monotonic() + HEAD_SECONDS
        self.received += data

    def is_ready(self) -> bool:
        """Whether a thread should begin: the request is here, or it is beyond repair."""
        if not self._head_length:
            end = self.received.find(_END_OF_HEAD)
            if end < 0:
                # A line that ends in a bare line feed: the parser refuses it at once.
                return self.received.count(b"\n") != self.received.count(b"\r\n")
            self._head_length = end + len(_END_OF_HEAD)
            self._await_body()
        return len(self.received) >= self._head_length + self._body_awaited

    def refusal(self) -> HTTPStatus | None:
        """Why no thread will begin: a request line or a head that is too long."""
        head = self._head_length or len(self.received)
        if head > MAX_LINE_BYTES and self.received.find(b"\r\n", 0, MAX_LINE_BYTES) < 0:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        if head > MAX_HEAD_BYTES:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return None

    def begin(self) -> None:
        """Give the parser what has come. The thread that calls this has the connection."""
        self.init()
        if not isinstance(self.parser.unreader, _TimedUnreader):
            self.parser.unreader = _TimedUnreader(self.sock)
        self.parser.unreader.deadline = time.monotonic() + BODY_SECONDS
        line, ending, rest = bytes(self.received).partition(b"\r\n")
        method, blank, target = line.partition(b" ")
        # `curl '.../search?q=経済'` sends the characters as they are, which no browser does.
        target = _NOT_ASCII.sub(_percent, target)
        self.parser.unreader.unread(method + blank + target + ending + rest)
        self.received.clear()

    def _await_body(self) -> None:
        # Only how long to collect is decided here; what the request means, by the parser alone.
        head = bytes(self.received[: self._head_length])
        length = None if _CHUNKS.search(head) else _CONTENT_LENGTH.search(head)
        self._body_awaited = min(int(length[1]), BODY_IN_MEMORY) if length else 0
        if len(self.received) < self._head_length + self._body_awaited:
            self.deadline = time.monotonic() + BODY_SECONDS
            if _EXPECTATION.search(head):
                with suppress(OSError):
                    self.sock.send(_CONTINUE)


def _percent(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(byte[0])
