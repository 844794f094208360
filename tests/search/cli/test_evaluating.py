"""evaluate as its user meets it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_writer
from tests.conftest import Run

TITLES = {"a": "rate cut", "b": "rate rate rate rise", "c": "美联储降息", "d": "月の石"}
LANGUAGES = {"a": "en", "b": "en", "c": "zh-Hans", "d": "ja"}
FILES = ("evaluate", "--queries", "queries.tsv", "--qrels", "qrels.txt", "--index", "index")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with an index and judged queries."""
    with open_writer(tmp_path / "index") as writer:
        for article_id, title in TITLES.items():
            language = LANGUAGES[article_id]
            writer.add(Article(id=article_id, title=title, language=language))
    (tmp_path / "queries.tsv").write_text("q1\tcut\nq2\trate\nq3\t降息\n" + f"q4\t{'？' * 1025}\n")
    (tmp_path / "qrels.txt").write_text("q1 0 a 1\nq2 0 a 1\nq3 0 d 1\nq4 0 d 1\n")
    return tmp_path


def test_figures_and_losses(home: Path, sanbao: Run) -> None:
    done = sanbao(*FILES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "4 queries\nMRR@10    0.3750\nnDCG@10   0.4077\nR@1       0.2500\n"
    )
    assert "\nrelevant article not first: 3 queries\n" in done.stdout
    losses = done.stdout.split("\n\n")[2:]
    assert [loss.split()[0] for loss in losses] == ["q3", "q4", "q2"]
    missing, refused, second = (loss.splitlines() for loss in losses)
    assert missing[0] == "q3  降息"
    assert missing[1].split() == ["sought", "none", "d", "ja", "月の石"]
    assert missing[2].split()[:2] == ["first", "1"]
    assert missing[2].split()[3:] == ["c", "zh-Hans", "美联储降息"]
    assert refused[2].startswith("  nothing found: q: ")
    assert second[1].split()[:2] == ["sought", "2"]
    assert "refused, which counts as nothing found: 1 query (q4)" in done.stderr


def test_only_the_worst_are_listed(home: Path, sanbao: Run) -> None:
    few = sanbao(*FILES, "--losses", "1").stdout
    assert "relevant article not first: 3 queries, of which the worst 1\n\nq3  降息" in few
    assert "q2" not in few
    assert "not first" not in sanbao(*FILES, "--losses", "0").stdout


def test_json(home: Path, sanbao: Run) -> None:
    report = json.loads(sanbao(*FILES, "--json").stdout)
    assert report["queries"] == 4
    assert report["measures"]["MRR@10"] == 0.375
    assert report["lost"] == len(report["losses"]) == 3
    assert report["losses"][2]["relevant"].keys() == {
        "article_id",
        "title",
        "language",
        "rank",
        "score",
    }
    assert report["losses"][2]["first"]["score"] > report["losses"][2]["relevant"]["score"]
    assert report["refused"].keys() == {"q4"}
    assert report["comparison"] is None


def test_a_language_is_a_filter(home: Path, sanbao: Run) -> None:
    values = json.loads(sanbao(*FILES, "--lang", "ja,zh", "--json").stdout)["measures"]
    assert values["R@100"] == 0
    wrong = sanbao(*FILES, "--lang", "xx")
    assert wrong.returncode == 2
    assert "lang: 'xx' is none of" in wrong.stderr


def test_what_is_odd_is_said(home: Path, sanbao: Run) -> None:
    with (home / "qrels.txt").open("a") as qrels:
        qrels.write("q1 0 gone 1\nq9 0 a 1\n")
    with (home / "queries.tsv").open("a") as queries:
        queries.write("q5\tunjudged\n")
    done = sanbao(*FILES)
    assert done.returncode == 0
    assert "left out, since no article is relevant to them: 1 query (q5)" in done.stderr
    assert "since their text is not known: 1 query (q9)" in done.stderr
    assert "judged, but not in the index: 1 article (gone)" in done.stderr


def test_two_runs_are_compared(home: Path, sanbao: Run) -> None:
    saved = sanbao(*FILES, "--save", "before.run")
    assert saved.returncode == 0
    lines = (home / "before.run").read_text().splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["q1", "Q0", "a", "1"],
        ["q2", "Q0", "b", "1"],
        ["q2", "Q0", "a", "2"],
        ["q3", "Q0", "c", "1"],
    ]
    with open_writer(home / "index") as writer:
        writer.add(Article(id="d", title="降息降息降息", language="zh-Hans"))
        writer.delete("a")
    done = sanbao(*FILES, "--against", "before.run")
    assert done.returncode == 0
    (row,) = (line.split() for line in done.stdout.splitlines() if line.startswith("MRR@10"))
    assert row[:4] == ["MRR@10", "0.3750", "0.2500", "-0.1250"]
    assert row[5:] == ["1", "2", "1"]
    assert (
        "lower than before: 2 queries\n\n 1 -> none  q1  cut\n 2 -> none  q2  rate" in done.stdout
    )
    report = json.loads(sanbao(*FILES, "--against", "before.run", "--json", "--losses", "1").stdout)
    assert report["comparison"]["fallen"] == 2
    assert report["comparison"]["worst"] == [
        {"query_id": "q1", "query": "cut", "before": 1, "now": None}
    ]
    assert report["comparison"]["measures"]["MRR@10"]["worse"] == 2


def test_bad_files_are_named_with_the_line(home: Path, sanbao: Run) -> None:
    (home / "bad").write_text("q1 cut\n")
    for option in ("--queries", "--qrels", "--against"):
        done = sanbao(*FILES, option, "bad")
        assert done.returncode == 1, option
        assert done.stderr.startswith("sanbao: bad:1: needs a query id")
        assert not done.stdout
    absent = sanbao(*FILES, "--queries", "absent")
    assert absent.returncode == 2
    assert "'absent' does not exist" in absent.stderr
    unwritable = sanbao(*FILES, "--save", "absent/run")
    assert unwritable.returncode == 1
    assert "absent/run: No such file or directory" in unwritable.stderr


def test_without_the_extra_it_is_said_what_to_install(
    home: Path, sanbao: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "sanbao.search.cli.evaluating.find_spec",
        lambda name: None if name == "ir_measures" else find(name),
    )
    done = sanbao(*FILES)
    assert done.returncode == 1
    assert "pip install '.[evaluate]'" in done.stderr
