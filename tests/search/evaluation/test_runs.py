"""Runs: asking an engine, and files of runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.errors import InvalidRequest, UnusableFile
from sanbao.search.evaluation.runs import Found, ask, best_rank, read_run, write_run
from sanbao.search.limits import Limits
from sanbao.search.ranking.recency import Recency

ids = st.text("a1-利é", min_size=1, max_size=4)
runs = st.dictionaries(
    ids,
    st.lists(
        st.builds(Found, ids, st.floats(allow_nan=False)),
        min_size=1,
        max_size=5,
        unique_by=lambda f: f[0],
    ),
    max_size=4,
)


@given(runs)
def test_a_run_that_was_written_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, run: dict[str, list[Found]]
) -> None:
    path = tmp_path_factory.mktemp("run") / "run"
    write_run(path, run)
    assert read_run(path) == run


def test_a_run_is_read_by_rank(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.write_text("q1 Q0 b 2 7 x\nq1 Q0 a 1 7 x\n")
    assert read_run(path) == {"q1": [Found("a", 7.0), Found("b", 7.0)]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("q1 Q0 a 1 7\n", ":1: needs a query id, Q0"),
        ("q1 Q0 a first 7 x\n", ":1: needs a query id, Q0"),
        ("q1 Q0 a 1 7 x\nq1 Q0 b 1 6 x\n", ":2: rank 1 of 'q1' is there twice"),
    ],
)
def test_bad_lines_of_runs(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "run"
    path.write_text(content)
    with pytest.raises(UnusableFile) as raised:
        read_run(path)
    assert str(raised.value).startswith(f"{path}{said}")


def test_runs_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="no place for the space in the article id 'a b'"):
        write_run(tmp_path / "run", {"q1": [Found("a b", 1.0)]})
    with pytest.raises(UnusableFile, match="No such file or directory"):
        write_run(tmp_path / "absent" / "run", {})


def test_the_best_rank() -> None:
    answer = [Found("a", 3.0), Found("b", 2.0), Found("c", 1.0)]
    assert best_rank(answer, ["c", "b"]) == 2
    assert best_rank(answer, ["d"]) is None
    assert best_rank([], ["a"]) is None


def test_newer_articles_are_not_favoured(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.add(Article(id="fits", title="rate cut", published=datetime(2000, 1, 1, tzinfo=UTC)))
        writer.add(
            Article(id="new", title="rate cut today", published=datetime(2026, 1, 1, tzinfo=UTC))
        )
    engine = open_engine(tmp_path, Recency(strength=1.0))
    run = ask(engine, {"q1": "rate cut"}).run
    assert [found.article_id for found in run["q1"]] == ["fits", "new"]


def test_what_the_engine_refuses_or_cuts_short_is_said(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.add(Article(id="1", title="rate rain"))
    done: list[int] = []
    answers = ask(
        open_engine(tmp_path, limits=Limits(query_length=10)),
        {"q1": "rate", "q2": "？", "q3": "rate " * 10},
        on_progress=done.append,
    )
    assert {query_id: len(found) for query_id, found in answers.run.items()} == {
        "q1": 1,
        "q2": 0,
        "q3": 0,
    }
    assert answers.refused.keys() == {"q3"}
    assert answers.partial == ["q2"]
    assert done == [1, 2, 3]
    narrow = open_engine(tmp_path, limits=Limits(terms_a_clause=1))
    assert ask(narrow, {"q1": "rate", "q2": "ra*"}).partial == ["q2"]


def test_a_language_that_is_none_is_not_the_fault_of_the_queries(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.add(Article(id="1", title="rate", language="en"))
    engine = open_engine(tmp_path)
    with pytest.raises(InvalidRequest, match="lang: 'xx' is none of"):
        ask(engine, {"q1": "rate"}, ("xx",))
    assert not ask(engine, {"q1": "rate"}, ("ja",)).run["q1"]
    assert ask(engine, {"q1": "rate"}, ("en",)).run["q1"]
