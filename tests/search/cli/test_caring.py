"""verify, repair, snapshot and restore as their user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sanbao.search.engines import open_engine, open_writer
from tests.conftest import Run
from tests.search.care.damage import (
    change_analysis,
    flip,
    halve,
    newest_manifest,
    newest_segment,
    newest_table,
)
from tests.search.storage.states import article, contents, made

STATE = {"a": "rain edition1", "b": "election edition2"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of one commit."""
    made(tmp_path / "index", STATE)
    return tmp_path / "index"


# verify


def test_verify_says_what_it_has_looked_at(index: Path, sanbao: Run) -> None:
    done = sanbao("verify", "--index", index)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("commits: 1 and 0\nsegments: 1\narticles: 2\nbytes: ")
    assert "every posting compared with its article" in done.stdout
    assert done.stdout.endswith("\nsound\n")
    assert done.stderr == "", "no progress but on a terminal"


def test_verify_names_what_is_damaged(index: Path, sanbao: Run) -> None:
    flip(newest_segment(index), 300)
    halve(newest_table(index))
    done = sanbao("verify", "--quick", "--index", index)
    assert done.returncode == 1
    for path in (newest_segment(index), newest_table(index)):
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(str(path)))
        assert f"run `sanbao repair --index {index}`, or restore a snapshot" in line
    assert "checksums only" in done.stdout
    assert done.stdout.endswith("\ndamaged\n")


def test_verify_speaks_json(index: Path, sanbao: Run) -> None:
    report = json.loads(sanbao("verify", "--json", "--index", index).stdout)
    assert report["sound"] is True
    assert report["generations"] == [1, 0]
    halve(newest_segment(index))
    done = sanbao("verify", "--json", "--index", index)
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["file"] == newest_segment(index).name


def test_verify_says_why_it_could_not_compare(index: Path, sanbao: Run) -> None:
    change_analysis(index, {"grams": "0 older"})
    done = sanbao("verify", "--index", index)
    assert done.returncode == 0
    assert "checksums only" in done.stdout
    assert "articles were not compared" in done.stderr
    assert "sanbao rebuild" in done.stderr


@pytest.mark.parametrize("command", ["verify", "repair"])
def test_there_is_no_index(tmp_path: Path, sanbao: Run, command: str) -> None:
    done = sanbao(command, "--index", "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("sanbao: there is no index at nowhere")
    assert not list(tmp_path.iterdir())


# repair


def test_repair_has_nothing_to_do(index: Path, sanbao: Run) -> None:
    done = sanbao("repair", "--index", index)
    assert done.returncode == 0
    assert "is whole; there is nothing to repair" in done.stderr


def test_repair_says_what_it_will_do_and_asks(tmp_path: Path, sanbao: Run) -> None:
    index = tmp_path / "index"
    made(index, {**STATE, "d": "rain edition4"})
    first = newest_segment(index)
    with open_writer(index) as writer:
        writer.add(article("c", "rain edition3"))
        writer.delete("a")
    (second,) = set(index.glob("*.arrays")) - {first}
    second.unlink()
    before = {path.name for path in index.iterdir()}

    nobody = sanbao("repair", "--index", index)
    assert nobody.returncode == 2
    assert "add --yes to repair the index" in nobody.stderr
    refused = sanbao("repair", "--index", index, answer="n")
    assert refused.returncode == 1
    assert {path.name for path in index.iterdir()} == before

    done = sanbao("repair", "--index", index, answer="y")
    assert done.returncode == 0, done.stderr
    assert str(second) in done.stderr
    assert "stay as they are: 2 articles\n" in done.stderr
    assert "saved from damaged files: 0 articles\n" in done.stderr
    assert "may be an older version, or one you had deleted: 1 article\n  a\n" in done.stderr
    assert "lost, at most: 1 article\n  1 of which nothing tells the id" in done.stderr
    assert "files that go: _MAIN_1.manifest, _MAIN_1.toc, _MAIN_2.manifest" in done.stderr
    assert "repaired; the index has 3 articles" in done.stderr
    assert contents(index) == {**STATE, "d": "rain edition4"}
    assert sanbao("verify", "--index", index).returncode == 0


def test_repair_speaks_json(index: Path, sanbao: Run) -> None:
    newest_manifest(index).unlink()
    report = json.loads(sanbao("repair", "--yes", "--json", "--index", index).stdout)
    assert (report["articles"], report["kept"], report["lost"]) == (2, 2, 0)
    assert contents(index) == STATE


# snapshot and restore


def test_a_snapshot_comes_back(index: Path, sanbao: Run) -> None:
    taken = sanbao("snapshot", "backup", "--index", index, "--json")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout) == {"directory": "backup", "generation": 1, "articles": 2}
    again = sanbao("snapshot", "backup", "--index", index)
    assert again.returncode == 1
    assert "backup exists already; name a folder that does not" in again.stderr

    with open_writer(index) as writer:
        writer.add(article("c", "rain edition3"))
        writer.delete("a")
    engine = open_engine(index)
    nobody = sanbao("restore", "backup", "--index", index)
    assert nobody.returncode == 2
    assert "the 2 articles of commit 1 in the place of its 2 articles" in nobody.stderr
    assert sanbao("restore", "backup", "--index", index, answer="n").returncode == 1
    assert {each.id for each in engine.articles()} == {"b", "c"}

    done = sanbao("restore", "backup", "--index", index, "--json", answer="y")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"generation": 3, "articles": 2}
    assert {each.id for each in engine.articles()} == STATE.keys()
    assert sanbao("verify", "--index", index).returncode == 0


def test_restoring_into_a_new_index_asks_nothing(index: Path, sanbao: Run) -> None:
    home = index.parent
    sanbao("snapshot", "backup", "--index", index)
    done = sanbao("restore", "backup", "--index", "new")
    assert done.returncode == 0
    assert "the index at new has 2 articles" in done.stderr
    assert contents(home / "new") == STATE


def test_restoring_a_damaged_snapshot(index: Path, sanbao: Run) -> None:
    home = index.parent
    sanbao("snapshot", "backup", "--index", index)
    newest_segment(home / "backup").unlink()
    done = sanbao("restore", "backup", "--index", "new")
    assert done.returncode == 1
    assert "is missing" in done.stderr
    assert not (home / "new").exists()
    missing = sanbao("restore", "nothing", "--index", "new")
    assert missing.returncode == 1
    assert "there is no snapshot at nothing" in missing.stderr


def test_restoring_says_when_a_rebuild_is_needed(index: Path, sanbao: Run) -> None:
    change_analysis(index, {"grams": "0 older"})
    sanbao("snapshot", "backup", "--index", index)
    done = sanbao("restore", "backup", "--index", "new")
    assert done.returncode == 0
    assert "before it can be searched" in done.stderr
    assert "sanbao rebuild --index new" in done.stderr
