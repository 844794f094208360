"""``sanbao index`` and ``sanbao delete`` as a user runs them, on a real index."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanbao.indexer import deletion
from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.limits import DEFAULT_LIMITS

SANBAO = [sys.executable, "-m", "sanbao"]
ARTICLES = "".join(
    json.dumps({"id": str(n), "title": f"Ferry {n}", "source": "Courier" if n % 2 else "Ledger"})
    + "\n"
    for n in range(6)
)


class Shell:
    """Runs sanbao in a folder with an index of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "index"
        self.environment = os.environ | {"SANBAO_INDEX": str(self.index)}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SANBAO, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, *arguments: str, **streams: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*SANBAO, *arguments], cwd=self.folder, env=self.environment, **streams
        )

    def ids(self) -> set[str]:
        engine = open_engine(self.index)
        try:
            return {article.id for article in engine.articles()}
        finally:
            engine.close()


@pytest.fixture
def sanbao(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the articles, to be copied."""
    shell = Shell(tmp_path_factory.mktemp("template"))
    assert shell("index", "-", stdin=ARTICLES).returncode == 0
    return shell.index


@pytest.fixture
def filled(sanbao: Shell, template: Path) -> Shell:
    shutil.copytree(template, sanbao.index)
    return sanbao


def test_indexing_says_what_it_did(sanbao):
    (sanbao.folder / "news").mkdir()
    (sanbao.folder / "news" / "a.jsonl").write_text(ARTICLES)
    (sanbao.folder / "news" / "b.txt").write_text("Tram returns\n\nIt will run again.")
    first = sanbao("index", "news")
    assert (first.returncode, first.stdout) == (0, "")
    assert first.stderr.startswith("indexed 7 articles (7 new, 0 updated) from 2 files in ")
    again = sanbao("index", "news/*.jsonl", "--json")
    report = json.loads(again.stdout)
    assert (report["read"], report["added"], report["updated"], report["failed"]) == (6, 0, 6, 0)
    assert len(sanbao.ids()) == 7


def test_a_bad_file_is_named_and_the_rest_goes_in(sanbao):
    (sanbao.folder / "a.jsonl").write_text(ARTICLES + "{}\n")
    (sanbao.folder / "b.txt").touch()
    run = sanbao("index", "a.jsonl", "b.txt", "c.txt", "--json")
    assert run.returncode == 1
    assert "b.txt: is empty\nc.txt: there is no such file or folder\n" in run.stderr
    assert run.stderr.endswith("; 3 could not be read\n")
    names = [failure["name"] for failure in json.loads(run.stdout)["failures"]]
    assert names == ["a.jsonl:7", "b.txt", "c.txt"]
    assert len(sanbao.ids()) == 6
    assert sanbao("index", "b.txt", "--keep-going").returncode == 0


def test_wrong_usage(sanbao):
    for arguments in (
        ["index"],
        ["index", "a", "--no"],
        ["delete"],
        ["delete", "1", "--source", "x"],
    ):
        run = sanbao(*arguments)
        assert run.returncode == 2
        assert run.stdout == ""


def test_an_interruption_says_what_stays(sanbao):
    with sanbao.start("index", "-", stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        # More than a pipe holds, so that this returns only when sanbao is reading.
        process.stdin.write(b"\n" * 500_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        message = process.stderr.read().decode()
    assert process.returncode == 130
    assert "interrupted; what was committed stays in the index\nindexed 0 articles" in message


def test_a_progress_bar_on_a_terminal_only(sanbao):
    (sanbao.folder / "a.jsonl").write_text(ARTICLES)
    keyboard, terminal = pty.openpty()
    process = sanbao.start("index", "a.jsonl", stderr=terminal)
    os.close(terminal)
    shown = b"".join(read_terminal(keyboard)).decode()
    assert process.wait() == 0
    assert "indexing" in shown
    assert "indexed 6 articles" in shown
    assert "indexing" not in sanbao("index", "a.jsonl").stderr


def test_deleting_by_id(filled):
    run = filled("delete", "1", "2", "99", "--yes")
    assert run.returncode == 1
    assert run.stderr == "99: there is no article with this id\ndeleted 2 articles\n"
    assert filled.ids() == {"0", "3", "4", "5"}


def test_deleting_by_source(filled):
    run = filled("delete", "--source", "Courier", "--yes", "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout) == {"deleted": 3, "missing": []}
    assert filled.ids() == {"0", "2", "4"}


def test_deleting_by_query_narrowed_to_a_source(filled):
    assert filled("delete", "--query", "title:ferry", "--source", "Ledger", "--yes").returncode == 0
    assert filled.ids() == {"1", "3", "5"}


def test_deleting_more_than_one_page_of_results(sanbao):
    lines = "".join(f'{{"id": "{n}", "title": "Ferry {n}", "source": "S"}}\n' for n in range(230))
    assert sanbao("index", "-", stdin=lines).returncode == 0
    run = sanbao("delete", "--source", "S", "--yes")
    assert run.stderr == "deleted 230 articles\n"
    assert sanbao.ids() == set()


def test_deleting_more_than_a_search_can_reach(filled, monkeypatch):
    monkeypatch.setattr(deletion, "MAX_LIMIT", 2)
    monkeypatch.setattr(deletion, "MAX_WINDOW", 4)
    engine = open_engine(filled.index)
    with open_writer(filled.index) as writer:
        assert deletion.find_matches(engine, None, "*").carry_out(writer) == 6
    engine.close()
    assert filled.ids() == set()


def test_all_that_a_beginning_finds_is_announced_and_deleted(sanbao):
    words = DEFAULT_LIMITS.terms_a_clause + 6
    with open_writer(sanbao.index) as writer:
        for number in range(words):
            writer.add(Article(id=str(number), title=f"ferry{number}"))
    run = sanbao("delete", "--query", "ferry*")
    assert f"about to delete {words} articles" in run.stderr
    assert sanbao("delete", "--query", "ferry*", "--yes").returncode == 0
    assert sanbao.ids() == set()


def test_nothing_is_deleted_unasked(filled):
    run = filled("delete", "--source", "Courier")
    assert run.returncode == 2
    assert "about to delete 3 articles:\n  Ferry " in run.stderr
    assert "add --yes" in run.stderr
    assert len(filled.ids()) == 6


@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\n", 0, 5), (b"n\n", 1, 6)])
def test_on_a_terminal_the_user_is_asked(filled, answer, code, left):
    keyboard, terminal = pty.openpty()
    process = filled.start("delete", "3", stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    os.write(keyboard, answer)
    shown = b"".join(read_terminal(keyboard)).decode()
    assert process.wait() == code
    assert "about to delete 1 article:" in shown
    assert "Ferry 3" in shown
    assert len(filled.ids()) == left


def test_deleting_from_an_index_that_is_not_there(sanbao):
    run = sanbao("delete", "1", "--yes")
    assert run.returncode == 1
    assert str(sanbao.index) in run.stderr
    assert not sanbao.index.exists()


def read_terminal(keyboard: int) -> Iterator[bytes]:
    """What is written to the other end of the terminal, until it is closed."""
    try:
        while data := os.read(keyboard, 4096):
            yield data
    except OSError:  # How Linux says that the other end is closed.
        pass
    finally:
        os.close(keyboard)


def test_commands_take_an_id_as_it_is(sanbao, tmp_path):
    ids = ["news 1", "news  1", " news 1", "news 1 ", "ｎews 1"]
    lines = [json.dumps({"id": id_, "title": f"Ferry {n}"}) for n, id_ in enumerate(ids)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert "5 new, 0 updated" in sanbao("index", "a.jsonl").stderr
    assert sanbao("delete", "--yes", *ids[1:3]).returncode == 0
    found = [sanbao("get", id_, "--json") for id_ in ids]
    assert [done.returncode for done in found] == [0, 1, 1, 0, 0]
    assert [json.loads(done.stdout)["id"] for done in found if done.stdout] == [ids[0], *ids[3:]]


def test_what_can_be_no_id_is_a_failure(sanbao, tmp_path):
    bad = ["", "a\tb", "\ud800", "x" * 513]
    lines = [json.dumps({"id": id_, "title": "Ferry"}) for id_ in [*bad, "good"]]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    done = sanbao("index", "a.jsonl")
    assert "indexed 1 article (1 new" in done.stderr
    assert "a.jsonl:1: id: '' is empty; leave the id out to have one made" in done.stderr
    assert r"a.jsonl:2: id: 'a\tb' holds a control character" in done.stderr
    assert r"a.jsonl:3: id: '\ud800' holds half a character" in done.stderr
    assert f"a.jsonl:4: id: '{'x' * 60}'… has 513 bytes of UTF-8" in done.stderr


def test_different_articles_with_one_id_are_a_warning(sanbao, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "1", "title": "Ferry"}\n' * 2)
    (tmp_path / "b.txt").write_text("Tunnel\nIt opens.")
    (tmp_path / "c.md").write_text("---\nid: 1\ntitle: Bridge\n---\nIt falls.")
    done = sanbao("index", "a.jsonl", "b.txt", "c.md", "--json")
    assert done.returncode == 0
    reason = "has the id '1' of another article, a.jsonl:2, and replaces it"
    assert json.loads(done.stdout)["warnings"] == [{"name": "c.md", "reason": reason}]
    assert f"c.md: warning: {reason}" in done.stderr
