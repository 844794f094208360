"""Files of a served index damaged at random beneath a live server that is asked all the time."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sanbao.search.results import OUTDATED
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from tests.search.storage.trials import counts, run_trials
from tests.web.test_damage_while_serving import ask, commit
from tests.web.test_serve import sanbao_serve

BEFORE = 300
ADDED = 40
CHECK_HOURS = "0.0003"
"""About a second from one look at all bytes to the next."""
ENOUGH_SECONDS = 90.0
"""After which an outage is a lasting one; on an idle machine it is over in less than five."""
ASKED_AFTERWARDS = 40

Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two commits, of which a trial gets a copy."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    folder.mkdir()
    commit(folder, 0, BEFORE)
    commit(folder, BEFORE, ADDED)
    return folder


@counts(3, 50)
def test_damage_is_told_and_not_served(whole: Path, count: int) -> None:
    ends: Counter[str] = Counter()

    def trial(chance: Random) -> None:
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            shutil.copytree(whole, index)
            ends[_trial(index, chance)] += 1

    run_trials(count, trial)
    print(dict(ends))


def _trial(index: Path, chance: Random) -> str:
    """Damage one file of a live server's index; how it is answered in the end."""
    with sanbao_serve(index, SANBAO_CHECK_HOURS=CHECK_HOURS) as (address, _, _):
        search, ready = f"{address}/api/v1/search?q=common&limit=5", f"{address}/readyz"
        assert all(_reads(ask(search)) == "newest" for _ in range(4))
        with _load(search):
            before = _sound_commits(index)
            damaged = _damage(index, chance)
            wanted = _right_answer(_sound_commits(index), before)
            began = time.monotonic()
            while not _is_settled(search, ready, wanted):
                assert time.monotonic() < began + ENOUGH_SECONDS, (damaged, wanted, ask(search))
            for _ in range(ASKED_AFTERWARDS):
                assert _reads(ask(search)) == wanted, damaged
                assert _tells(ask(ready)) == wanted, damaged
    print(f"{damaged}: {wanted} after {time.monotonic() - began:.1f} s")
    return wanted


def _sound_commits(index: Path) -> list[int]:
    """The numbers of the commits of which every byte is as it was written, the newest first."""
    sound = []
    folder = Folder(index)
    for number in generations.numbers(folder):
        try:
            if not generations.read(folder, number).damage():
                sound.append(number)
        except generations.IndexProblem:
            pass
    return sound


def _right_answer(sound: list[int], before: list[int]) -> str:
    """What has to be served when these commits are sound that were before the damage."""
    newest, older = before[0], before[1:]
    if newest in sound:
        return "newest"
    return "older" if set(sound) & set(older) else "error"


def _damage(index: Path, chance: Random) -> str:
    """Zero, garble or cut a part of one file of the newest commit; what was done."""
    folder = Folder(index)
    generation = generations.read(folder, generations.newest(folder))
    name = chance.choice(sorted(generation.manifest.files))
    size = (index / name).stat().st_size
    at = chance.randrange(size)
    length = min(size - at, chance.choice((1, 100, 5000, size)))
    kind = chance.choice(("zeroed", "garbled", "cut"))
    with (index / name).open("r+b") as file:
        if kind == "cut":
            file.truncate(at)
        else:
            file.seek(at)
            file.write(bytes(length) if kind == "zeroed" else chance.randbytes(length))
    return f"{name} of {size} bytes {kind} at {at}"


def _reads(answer: Answer) -> str:
    """Which commit a search read; fails on an answer that no commit would give."""
    status, page = answer
    if status == 503:
        return "error"
    if status == 0:
        return "nothing"
    assert status == 200
    warnings = page["warnings"]
    if page["total"] == BEFORE + ADDED and not warnings:
        return "newest"
    if page["total"] == BEFORE and warnings == [OUTDATED]:
        return "older"
    return f"wrong: {page['total']} {warnings}"


def _tells(answer: Answer) -> str:
    """Which commit `/readyz` says is served."""
    status, said = answer
    if status == 200:
        return {"ready": "newest", "degraded": "older"}[said["status"]]
    return "error" if status == 503 else "nothing"


def _is_settled(search: str, ready: str, wanted: str) -> bool:
    """Whether all workers, as far as a few questions tell, answer as they should."""
    return all(_reads(ask(search)) == _tells(ask(ready)) == wanted for _ in range(12))


@contextmanager
def _load(url: str) -> Iterator[None]:
    """Two clients who ask all the time."""
    over = threading.Event()

    def client() -> None:
        while not over.is_set():
            ask(url)

    clients = [threading.Thread(target=client) for _ in range(2)]
    for each in clients:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in clients:
            each.join()
