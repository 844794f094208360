"""The real server and bytes that no library would send: slow ones, ambiguous ones, too many."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_writer
from sanbao.web.guarding.headers import SECURITY_HEADERS
from sanbao.web.serving import connection
from tests.web.conftest import serving

# As `sanbao serve` does it, with the patience that a test wants it to have.
SERVE = """
import resource
import sys
from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.serving import connection
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys
from sanbao.web.serving.server import serve
if len(sys.argv) > 4:
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[4]),) * 2)
connection.HEAD_SECONDS = connection.BODY_SECONDS = connection.SEND_SECONDS = float(sys.argv[3])
app = create_app(
    open_engine(sys.argv[1]),
    intake=Intake(lambda: open_writer(sys.argv[1])),
    keys=Keys(token=sys.argv[2]),
)
serve(
    app, port=0, workers=2, access_log=True, ready=lambda url: print("listening", url, flush=True)
)
"""
BREAKING = """
import os
from flask import Flask, Response
from sanbao.web.serving.server import serve
app = Flask("breaking")
@app.get("/healthz")
def healthz():
    return str(os.getpid())
@app.get("/broken")
def broken():
    def pieces():
        yield "beginning"
        raise ValueError("no end")
    return Response(pieces())
serve(app, port=0, workers=1, ready=lambda url: print("listening", url, flush=True))
"""
KEY = "canary-key-of-the-sockets"
HEAD = b"Host: localhost\r\n"
GOOD = b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n"
# Seconds after which a server gives a slow client up: sooner than a test does, or much later, so
# that whoever had to wait for slow clients would have no answer in time.
SHORT, LONG = "2", "600"
# Seconds after which a test gives up. Where the connection stays open, it takes so long.
PATIENCE = 60.0

Send = Callable[..., "Answer"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sockets") / "log"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sockets") / "index"
    with open_writer(folder) as writer:
        writer.add(Article(id="kept", title="An article that stays"))
        writer.add(Article(id="long", title="A long one", body="long words " * 30_000))
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Of a server that soon gives slow clients up."""
    with serving(SERVE, str(folder), KEY, SHORT, log=log) as (url, _):
        yield host_and_port(url)


@pytest.fixture(scope="module")
def patient(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a server that waits for slow clients for longer than a test."""
    with serving(SERVE, str(folder), KEY, LONG) as (url, _):
        yield host_and_port(url)


def host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


class Answer:
    """What came back: the statuses of all answers, the bytes, and whether the server hung up."""

    def __init__(self, data: bytes, closed: bool) -> None:
        self.data = data
        self.closed = closed
        self.statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 ([2-5]\d\d) ", data)]


@pytest.fixture
def send(address: tuple[str, int]) -> Send:
    def send_bytes(*pieces: bytes) -> Answer:
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            for piece in pieces:
                try:
                    connection.sendall(piece)
                except OSError:
                    break
                time.sleep(0.01 if len(pieces) > 1 else 0)
            return receive(connection)

    return send_bytes


def receive(connection: socket.socket) -> Answer:
    data = b""
    while True:
        try:
            received = connection.recv(65536)
        except TimeoutError:
            return Answer(data, closed=False)
        except OSError:
            return Answer(data, closed=True)
        if not received:
            return Answer(data, closed=True)
        data += received


def read(url: str) -> bytes:
    with urlopen(url) as response:
        body: bytes = response.read()
        return body


def assert_others_are_served(address: tuple[str, int], times: int = 15) -> None:
    """Searches of someone else are answered."""
    request = b"GET /api/v1/search?q=article HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    for _ in range(times):
        with socket.create_connection(address, timeout=PATIENCE) as connection:
            connection.sendall(request)
            assert receive(connection).statuses == [200]


# Requests that can be read in two ways, and those that cannot be read at all.

POST = b"POST /api/v1/search HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
SMUGGLED = b"GET /api/v1/articles/smuggled HTTP/1.1\r\n" + HEAD + b"\r\n"
BODY = b'{"q": "*"}'
AMBIGUOUS = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 10\r\nContent-Length: 0\r\n\r\n" + BODY,
    "two equal lengths": b"Content-Length: 10\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a list of lengths": b"Content-Length: 10, 10\r\n\r\n" + BODY,
    "a length with a sign": b"Content-Length: +10\r\n\r\n" + BODY,
    "a negative length": b"Content-Length: -1\r\n\r\n" + BODY,
    "a hexadecimal length": b"Content-Length: 0xa\r\n\r\n" + BODY,
    "a length with a line": b"Content-Length: 1_0\r\n\r\n" + BODY,
    "a length in other digits": b"Content-Length: \xef\xbc\x91\xef\xbc\x90\r\n\r\n" + BODY,
    "an empty length": b"Content-Length:\r\n\r\n" + BODY,
    "a length with a blank name": b"Content-Length : 10\r\n\r\n" + BODY,
    "a folded length": b"Content-Length:\r\n 10\r\n\r\n" + BODY,
    "chunks": b"Transfer-Encoding: chunked\r\n\r\na\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunks in capitals": b"Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and another": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks after a tab": b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "chunks after a control": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks under a blank name": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk size": b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "a huge chunk size": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n\r\n",
    "a negative chunk size": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk without its end": b"Transfer-Encoding: chunked\r\n\r\n1\r\nab0\r\n\r\n",
    "two hosts": b"Host: evil.example\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a folded header": b"X-One: 1\r\n\tfolded\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a header without a colon": b"X-One\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a header without a name": b": 1\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a name with a blank": b"X One: 1\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a NUL in a value": b"X-One: a\x00b\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a NUL in a name": b"X-\x00One: a\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a bare CR in a value": b"X-One: a\rb\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a bare LF in a value": b"X-One: a\nX-Two: b\r\nContent-Length: 10\r\n\r\n" + BODY,
    "a head that ends in LF": b"Content-Length: 10\n\n" + BODY,
}


@pytest.mark.parametrize("what", AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_the_last(send: Send, what: str) -> None:
    answer = send(POST + AMBIGUOUS[what] + SMUGGLED)
    assert answer.statuses[:1] in ([400], [411], [501]), answer.data
    assert len(answer.statuses) == 1
    assert answer.closed


LINES = {
    "nothing but blanks": b"   \r\n\r\n",
    "a word": b"HELLO\r\n\r\n",
    "two words": b"GET /\r\n\r\n",
    "no version": b"GET / HTTP/\r\n\r\n",
    "an old version": b"GET / HTTP/0.9\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\n\r\n",
    "a version with a tail": b"GET / HTTP/1.1x\r\n\r\n",
    "a small method": b"get / HTTP/1.1\r\n\r\n",
    "a method with a control": b"G\x01T / HTTP/1.1\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\n\r\n",
    "a method of bytes": "GÉT / HTTP/1.1\r\n\r\n".encode(),
    "a NUL in the path": b"GET /\x00 HTTP/1.1\r\n\r\n",
    "a control in the path": b"GET /\x1b HTTP/1.1\r\n\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\n\r\n",
    "a bare CR": b"GET / HTTP/1.1\rHost: a\r\n\r\n",
    "only line feeds": b"GET / HTTP/1.1\nHost: a\n\n",
    "a name alone": b"GET evil.example HTTP/1.1\r\n\r\n",
    "an asterisk": b"GET * HTTP/1.1\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown expectation": b"GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n",
    "empty lines": b"\r\n\r\n\r\n",
}


@pytest.mark.parametrize("what", LINES)
def test_what_is_no_request_is_refused_and_not_repeated(send: Send, what: str) -> None:
    answer = send(LINES[what])
    assert answer.statuses in ([400], [417])
    assert answer.closed
    head, _, body = answer.data.partition(b"\r\n\r\n")
    names = {line.split(b":")[0].decode() for line in head.split(b"\r\n")[1:]}
    about = {"Connection", "Content-Type", "Content-Length", "Cache-Control"}
    assert names == {*SECURITY_HEADERS} | about
    assert json.loads(body)["status"] == answer.statuses[0]
    assert b"evil" not in answer.data
    assert b"HELLO" not in answer.data


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/", 200),
        (b"http://evil.example/", 200),
        (b"http://evil.example//docs", 200),
        (b"//evil.example/docs", 404),
        (b"///docs", 200),
        (b"/docs/", 404),
        (b"/%2e%2e/%2e%2e/etc/passwd", 404),
        (b"/static/..%2f..%2fapp.py", 404),
        (b"/static/%2e%2e/app.py", 404),
        (b"/static/..%5c..%5capp.py", 404),
        (b"/static//etc/passwd", 404),
        (b"/static/icon.svg%00.html", 404),
        (b"/%00", 404),
        (b"/%0d%0aSet-Cookie:%20a=1", 404),
        (b"/articles/%ff%fe", 404),
        (b"/\xff\xfe", 404),
        ("/?q=経済".encode(), 200),
        (b"/?q=%ff%fe%00", 200),
        (b"/?ui=%0d%0aSet-Cookie:%20a=1", 422),
        (b"/?q=%u7ecf%", 200),
        (b"/#fragment", 200),
        (b"/;a=1", 404),
    ],
)
def test_odd_targets_lead_nowhere(send: Send, target: bytes, status: int) -> None:
    request = b"GET " + target + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    answer = send(request)
    assert answer.statuses == [status]
    head = answer.data.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nlocation" not in head
    assert b"set-cookie" not in head
    assert b"evil" not in answer.data
    assert b"import" not in answer.data


def test_characters_that_are_not_encoded_are_understood(send: Send) -> None:
    target = "/api/v1/search?q=経済&lang=ja,zh".encode()
    answer = send(b"GET " + target + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
    assert answer.statuses == [200]
    assert json.loads(answer.data.partition(b"\r\n\r\n")[2])["query"] == "経済"


def test_a_forwarded_scheme_or_path_is_not_believed(send: Send) -> None:
    lies = (
        b"X-Forwarded-Proto: https\r\nScript-Name: /evil\r\nPath_Info: /docs\r\nSCRIPT_NAME: /e\r\n"
    )
    answer = send(b"GET /?ui=ja HTTP/1.1\r\n" + HEAD + lies + b"Connection: close\r\n\r\n")
    assert answer.statuses == [200]
    assert b"evil" not in answer.data
    assert b"Secure" not in answer.data.partition(b"\r\n\r\n")[0]


def test_the_longest_query_fits_and_a_longer_line_does_not(send: Send) -> None:
    ending = b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    for character in ("港", "\U00020000"):
        longest = quote(character * 1024).encode()
        assert send(b"GET /api/v1/search?q=" + longest + ending).statuses == [200]
    assert send(b"GET /?q=" + b"a" * 16_400 + ending).statuses == [414]
    assert send(b"GET /?q=" + b"a" * 10_000_000).statuses == [414]


def test_heads_have_their_limits(send: Send) -> None:
    line = b"GET / HTTP/1.1\r\n" + HEAD
    for more in (
        b"X-Long: " + b"a" * 9000 + b"\r\n\r\n",
        b"".join(b"X-%d: 1\r\n" % number for number in range(70)) + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 4000) for number in range(9)) + b"\r\n",
        b"X-Endless: " + b"a" * 10_000_000,
    ):
        answer = send(line + more)
        assert answer.statuses == [431]
        assert answer.closed


def test_a_large_body_is_refused_before_it_comes(send: Send) -> None:
    answer = send(POST + b"Content-Length: 999999999999\r\n\r\n" + b" " * 70_000)
    assert answer.statuses == [413]
    assert answer.closed
    batch = b"POST /api/v1/articles HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
    assert send(batch + b"Content-Length: 99999999\r\n\r\n" + b" " * 70_000).statuses == [401]
    keyed = batch + f"Authorization: Bearer {KEY}\r\n".encode()
    assert send(keyed + b"Content-Length: 99999999\r\n\r\n" + b" " * 70_000).statuses == [413]


@pytest.mark.parametrize("size", [0, 10, 60_000, 70_000, 200_000, 20_000_000])
@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        (b"search", b"text/plain", 415),
        (b"articles", b"application/json", 401),
        (b"search", b"application/json", None),
        (b"none", b"application/json", 404),
    ],
)
def test_an_answer_says_whether_the_connection_ends(
    address: tuple[str, int], path: bytes, kind: bytes, status: int | None, size: int
) -> None:
    request = b"POST /api/v1/%s HTTP/1.1\r\n" % path + HEAD
    request += b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, size)
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        with suppress(OSError):  # it need not take all of it
            connection.sendall(request + b" " * size)
        answer = HTTPResponse(connection)
        answer.begin()
        answer.read()
        assert answer.status == (status or (413 if size > 64 * 1024 else 400))
        if answer.getheader("Connection") == "close":
            assert receive(connection).closed
        else:
            connection.sendall(GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert receive(connection).statuses == [200]


def test_whoever_sends_all_before_reading_gets_the_answer(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(POST + b"Content-Length: 8000000\r\n\r\n" + b" " * 8_000_000)
        assert receive(connection).statuses == [413]


def test_requests_one_after_another_on_a_connection(send: Send) -> None:
    question = POST + b"Content-Length: 10\r\n\r\n" + BODY
    last = GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert send(GOOD + question + last).statuses == [200, 200, 200]
    bytewise = [bytes([byte]) for byte in question[:40]]
    assert send(*bytewise, question[40:] + last).statuses == [200, 200]


def test_a_body_that_was_announced_is_asked_for(address: tuple[str, int]) -> None:
    expecting = b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(POST + expecting)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert receive(connection).statuses == [200]


# Slow clients.


def test_the_limits_of_time_are_those_that_were_promised() -> None:
    assert connection.HEAD_SECONDS == 10
    assert connection.BODY_SECONDS == 30


def hold(
    stack: ExitStack, address: tuple[str, int], count: int, first: bytes
) -> list[socket.socket]:
    held = []
    for _ in range(count):
        held.append(stack.enter_context(socket.create_connection(address, timeout=PATIENCE)))
        held[-1].sendall(first)
    return held


HELD = {
    "a thousand that say nothing": (1000, b""),
    "begun heads": (100, b"GET / HTTP/1.1\r\nX-"),
    "bodies that do not come": (100, POST + b"Content-Length: 60000\r\n\r\n{"),
    "large bodies that do not come": (
        100,
        POST.replace(b"search", b"articles") + b"Content-Length: 9000000\r\n\r\n" + b" " * 66_000,
    ),
    "chunks that do not come": (100, POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n"),
    "announced bodies": (100, POST + b"Expect: 100-continue\r\nContent-Length: 50\r\n\r\n"),
    "a request and the beginning of another": (100, GOOD + b"GET / HT"),
    "refused ones that stay": (100, b"HELLO\r\n\r\n"),
}


@pytest.mark.parametrize("what", HELD)
def test_clients_that_hold_connections_hold_nobody_up(patient: tuple[str, int], what: str) -> None:
    count, first = HELD[what]
    with ExitStack() as stack:
        hold(stack, patient, count, first)
        assert_others_are_served(patient)


def test_clients_that_do_not_read_hold_nobody_up(patient: tuple[str, int]) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(patient)
            connection.sendall(b"GET /api/v1/articles/long HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert_others_are_served(patient)


def test_a_byte_now_and_then_is_not_enough(address: tuple[str, int]) -> None:
    slow = {
        "head": b"GET / HTTP/1.1\r\nX-Slow: ",
        "body": POST + b"Content-Length: 60000\r\n\r\n",
        "large body": POST.replace(b"search", b"articles")
        + f"Authorization: Bearer {KEY}\r\n".encode()
        + b"Content-Length: 900000\r\n\r\n"
        + b" " * 66_000,
        "after a request": GOOD + b"G",
    }

    def drip(first: bytes) -> tuple[float, bytes]:
        """The seconds until the server hung up, and what it said."""
        answer = b""
        began = time.monotonic()
        with socket.create_connection(address, timeout=0.25) as connection:
            connection.sendall(first)
            while True:
                try:
                    connection.sendall(b"a")
                    received = connection.recv(65536)
                    answer += received
                    if not received:
                        break
                except TimeoutError:
                    assert time.monotonic() - began < PATIENCE
                except OSError:
                    break
        return time.monotonic() - began, answer

    with ThreadPoolExecutor() as pool:
        dripped = dict(zip(slow, pool.map(drip, slow.values()), strict=True))
        # Meanwhile others are served.
        assert_others_are_served(address)
    assert all(seconds > 1.5 for seconds, _ in dripped.values()), dripped
    # A thread has the large one and can say what was wrong.
    assert b"HTTP/1.1 408 " in dripped["large body"][1]


def test_after_all_that_every_connection_is_free_again(patient: tuple[str, int]) -> None:
    with ExitStack() as stack:
        hold(stack, patient, 1500, b"")
        assert_others_are_served(patient)
    with ExitStack() as stack:
        held = hold(stack, patient, 50, GOOD)
        for connection in held:
            assert b" 200 " in connection.recv(4096)


def test_with_few_descriptors_newcomers_are_preferred(writable_folder: Path, log: Path) -> None:
    second = log.with_name("few")
    with (
        serving(SERVE, str(writable_folder), KEY, LONG, "300", log=second) as (url, _),
        ExitStack() as stack,
    ):
        hold(stack, host_and_port(url), 600, b"GET / HT")
        assert_others_are_served(host_and_port(url))
    assert "OSError" not in second.read_text()


def test_an_answer_that_breaks_off_ends_its_connection_alone() -> None:
    with serving(BREAKING) as (url, _), ExitStack() as stack:
        before = read(f"{url}/healthz")
        for connection in hold(stack, host_and_port(url), 5, GOOD.replace(b"healthz", b"broken")):
            assert receive(connection).closed
        # It is still the same process that answers.
        assert read(f"{url}/healthz") == before


def logged(log: Path, last: str) -> str:
    """The log, as soon as something is in it and the line of that is complete."""
    give_up = time.monotonic() + PATIENCE
    while last not in (text := log.read_text()) or not text.endswith("\n"):
        assert time.monotonic() < give_up, f"{last} is not in the log"
        time.sleep(0.05)
    return text


def test_the_log_of_all_this_is_json_without_a_key(send: Send, log: Path) -> None:
    bearer = f"Authorization: Bearer {KEY}".encode()
    send(b"GET / HTTP/1.1\r\n" + bearer + b"\x00\r\n\r\n")
    send(f"GET /?api_key={KEY} HTTP/9.9\r\n\r\n".encode())
    send(f"GET /{KEY}\x00 HTTP/1.1\r\n\r\n".encode())
    send(
        b"DELETE /api/v1/articles/none HTTP/1.1\r\n"
        + HEAD
        + bearer
        + b"\r\nConnection: close\r\n\r\n"
    )
    text = logged(log, "/api/v1/articles/none")
    entries = [json.loads(line) for line in text.splitlines()]
    assert KEY not in text
    assert {"request", "request refused"} <= {entry["event"] for entry in entries}
    assert [entry for entry in entries if entry["level"] != "info"] == []
    assert max(map(len, text.splitlines())) < 5000
