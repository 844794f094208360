"""No search that anybody can type breaks the server, holds it up, or gets out of the page."""

from __future__ import annotations

import os
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import Served
from tests.web.fuzzing import CANARY, fuzz, send, wrong_with

SEED = int(os.environ.get("SANBAO_SEED", "20261121"))
TRIALS = int(os.environ.get("SANBAO_TRIALS", "1000000"))
FEW_TRIALS = 5_000
"""Faults that were put in are found by the first 400: docs/decisions/0021-tests-side-by-side.md."""
SOME_TRIALS = 20_000
MOST_SECONDS = 2.5
"""Of the processor."""
ASKED_AGAIN = 3
"""So many of those that took longest."""


@pytest.mark.parametrize(
    "trials",
    [
        pytest.param(FEW_TRIALS, id="few"),
        pytest.param(SOME_TRIALS, id="some", marks=pytest.mark.slow),
        pytest.param(TRIALS, id="many", marks=pytest.mark.torture),
    ],
)
def test_searches_at_random_are_answered(served: Served, trials: int) -> None:
    report = fuzz(served.address, SEED, trials)
    print(f"seed {SEED}: {report}")
    assert not report.failures, "\n".join(report.failures[:20])
    assert len(report.answered) == trials
    assert report.statuses[200] > trials / 10, "most of the searches should reach the engine"
    assert report.statuses[422] > trials / 10
    for _, ask in report.slowest(ASKED_AGAIN):
        connection = HTTPConnection(urlsplit(served.address).netloc, timeout=60)
        seconds = served.seconds_for(partial(send, connection, ask), MOST_SECONDS)
        connection.close()
        assert seconds <= MOST_SECONDS, ask


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (500, "text/html", b""),
        (200, "text/plain", b""),
        (200, "text/html", f"<p>{CANARY}".encode()),
        (200, "text/html", b"<input value='' canary=1>"),
        (200, "application/json", b'{"hits": [{"highlight": {"title": "<canary>", "body": []}}]}'),
    ],
)
def test_a_wrong_answer_would_be_seen(status: int, content_type: str, body: bytes) -> None:
    assert wrong_with(status, content_type, body)
    assert not wrong_with(200, "text/html", b"<p>&lt;canary id=c&gt; canary=1")
