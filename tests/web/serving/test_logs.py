"""One line an event, whatever stands in a request, and never a key."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from gunicorn.config import Config
from hypothesis import given
from hypothesis import strategies as st

from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys, create_key, key_file
from sanbao.web.serving import logs

Entries = Callable[[], list[dict[str, object]]]


def line_of(message: str, **fields: object) -> str:
    record = logging.LogRecord("web", logging.INFO, __file__, 1, "%s", (message,), None)
    record.__dict__["fields"] = fields
    return logs.JsonFormatter().format(record)


def is_plain(line: str) -> bool:
    """Nothing in it moves a cursor, ends a line, hides or turns text."""
    return line.isprintable()


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
def test_an_event_is_one_line_of_json_that_gives_the_text_back(event: str, value: str) -> None:
    line = line_of(event, value=value)
    assert "\n" not in line
    assert len(line.splitlines()) == 1
    entry = json.loads(line)
    if len(event.encode("utf-8", "surrogatepass")) <= logs.FIELD_BYTES:
        assert entry["event"] == event
    line.encode()


HOSTILE = [
    'a\r\n{"level": "error", "event": "forged"}',
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "%s %d {0} {fields}",
    "\u202egnp.exe",
    "a\u2028b\u2029c\x85d",
    "\u2066\u2067\ufeff\u200b\U000e0041",
    "\x00\x7f",
    "\ud800",
    '"}\\',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_line_acts_on_a_terminal(text: str) -> None:
    line = line_of(text, value=text)
    assert is_plain(line)
    assert json.loads(line)["value"] == text


def test_chinese_can_be_read() -> None:
    assert "経済と经济" in line_of("x", query="経済と经济")


@pytest.mark.parametrize("text", ["a" * 1_000_000, "港" * 300_000, "\x1b" * 5000, "\ud800" * 5000])
def test_a_field_is_cut_at_a_kilobyte(text: str) -> None:
    entry = json.loads(line_of(text, value=text))
    for name in ("event", "value"):
        assert len(entry[name].encode("utf-8", "surrogatepass")) <= 1024
    assert len(line_of(text, value=text)) < 20_000


def test_an_exception_is_part_of_its_line() -> None:
    try:
        raise ValueError("first\nsecond \x1b[1m" + "x" * 5000)
    except ValueError as error:
        record = logging.LogRecord("web", logging.ERROR, __file__, 1, "failed", (), None)
        record.exc_info = type(error), error, error.__traceback__
    line = logs.JsonFormatter().format(record)
    assert is_plain(line)
    frames = json.loads(line)["exception"]
    assert any("ValueError: first" in frame for frame in frames)
    assert all(len(frame) <= 1024 for frame in frames)


def test_the_servers_own_messages_have_the_same_form() -> None:
    logger = logs.ServerLogger(Config())
    (handler,) = logger.error_log.handlers
    handler.stream = stream = StringIO()
    logger.error("worker %s\r\nforged \x1b[1m", 7)
    logger.error_log.removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    assert is_plain(line)
    assert json.loads(line)["event"] == "worker 7\r\nforged \x1b[1m"


@pytest.mark.parametrize("before", [0, 1, 975, 1000, 1020, 1024, 1030])
def test_a_key_is_blacked_out_wherever_it_stands(tmp_path: Path, before: int) -> None:
    token = create_key(tmp_path / "keys", "desk")
    line = line_of("x" * before + token + "y", value={"deep": [token]})
    assert token not in line
    assert token[:25] not in line


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Entries]:
    """What is logged while the access log is on."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    web = logging.getLogger("sanbao.web")
    before = web.handlers, web.level, web.propagate
    logs.configure(access_log=True)

    def read() -> list[dict[str, object]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    web.handlers, web.level, web.propagate = before
    logging.getLogger(logs.ACCESS).setLevel(logging.NOTSET)


def test_the_access_log_says_who_asked_for_what_and_not_for_which_words(
    client: FlaskClient, entries: Entries
) -> None:
    agent = {"User-Agent": "reader\x1b[1m 1.0", "X-Request-ID": "trace-0001"}
    client.get("/api/v1/search?q=private+question", headers=agent)
    (entry,) = entries()
    assert entry["path"] == "/api/v1/search"
    assert entry["status"] == 200
    assert entry["client"] == "127.0.0.1"
    assert entry["request_id"] == "trace-0001"
    assert entry["key"] is None
    assert "private" not in json.dumps(entry)


@pytest.mark.parametrize("text", HOSTILE[:8])
def test_a_path_forges_no_entry(client: FlaskClient, entries: Entries, text: str) -> None:
    client.get("/", environ_overrides={"PATH_INFO": "/" + text.encode().decode("latin-1")})
    (entry,) = entries()
    assert entry["path"] == "/" + text


def test_a_write_says_whose_key_it_was_and_never_the_key(
    writable_folder: Path, entries: Entries, caplog: pytest.LogCaptureFixture
) -> None:
    path = key_file(writable_folder)
    token, engine = create_key(path, "desk"), open_engine(writable_folder)
    given = "canary-of-the-environment"
    intake = Intake(lambda: open_writer(writable_folder))
    client = create_app(engine, intake=intake, keys=Keys(path, given)).test_client()
    said = []
    for shown, name in ((token, "desk"), (given, "environment"), (token + "x", None)):
        response = client.post(
            f"/api/v1/articles{'' if name else f'?key={token}'}",
            json={"title": token} if not name else {"title": "A title"},
            headers={"Authorization": f"Bearer {shown}"},
        )
        said.append(response.text + str(response.headers))
        assert entries()[-1]["key"] == name
    said.append(client.get(f"/nowhere/{token}").headers["X-Request-ID"])
    engine.close()
    everything = "".join(said) + json.dumps(entries()) + caplog.text
    assert token not in everything
    assert given not in everything
