"""No damage to a file of an index goes unnoticed, and nothing wrong is ever served."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from sanbao.search.codec.whoosh_codec.segment import EXTENSION
from sanbao.search.engines import SearchEngine, open_writer
from sanbao.search.errors import IndexCorrupt
from sanbao.search.request import SearchRequest
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation
from sanbao.search.storage.manifest import FileEntry, Manifest
from tests.growth import processor_seconds
from tests.search.storage.states import (
    WORDS,
    Changes,
    State,
    after,
    article,
    copied,
    made,
    opened,
)
from tests.search.storage.trials import counts, run_trials

FALLBACK_TIMES = 20
"""So many times as long as searching a whole index may it take to fall back to an older commit."""


def _titles(first: int, end: int) -> dict[str, str | None]:
    return {
        f"article-{number}": f"{WORDS[number % len(WORDS)]} edition{number}"
        for number in range(first, end)
    }


BATCHES: tuple[Changes, ...] = (
    _titles(0, 100),
    _titles(100, 130),
    {**_titles(130, 150), "article-3": None, "article-101": "rain anew"},
)


def _state(batches: int) -> State:
    state: State = {}
    for changes in BATCHES[:batches]:
        state = after(state, changes)
    return state


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 120 KB of an index, whose newest commit added, updated and deleted."""
    path = tmp_path_factory.mktemp("damaged") / "template"
    made(path, *BATCHES)
    return path


@pytest.fixture
def index(template: Path, tmp_path: Path) -> Path:
    return copied(template, tmp_path / "index")


def newest(path: Path) -> Generation:
    """The newest generation, read without regard to what the files of its segments hold."""
    folder = Folder(path)
    return generations.read(folder, generations.newest(folder))


def files_of(path: Path) -> list[str]:
    """The files that make the newest generation."""
    generation = newest(path)
    return [generations.manifest_name(generation.number), *generation.manifest.files]


def own_files(path: Path) -> list[str]:
    """Those of them that the generation before does not share."""
    return sorted({*files_of(path)} - {*generations.read(Folder(path), 2).manifest.files})


def damage_of(path: Path, generation: Generation, name: str) -> Callable[[], bool]:
    """Tells whether the damage to a file of the generation is noticed."""

    def is_seen_by_reading() -> bool:
        try:
            newest(path)
        except IndexCorrupt as error:
            return str(path) in str(error)
        return False

    def is_seen_by_mapping() -> bool:
        try:
            generation.map(name)
        except IndexCorrupt as error:
            return str(path / name) in str(error)
        return False

    return is_seen_by_mapping if name.endswith(EXTENSION) else is_seen_by_reading


@pytest.mark.parametrize(
    "all_bits",
    [
        pytest.param(False, id="a_bit"),
        pytest.param(True, id="every_bit", marks=pytest.mark.torture),
    ],
)
def test_every_byte_is_watched_over(index: Path, all_bits: bool) -> None:
    chance = Random(1)
    generation = newest(index)
    flipped = 0
    for name in files_of(index):
        is_seen = damage_of(index, generation, name)
        with (index / name).open("r+b", buffering=0) as file:
            for place, byte in enumerate(file.read()):
                for bit in range(8) if all_bits else (chance.randrange(8),):
                    os.pwrite(file.fileno(), bytes([byte ^ 1 << bit]), place)
                    assert is_seen(), f"bit {bit} of byte {place} of {name}"
                    flipped += 1
                os.pwrite(file.fileno(), bytes([byte]), place)
    assert flipped > 40_000
    assert newest(index).damage() == []
    print(f"{flipped} bits flipped")


@pytest.mark.parametrize(
    "step",
    [pytest.param(7, id="some"), pytest.param(1, id="every", marks=pytest.mark.torture)],
)
def test_every_length_is_watched_over(index: Path, step: int) -> None:
    generation = newest(index)
    cuts = 0
    for name in files_of(index):
        is_seen = damage_of(index, generation, name)
        path = index / name
        data = path.read_bytes()
        for length in (*range(len(data) - 1, 0, -step), 0):
            os.truncate(path, length)
            assert is_seen(), f"{name} cut to {length} bytes"
            cuts += 1
        for more in (b"\0", b"\n", data[-1:], data):
            path.write_bytes(data + more)
            assert is_seen(), f"{len(more)} bytes appended to {name}"
        path.write_bytes(data)
    assert newest(index).damage() == []
    print(f"{cuts} lengths")


@counts(500, 20_000)
def test_damage_is_never_served(template: Path, tmp_path: Path, count: int) -> None:
    """Whatever is damaged, an engine serves the newest commit, or the one before and says so."""
    served = {2: 0, 3: 0}
    path = copied(template, tmp_path / "index")
    shared = set(generations.read(Folder(path), 2).manifest.files)
    originals = {each.name: each.read_bytes() for each in path.iterdir()}

    def trial(chance: Random) -> None:
        name = chance.choice(sorted(originals))
        (path / name).write_bytes(_damaged(originals[name], chance))
        try:
            engine = opened(path)
        except IndexCorrupt as error:
            assert name in shared, "the commit before was whole"
            assert name in str(error)
        else:
            problem = engine.problem()
            number = 2 if problem else 3
            if problem:
                assert isinstance(problem, IndexCorrupt)
                assert name in str(problem)
            served[number] += 1
            assert _found(engine, chance) == _state(number)
        finally:
            (path / name).write_bytes(originals[name])

    run_trials(count, trial)
    assert min(served.values()) > 0, "both things happened"
    print(f"served the newest {served[3]} times, the one before {served[2]} times")


def _damaged(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data))
    end = min(len(data), place + chance.choice([1, 16, 4096]))
    kind = chance.randrange(5)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data + chance.randbytes(chance.randint(1, 100))
    if kind == 2:
        noise = chance.randbytes(end - place)
        middle = noise if noise != data[place:end] else bytes(byte ^ 1 for byte in noise)
        return data[:place] + middle + data[end:]
    if kind == 3 and any(data[place:end]):
        return data[:place] + bytes(end - place) + data[end:]
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _found(engine: SearchEngine, chance: Random) -> State:
    """What the engine finds and what it lists, which must agree."""
    state = {each.id: each.title for each in engine.articles()}
    word = chance.choice(WORDS)
    page = engine.search(SearchRequest(text=word, limit=100))
    assert {hit.article.id: hit.article.title for hit in page.hits}.items() <= state.items()
    assert page.total == sum(word in article(key, title).body for key, title in state.items())
    return state


def test_files_that_are_in_the_wrong_place(index: Path) -> None:
    originals = {each.name: each.read_bytes() for each in index.iterdir()}
    for name in own_files(index):
        for other in {*originals.values(), None} - {originals[name]}:
            if other is not None:
                (index / name).write_bytes(other)
            elif name.endswith(".toc"):
                continue  # without its table, it looks like a commit that was never finished
            else:
                (index / name).unlink()
            engine = opened(index)
            assert isinstance(engine.problem(), IndexCorrupt), name
            assert _found(engine, Random(1)) == _state(2), name
            (index / name).write_bytes(originals[name])


def test_a_whole_generation_under_another_number(index: Path) -> None:
    """An old commit copied over a new one is no new commit."""
    for kind in (generations.table_name, generations.manifest_name):
        shutil.copyfile(index / kind(2), index / kind(3))
    engine = opened(index)
    assert isinstance(engine.problem(), IndexCorrupt)
    assert _found(engine, Random(1)) == _state(2)


class Crafted:
    """Makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def test_a_table_that_would_run_code_runs_none(index: Path, tmp_path: Path) -> None:
    """Not even when whoever wrote it made the manifest fit."""
    canary = tmp_path / "canary"
    table, manifest = index / generations.table_name(3), index / generations.manifest_name(3)
    segments = newest(index).segments
    start = table.read_bytes().removesuffix(pickle.dumps(segments, -1))
    assert start != table.read_bytes()
    for crafted in (Crafted(canary), [*segments, Crafted(canary)]):
        data = start + pickle.dumps(crafted)
        table.write_bytes(data)
        old = Manifest.from_bytes(manifest.read_bytes())
        files = {**old.files, table.name: FileEntry.of(data)}
        new = Manifest(old.format, old.generation, old.analysis, files)
        manifest.write_bytes(new.to_bytes())
        assert isinstance(opened(index).problem(), IndexCorrupt)
        with pytest.raises(IndexCorrupt, match="names"):
            open_writer(index)
    assert not canary.exists()


@counts(50, 1_000)
def test_the_commit_before_takes_over(template: Path, tmp_path: Path, count: int) -> None:
    """Also in an engine that is open; writers build nothing upon it, until the damage is gone."""
    names = own_files(template)
    falling_back = whole = 0.0

    def trial(chance: Random) -> None:
        nonlocal falling_back, whole

        def check(served: SearchEngine, number: int) -> None:
            assert _found(served, chance) == _state(number)

        path = copied(template, tmp_path / "index")
        hidden = _hide_newest(path)
        engine = opened(path)
        assert engine.stats().generation == 2
        hidden()
        name = chance.choice(names)
        original = (path / name).read_bytes()
        (path / name).write_bytes(_damaged(original, chance))
        for served in (engine, opened(path)):
            falling_back += processor_seconds(partial(check, served, 2))
            assert isinstance(served.problem(), IndexCorrupt)
            assert name in str(served.problem())
        before = sorted(each.name for each in path.iterdir())
        with pytest.raises(IndexCorrupt, match="repair"):
            open_writer(path)
        assert sorted(each.name for each in path.iterdir()) == before, "nothing is swept"
        (path / name).write_bytes(original)
        healed = opened(path)
        assert healed.problem() is None
        whole += 2 * processor_seconds(partial(check, healed, 3))

    run_trials(count, trial)
    assert falling_back < FALLBACK_TIMES * whole
    print(f"falling back took {falling_back / whole:.1f} times as long as searching a whole index")


def _hide_newest(path: Path) -> Callable[[], object]:
    """Make the newest generation one that is not committed yet; the result commits it."""
    table = path / generations.table_name(3)
    hidden = table.rename(path / f"{table.name}.new")
    return lambda: hidden.rename(table)
