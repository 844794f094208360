"""Verifying finds every change of a byte, and every lie that checksums do not tell."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from sanbao.search.article import Article
from sanbao.search.care import proof
from sanbao.search.care.verify import VerifyReport, verify_index
from sanbao.search.codec.container import Container, ContainerWriter
from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from sanbao.search.engines import open_writer
from sanbao.search.engines.embedded.schema import schema
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import IndexNotFound, StorageFailed
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.manifest import Manifest
from sanbao.search.storage.table import table_bytes, table_segments
from tests.search.care.damage import (
    change_analysis,
    change_manifest,
    flip,
    halve,
    newest_manifest,
    newest_segment,
    newest_table,
    reseal,
)
from tests.search.storage.states import copied, made, random_changes
from tests.search.storage.trials import run_trials, scaled

damages = pytest.mark.damages_its_index


def damaged_files(report: VerifyReport) -> set[str]:
    return {problem.file for problem in report.problems}


def newest(folder: Path) -> generations.Generation:
    return generations.read(Folder(folder), generations.newest(Folder(folder)))


# What is sound


@pytest.mark.parametrize("memory_mb", [0, 256])
def test_whatever_a_writer_makes_is_sound(memory_mb: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merged segments as well, and those of which several pieces are made to compare them."""
    monkeypatch.setattr(proof, "PIECE_BYTES", 200_000)

    def trial(chance: Random) -> None:
        with tempfile.TemporaryDirectory() as name:
            with EmbeddedWriter(Folder(Path(name)), memory_mb) as writer:
                for _ in range(chance.randint(1, 25)):
                    for article_id, title in random_changes(chance).items():
                        if title is None:
                            writer.delete(article_id)
                        else:
                            writer.add(varied_article(article_id, title, chance))
                    writer.commit()
            report = verify_index(name)
            assert report.problems == ()
            assert report.compared

    run_trials(scaled(4), trial)


def varied_article(article_id: str, title: str, chance: Random) -> Article:
    return Article(
        id=article_id,
        title=title,
        body=" ".join(chance.choices(["台風の影響", "rates fell", "经济", title], k=30)),
        language=chance.choice(["zh-Hans", "ja", "en", "und"]),
        source=chance.choice([None, "Ledger", "日报"]),
        author=chance.choice([None, "Lin"]),
        published=chance.choice([None, datetime(2026, 1, chance.randint(1, 28), tzinfo=UTC)]),
        categories=tuple(chance.sample(["Weather", "Trade", "経済"], chance.randint(0, 3))),
    )


def test_the_report_counts_what_is_there(tmp_path: Path) -> None:
    made(tmp_path, {"a": "rain", "b": "rain", "c": "rain"}, {"a": None})
    report = verify_index(tmp_path)
    assert (report.generations, report.segments, report.articles) == ((2, 1), 1, 2)
    files = {name for number in (1, 2) for name in kept_files(tmp_path, number)}
    assert report.size_bytes == sum((tmp_path / name).stat().st_size for name in files)
    assert report.to_dict()["sound"]


def kept_files(folder: Path, number: int) -> list[str]:
    return list(generations.read(Folder(folder), number).manifest.files)


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        verify_index(tmp_path / "nothing")
    assert not list(tmp_path.iterdir())


def test_progress_ends_where_it_should(tmp_path: Path) -> None:
    made(tmp_path, {"a": "rain", "b": "rain"})
    seen: dict[str, list[tuple[int, int]]] = {}
    report = verify_index(
        tmp_path, on_progress=lambda what, *counts: seen.setdefault(what, []).append(counts)
    )
    assert seen["bytes"][-1] == (report.size_bytes, report.size_bytes)
    assert seen["articles"] == [(1, 2), (2, 2)]


@damages
def test_another_analysis_leaves_nothing_to_compare_with(tmp_path: Path) -> None:
    made(tmp_path, {"a": "rain"})
    change_analysis(tmp_path, {"han folding": "0 older"})
    report = verify_index(tmp_path)
    assert report.problems == ()
    assert not report.compared
    assert "sanbao rebuild" in (report.not_compared or "")


def test_no_space_to_compare_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, {"a": "rain"})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(StorageFailed, match="nowhere"):
        verify_index(tmp_path)
    assert verify_index(tmp_path, quick=True).problems == ()


def test_a_writer_at_work_is_no_damage(tmp_path: Path) -> None:
    made(tmp_path, {"a": "rain"})
    stop = threading.Event()

    def commit_on() -> None:
        chance = Random(1)
        with open_writer(tmp_path) as writer:
            while not stop.is_set():
                writer.add(Article(id=f"article-{chance.randrange(40)}", title="rain"))
                writer.commit()

    thread = threading.Thread(target=commit_on)
    thread.start()
    try:
        first = last = verify_index(tmp_path)
        for _ in range(scaled(15)):
            last = verify_index(tmp_path)
            assert last.problems == ()
    finally:
        stop.set()
        thread.join()
    assert last.generations > first.generations


def test_a_commit_while_files_are_opened_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, {"a": "rain"}, {"b": "rain"})
    read = generations.read_manifest

    def read_after_a_commit(folder: Folder, number: int) -> Manifest:
        monkeypatch.setattr(generations, "read_manifest", read)
        with EmbeddedWriter(folder) as writer:
            for article_id in "cd":
                writer.add(Article(id=article_id, title="rain"))
                for gone in "ab":
                    writer.delete(gone)
                writer.commit()
        return read(folder, number)

    monkeypatch.setattr(generations, "read_manifest", read_after_a_commit)
    report = verify_index(tmp_path)
    assert report.problems == ()
    assert report.generations == (4, 3)


# Changed bytes


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index whose newest commit added a segment and deleted from another."""
    path = tmp_path_factory.mktemp("verify") / "template"
    made(
        path,
        {f"article-{number}": f"rain 新聞 edition{number}" for number in range(60)},
        {"article-1": None, "late": "election edition0"},
    )
    return path


@pytest.fixture
def index(template: Path, tmp_path: Path) -> Path:
    return copied(template, tmp_path / "index")


def own_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if generations.is_own(path.name))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "half": halve,
    "nothing": lambda path: path.write_bytes(b""),
    "a bit": lambda path: flip(path, path.stat().st_size // 2),
    "a byte more": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "gone": lambda path: path.unlink(),
}


@damages
@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damaged_file_is_named_of_both_generations(index: Path, damage: str) -> None:
    files = own_files(index)
    assert len(files) == 6, "two segments, and two of the other files"
    for name in files:
        if damage == "gone" and name.endswith(".toc"):
            continue  # then there is no such generation
        intact = (index / name).read_bytes()
        DAMAGES[damage](index / name)
        report = verify_index(index)
        assert damaged_files(report) == {name}
        (problem,) = report.problems
        assert str(index / name) in problem.what
        assert f"sanbao repair --index {index}" in problem.what
        assert report.to_dict()["sound"] is False
        (index / name).write_bytes(intact)
    assert verify_index(index).problems == ()


@damages
def test_all_damaged_files_are_named_at_once(index: Path) -> None:
    files = [name for name in own_files(index) if not name.endswith(".manifest")]
    for name in files:
        flip(index / name, 100)
    assert damaged_files(verify_index(index)) == set(files)


@damages
def test_no_table_of_contents_is_left(index: Path) -> None:
    for table in index.glob("*.toc"):
        table.unlink()
    (problem,) = verify_index(index).problems
    assert "has no table of contents" in problem.what


@damages
@pytest.mark.parametrize("index_of", ["few", pytest.param("all", marks=pytest.mark.torture)])
def test_every_flipped_bit_is_found(index: Path, index_of: str) -> None:
    places = [
        (name, at) for name in own_files(index) for at in range((index / name).stat().st_size)
    ]
    chance = Random(1)
    chosen = places if index_of == "all" else chance.sample(places, scaled(1_500))
    for name, at in chosen:
        descriptor = os.open(index / name, os.O_RDWR)
        try:
            (byte,) = os.pread(descriptor, 1, at)
            os.pwrite(descriptor, bytes([byte ^ 1 << chance.randrange(8)]), at)
            assert damaged_files(verify_index(index, quick=True)) == {name}, (name, at)
            os.pwrite(descriptor, bytes([byte]), at)
        finally:
            os.close(descriptor)
    print(f"{len(chosen)} bytes of {len(places)}")


# Lies with right checksums


@pytest.fixture(scope="module")
def rich_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of one segment in which no array is empty."""
    path = tmp_path_factory.mktemp("verify") / "rich"
    chance = Random(5)
    with open_writer(path) as writer:
        for number in range(300):
            writer.add(varied_article(f"article-{number}", f"rain {'雨' * 20} {number}", chance))
    return path


def rewrite(path: Path, change: Callable[[dict[str, Array], dict[str, Any]], object]) -> None:
    """Write a segment again with other arrays."""
    with Container(path) as container:
        arrays = {name: container[name].copy() for name in container.names()}
        meta = container.meta
    change(arrays, meta)
    with path.open("wb") as file:
        writer = ContainerWriter(file)
        for name, array in arrays.items():
            writer.add(name, array)
        writer.close(meta)


@damages
def test_one_changed_value_of_any_array_is_found(rich_template: Path, tmp_path: Path) -> None:
    index = copied(rich_template, tmp_path / "index")
    segment = newest_segment(index)
    intact = segment.read_bytes()
    with Container(segment) as container:
        names = container.names()
        sizes = {name: container[name].size for name in names}
    assert min(sizes.values()), sizes
    for name in names:

        def change(arrays: dict[str, Array], meta: object, name: str = name) -> None:
            octets = arrays[name].reshape(-1).view(np.uint8)
            octets[len(octets) // 3] ^= 1

        segment.write_bytes(intact)
        rewrite(segment, change)
        reseal(index)
        assert verify_index(index, quick=True).problems == (), "checksums know nothing of it"
        (problem,) = verify_index(index).problems
        assert problem.file == segment.name
        stored = "stored/blob" if name.startswith("stored/") else name
        assert f" {stored} " in problem.what, (name, problem.what)
    segment.write_bytes(intact)
    reseal(index)
    assert verify_index(index).problems == ()


@damages
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda arrays, meta: arrays.pop("evaluation/impacts"), "lacks the array evaluation/imp"),
        (lambda arrays, meta: arrays.update(more=np.zeros(1)), "an array more, which no index"),
        (lambda arrays, meta: arrays.update(lengths=arrays["lengths"].astype("u4")), " lengths "),
        (lambda arrays, meta: meta["fields"][0].update(total_length=1), "has a list of fields"),
        (lambda arrays, meta: meta.update(doc_count=299), "holds 299 documents"),
    ],
)
def test_other_lies_of_a_segment(
    rich_template: Path,
    tmp_path: Path,
    change: Callable[[dict[str, Array], dict[str, Any]], object],
    said: str,
) -> None:
    index = copied(rich_template, tmp_path / "index")
    rewrite(newest_segment(index), change)
    reseal(index)
    (problem,) = verify_index(index).problems
    assert said in problem.what


def rewrite_table(folder: Path, change: Callable[[list[ArraySegment]], object]) -> None:
    path = newest_table(folder)
    segments = table_segments(path.read_bytes())
    change(segments)
    path.write_bytes(table_bytes(schema(), segments, generations.newest(Folder(folder))))
    reseal(folder)


@damages
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda segments: setattr(segments[0], "_deleted_count", 2), "counts 2 deletions in MAIN_"),
        (lambda segments: segments[0]._deleted.extend(b"\0"), "has deletions of documents that"),
        (lambda segments: segments[0]._deleted.__setitem__(-1, 128), "has deletions of documents"),
        (lambda segments: segments.append(segments[0]), "lists a segment twice"),
        (lambda segments: setattr(segments[0], "segid", "../x"), "or what is none"),
        (lambda segments: segments.pop(), "lists other files than the table of contents"),
        (lambda segments: segments[1].set_doc_count(2), "holds 1 documents where the index expe"),
    ],
)
def test_lies_of_a_table_of_contents(
    index: Path, change: Callable[[list[ArraySegment]], object], said: str
) -> None:
    rewrite_table(index, change)
    problems = verify_index(index, quick=True).problems
    assert any(said in problem.what for problem in problems), problems


@damages
def test_an_article_in_two_places(tmp_path: Path) -> None:
    made(tmp_path, {"a": "rain", "b": "rain", "c": "rain"}, {"a": "rain anew"})
    rewrite_table(tmp_path, lambda segments: segments[0].delete_document(0, delete=False))
    (problem,) = verify_index(tmp_path).problems
    assert problem.file == newest_table(tmp_path).name
    assert "has 1 articles in two places, the first of them 'a'" in problem.what


@damages
def test_a_manifest_of_another_generation(index: Path) -> None:
    path = newest_manifest(index)
    change_manifest(index, generation=7)
    (problem,) = verify_index(index).problems
    assert problem.file == path.name
    assert "says that it is of generation 7" in problem.what
