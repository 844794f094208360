"""Answers in the coding that a client can read, over real HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest
from backports import zstd

from tests.web.conftest import Served
from tests.web.test_unchanged import Answer, ask

DECODERS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
PATHS = [
    *("/", "/?q=ferry", "/docs", "/openapi.json", "/static/sanbao.css", "/static/suggest.js"),
    *("/api/v1/search?q=ferry", "/articles/rates"),
]


def plain(answer: Answer) -> bytes:
    """What an answer says."""
    coding = answer.headers["Content-Encoding"]
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    return DECODERS[coding](answer.body)


def asked(server: str, path: str, accepted: str) -> Answer:
    return ask(server + path, Accept_Encoding=accepted)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_the_same_in_every_coding_and_smaller(
    server: str, path: str, coding: str
) -> None:
    whole, small = asked(server, path, "identity"), asked(server, path, coding)
    assert (whole.status, small.status) == (200, 200)
    assert "Content-Encoding" not in whole.headers
    assert small.headers["Content-Encoding"] == coding
    assert len(small.body) < len(whole.body) * 0.7
    assert small.headers["Content-Type"] == whole.headers["Content-Type"]
    assert len(plain(small)) == pytest.approx(len(whole.body), abs=20)
    for answer in (whole, small):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("deflate", None),
        ("unknown", None),
        ("identity", None),
        ("", None),
        # Never, and not only rather not.
        ("gzip;q=0", None),
        ("br;q=0, zstd;q=0.0, gzip; q=0", None),
        # Nonsense.
        ("gzip;q=x", None),
        (";,;q=,", None),
        ("gzip" * 300, None),
    ],
)
def test_the_client_chooses(server: str, accepted: str, coding: str | None) -> None:
    answer = asked(server, "/docs", accepted)
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == coding
    assert b"<!doctype html>" in plain(answer).lower()


@pytest.mark.parametrize("path", ["/?q=ferry", "/api/v1/search?q=ferry", "/static/sanbao.css"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_what_still_holds_is_not_sent_again_in_any_coding(
    server: str, path: str, coding: str
) -> None:
    first = asked(server, path, coding)
    again = ask(server + path, first.headers["ETag"], Accept_Encoding=coding)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers


def test_a_strong_tag_is_of_one_coding(server: str) -> None:
    """Bytes that differ have different ones; a weak one is of what the answer says."""
    for path, strong in (("/static/sanbao.css", True), ("/?q=ferry", False)):
        tags = {
            asked(server, path, coding).headers["ETag"] for coding in ("identity", "gzip", "br")
        }
        assert len(tags) == (3 if strong else 1)


def test_a_part_of_a_file_is_sent_as_it_is(server: str) -> None:
    answer = ask(f"{server}/static/sanbao.css", Accept_Encoding="br", Range="bytes=0-99")
    assert answer.status == 206
    assert "Content-Encoding" not in answer.headers
    assert len(answer.body) == 100


def test_what_is_small_or_no_answer_is_sent_as_it_is(server: str) -> None:
    for path in ("/healthz", "/readyz", "/api/v1/search?x=1", "/api/v1/none", "/static/none.css"):
        answer = asked(server, path, "gzip, br, zstd")
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_compressing_costs_little_beside_an_answer(served: Served) -> None:
    def seconds(accepted: str, enough: float) -> float:
        url = "/?q=ferry+OR+港湾"
        return served.seconds_for(
            lambda: [
                asked(served.address, url.replace("港湾", "%E6%B8%AF%E6%B9%BE"), accepted)
                for _ in range(30)
            ],
            enough,
        )

    whole = seconds("identity", 0.0)
    for coding in ("gzip", "br", "zstd"):
        assert seconds(coding, whole * 1.4) < whole * 1.8, coding
