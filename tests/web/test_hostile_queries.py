"""Searches made to cost as much as they can cost little: time, memory, and other readers' time."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sanbao.search.engines import open_writer
from sanbao.search.fields import FACETS, FILTERS_BY_NAME
from tests.growth import assert_at_most
from tests.web.conftest import Served
from tests.web.hostile_queries import FILTERS, QUERIES, articles

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 2.5
"""Of the processor."""
MOST_MEGABYTES = 64

Given = dict[str, list[str]]

EVERYTHING = {"facets": [",".join(FACETS)], "timeline": ["auto"], "limit": ["100"]}
SEARCHES: dict[str, Given] = {
    **{name: {"q": [text]} | EVERYTHING for name, text in QUERIES.items()},
    **{name: EVERYTHING | given for name, given in FILTERS.items()},
}


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "index"
    with open_writer(folder) as writer:
        for number, article in enumerate(articles()):
            writer.add(article)
            if number == 2_000:
                writer.commit()
    return folder


@pytest.fixture(scope="module")
def served(hostile_folder: Path) -> Iterator[Served]:
    """A server with one worker."""
    command = [sys.executable, "-m", "sanbao", "serve", "--workers", "1", "--port", "0"]
    with subprocess.Popen(
        [*command, "--index", str(hostile_folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found is not None
        ask(found[0], {"q": ["ab"]})
        yield Served(found[0], process.pid)
        process.terminate()


def megabytes_of(pid: int) -> float:
    """The memory of a process that is not files of the index."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def ask(address: str, given: Given, by_body: bool = False) -> tuple[int, dict[str, object]]:
    """Status and JSON of a search."""
    query = urlencode(given, doseq=True)
    request = urllib.request.Request(f"{address}/api/v1/search?{query}")
    if by_body or len(query) > 7_000:
        body = {name: values if name in LISTS else values[0] for name, values in given.items()}
        body |= {"limit": int(body["limit"])} if "limit" in body else {}
        body |= {"offset": int(body["offset"])} if "offset" in body else {}
        request = urllib.request.Request(
            f"{address}/api/v1/search",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, content = error.code, error.read()
    return status, json.loads(content)


def keep(answers: list[tuple[int, dict[str, object]]], given: Given, address: str) -> None:
    answers.append(ask(address, given))


LISTS = {*FILTERS_BY_NAME, "facets"}


def test_there_are_enough_of_them() -> None:
    assert len(SEARCHES) >= 80
    assert len({json.dumps(given) for given in SEARCHES.values()}) == len(SEARCHES)


def test_each_is_refused_or_answered_in_time(served: Served) -> None:
    (worker,) = served.workers()
    for given in list(SEARCHES.values())[::10]:  # what grows once, whatever is asked
        ask(served.address, given)
    before = megabytes_of(worker)
    took, wrong = {}, []
    for name, given in SEARCHES.items():
        answers: list[tuple[int, dict[str, object]]] = []
        asking = partial(keep, answers, given, served.address)
        seconds = took[name] = served.seconds_for(asking, MOST_SECONDS)
        status, answer = answers[0]
        if status not in (200, 400, 413, 414, 422) or seconds > MOST_SECONDS:
            wrong.append(f"{name}: status {status} after {seconds:.2f} s")
        if status == 200 and answer["partial"] != bool(answer["warnings"]):
            wrong.append(f"{name}: partial {answer['partial']}, but {answer['warnings']}")
    grown = megabytes_of(worker) - before
    slowest = sorted(took.items(), key=lambda item: -item[1])[:5]
    print(f"{len(SEARCHES)} searches, {grown:.0f} MB more, slowest {slowest}")
    assert not wrong, "\n".join(wrong)
    assert grown <= MOST_MEGABYTES


def test_pages_of_them_come_in_time(served: Served) -> None:
    for name in ("OR of beginnings", "256 han characters", "one han word", "han characters"):
        page = {"q": QUERIES[name], "lang": "zh", "source": "source 1", "category": "category 1"}
        url = f"{served.address}/?{urlencode(page)}"
        assert served.seconds_for(partial(read, url), MOST_SECONDS) <= MOST_SECONDS, name


def read(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 422


@pytest.mark.torture
def test_other_readers_hardly_notice(served: Served) -> None:
    """With and without an attacker, by turns: what else the machine does is not in all of them."""

    def seconds() -> float:
        started = time.perf_counter()
        ask(served.address, {"q": ["経済 国"]})
        return time.perf_counter() - started

    def alone() -> float:
        return p95([seconds() for _ in range(400)])

    def beside() -> float:
        taken = []
        with subprocess.Popen([sys.executable, "-c", ATTACK, served.address], cwd=ROOT) as attacker:
            while attacker.poll() is None:
                taken.append(seconds())
        assert attacker.returncode == 0
        return p95(taken)

    assert_at_most(2, beside, alone)


ATTACK = """
import sys
from tests.web.test_hostile_queries import SEARCHES, ask
for given in SEARCHES.values():
    ask(sys.argv[1], given)
"""


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
