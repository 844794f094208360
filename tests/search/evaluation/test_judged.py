"""Files of judged queries: what is read, and what is said about what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanbao.search.errors import UnusableFile
from sanbao.search.evaluation.judged import (
    JudgedSet,
    read_judged_set,
    read_queries,
    read_relevance,
    relevant,
)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_queries_are_read_as_they_are_written(tmp_path: Path) -> None:
    content = "\ufeffq1\t利率 下调？\r\n\nq2\ta\tb \u2028 c\n".encode()
    assert read_queries(written(tmp_path, content)) == {"q1": "利率 下调？", "q2": "a\tb \u2028 c"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"q1\ta\nq2 a\n", ":2: needs a query id"),
        (b"q1\t \n", ":1: needs a query id"),
        (b"\ta\n", ":1: needs a query id"),
        (b"q 1\ta\n", ":1: needs a query id"),
        (b"q1\ta\n\nq1\tb\n", ":3: the query id 'q1' is there twice"),
        (b"q1\ta\nq2\t\xff\n", ":2: is not UTF-8"),
    ],
)
def test_bad_lines_of_queries(tmp_path: Path, content: bytes, said: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(UnusableFile) as raised:
        read_queries(path)
    assert str(raised.value).startswith(f"{path}{said}")


def test_judgements_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, "q1 0 记事-1 1\nq1\t0\tb  2\nq2 Q0 a -1\n".encode())
    assert read_relevance(path) == {"q1": {"记事-1": 1, "b": 2}, "q2": {"a": -1}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"q1 0 a\n", ":1: needs a query id, 0, an article id and a whole number"),
        (b"q1 0 a b 1\n", ":1: needs a query id"),
        (b"q1 0 a 1\nq1 0 b high\n", ":2: needs a query id"),
        (b"q1 0 a 1\nq1 0 a 0\n", ":2: 'a' is judged twice for 'q1'"),
    ],
)
def test_bad_lines_of_judgements(tmp_path: Path, content: bytes, said: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(UnusableFile) as raised:
        read_relevance(path)
    assert str(raised.value).startswith(f"{path}{said}")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="Is a directory"):
        read_queries(tmp_path)


def test_only_judged_queries_are_in_the_set(tmp_path: Path) -> None:
    queries, judgements = tmp_path / "queries", tmp_path / "qrels"
    queries.write_text("q1\ta\nq2\tb\nq3\tc\n")
    judgements.write_text("q3 0 x 1\nq2 0 x 0\nq9 0 x 1\nq1 0 y 2\n")
    judged = read_judged_set(queries, judgements)
    assert judged == JudgedSet(
        {"q1": "a", "q3": "c"},
        {"q1": {"y": 2}, "q3": {"x": 1}},
        unjudged=("q2",),
        unasked=("q9",),
    )
    judgements.write_text("q2 0 x 0\nq9 0 x 1\n")
    with pytest.raises(UnusableFile, match=r"no query of .* has a relevant article in "):
        read_judged_set(queries, judgements)


def test_the_most_relevant_article_is_named_first() -> None:
    assert relevant({"a": 1, "b": 0, "c": 3, "d": -1, "e": 1}) == ["c", "a", "e"]


@pytest.mark.parametrize(
    ("size", "ids"), [(1, [0]), (2, [0, 3]), (4, [0, 1, 3, 5]), (99, [*range(7)])]
)
def test_a_sample_is_spread_over_the_set(size: int, ids: list[int]) -> None:
    judged = JudgedSet({str(n): "text" for n in range(7)}, {str(n): {f"a{n}": 1} for n in range(7)})
    sample = judged.sample(size)
    assert list(sample.queries) == [str(n) for n in ids]
    assert sample.relevance == {str(n): {f"a{n}": 1} for n in ids}


def test_where_tabs_part_a_judgement_its_id_may_hold_blanks(tmp_path: Path) -> None:
    path = written(tmp_path, "q1\t0\ta  b \t1\nq1\t0\ta b\t2\nq1 0 國\u30002 0\n".encode())
    with pytest.raises(UnusableFile, match=":3: needs a query id"):
        read_relevance(path)
    path = written(tmp_path, b"q1\t0\ta  b \t1\nq1\t0\ta b\t2\n")
    assert read_relevance(path) == {"q1": {"a  b ": 1, "a b": 2}}
