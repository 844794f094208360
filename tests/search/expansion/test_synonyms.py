"""The file of synonyms: what it may say, what is wrong in it, and that it is read again."""

from __future__ import annotations

import logging
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.errors import InvalidSynonyms
from sanbao.search.expansion import synonyms
from sanbao.search.expansion.meanings import Meaning
from sanbao.search.expansion.synonyms import (
    WEIGHT,
    Synonyms,
    SynonymsFile,
    parse_synonyms,
    read_synonyms,
)


def parse(text: str) -> Synonyms:
    return parse_synonyms(text.encode(), "s.txt")


def meanings(text: str, query: str) -> list[tuple[str, tuple[str, ...]]]:
    """What is found in a query, which is as long when it is normalized, and its synonyms."""
    found = groupby(parse(text).meanings(query), attrgetter("start", "end"))
    return [(query[start:end], tuple(m.text for m in alike)) for (start, end), alike in found]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("央行, 人民银行", "央行", [("央行", ("人民银行",))]),
        ("央行, 人民银行", "央行加息", [("央行", ("人民银行",))]),
        ("央行，人民银行、中央银行", "央行", [("央行", ("人民银行", "中央银行"))]),
        ("\ufeff央行, 人民银行", "央行", [("央行", ("人民银行",))]),
        ("央行, 人民银行", "中 央 行", []),
        ("经济, economy", "經濟", [("經濟", ("economy",))]),
        ("WHO => 世卫", "who", [("who", ("世卫",))]),
        ("WHO => 世卫", "世卫", []),
        ("WHO, UN => 世卫", "un", [("un", ("世卫",))]),
        ("WHO => 世卫\nWHO => 卫生组织", "who", [("who", ("世卫", "卫生组织"))]),
        ("rate cut, easing", "a Rate-Cut now", [("Rate-Cut", ("easing",))]),
        ("rate cut, easing", "rate cuts", []),
        ("rate cut, easing", "prorate cut", []),
        ("rate cut, easing", "rate. cut", []),
        ("U.S., America", "the U.S. says", [("U.S", ("America",))]),
        ("AT&T, 电话公司", "at&t", [("at&t", ("电话公司",))]),
        ("日银 => BOJ\n日银行长 => 总裁", "日银行长", [("日银行长", ("总裁",))]),
        ("央行, 人民银行", "央行,央行", [("央行", ("人民银行",))] * 2),
        ("# nothing, here\n\n央行, 人民银行  # said", "央行", [("央行", ("人民银行",))]),
        ("C#, 夏普语言", "c#", [("c", ("夏普语言",))]),
        ("央行, 央行, 人民银行", "央行", [("央行", ("人民银行",))]),
        ("[ja]\n日銀, 日本銀行", "日銀", [("日銀", ("日本銀行",))]),
        ("[ja]\n日銀, 日本銀行", "Boj", []),
        ("[zh]\nルール, 规则", "ルール", []),
        ("[zh]\n央行, 人民银行", "央行です", []),
        ("[en]\nrate cut, easing", "rate cut 利率", [("rate cut", ("easing",))]),
        ("[ja]\nrate cut, 利下げ", "rate cut", []),
        ("a1, b1\n[en]\na1, c1", "a1", [("a1", ("b1", "c1"))]),
        ("[ en ]\na1, c1\n[zh]\nb1, d1", "a1 b1", [("a1", ("c1",))]),
        ("x" * 100 + ", y", "y", [("y", ("x" * 100,))]),
        ("", "央行", []),
    ],
)
def test_what_a_file_says(text: str, query: str, expected: list[object]) -> None:
    assert meanings(text, query) == expected


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("ok, fine\n央行", 2, "names only one thing"),
        ("经济, 經濟", 1, "names only one thing"),
        ("央行, 央行", 1, "names only one thing"),
        ("a => a", 1, "names only one thing"),
        ("a, , b", 1, "nothing stands beside"),
        ("a, b,", 1, "nothing stands beside"),
        ("=> b", 1, "nothing stands beside"),
        ("\n\na =>", 3, "nothing stands beside"),
        ("a => b => c", 1, "more than once"),
        ("a, ?!", 1, "'?!' has no letter or digit"),
        ("a, " + "x" * 101, 1, "has 101 characters, at most 100"),
        (", ".join("x" * n for n in range(1, 102)), 1, "has 101 members, at most 100"),
        ("[fr]\na, b", 1, "'[fr]' is no section; those are [zh], [ja], [en]"),
        ("[zh", 1, "'[zh' is no section"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(InvalidSynonyms) as caught:
        parse(text)
    assert str(caught.value).startswith(f"s.txt, line {line}: ")
    assert reason in str(caught.value)


def test_bytes_that_are_not_utf_8_are_said_with_their_line() -> None:
    with pytest.raises(InvalidSynonyms, match=r"s\.txt, line 2: not UTF-8"):
        parse_synonyms(b"a, b\n" + "央行, 人民银行".encode("gb18030"), "s.txt")


def test_a_file_has_so_many_lines_and_no_more() -> None:
    assert len(parse("a1, b1\n" * 10_000).entries) == 2
    with pytest.raises(InvalidSynonyms, match="has 10001 lines, at most 10000"):
        parse("a1, b1\n" * 10_001)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(InvalidSynonyms, match="cannot read these synonyms"):
            read_synonyms(path)


PIECES = st.lists(
    st.sampled_from(
        ["央行", "利率", "rate", "cut", " ", ",", "、", "=>", "\n", "[en]", "[zh]", "#", "."]
    )
)


@given(st.binary() | PIECES.map("".join).map(str.encode), st.text() | PIECES.map("".join))
def test_any_bytes_are_synonyms_or_the_error(content: bytes, query: str) -> None:
    try:
        found = parse_synonyms(content, "s.txt")
    except InvalidSynonyms as error:
        assert "s.txt" in str(error)
        return
    end = 0
    for (start, next_end), alike in groupby(found.meanings(query), attrgetter("start", "end")):
        assert end <= start < next_end
        texts = [meaning.text for meaning in alike]
        assert len(set(texts)) == len(texts)
        end = next_end


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synonyms, "SECONDS_BETWEEN_LOOKS", 0.0)


def of(file: SynonymsFile, query: str) -> list[str]:
    return [meaning.text for meaning in file.current().synonyms.meanings(query)]


@pytest.mark.usefixtures("impatient")
def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a1, b1")
    file = SynonymsFile(path)
    assert of(file, "a1") == ["b1"]
    path.write_text("a1, longer")
    assert of(file, "a1") == ["longer"]
    replacement = tmp_path / "new.txt"
    replacement.write_text("a1, other")
    replacement.replace(path)
    assert of(file, "a1") == ["other"]
    assert file.current().problem is None


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("broken", ["a1", None])
def test_a_broken_file_leaves_what_was_read_before_and_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str | None
) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a1, b1")
    file = SynonymsFile(path)
    path.unlink()
    if broken:
        path.write_text(broken)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert of(file, "a1") == ["b1"]
            assert file.current().problem is not None
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    path.write_text("a1, mended")
    assert of(file, "a1") == ["mended"]
    assert file.current().problem is None


def test_a_file_is_looked_at_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synonyms, "SECONDS_BETWEEN_LOOKS", 3600.0)
    path = tmp_path / "s.txt"
    path.write_text("a1, b1")
    file = SynonymsFile(path)
    path.write_text("a1, longer")
    assert of(file, "a1") == ["b1"]


def test_a_broken_file_is_an_error_to_begin_with(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text("a1")
    with pytest.raises(InvalidSynonyms):
        SynonymsFile(path)


def test_places_are_of_the_normalized_text() -> None:
    # ㎏ becomes two characters.
    assert parse("央行, 人民银行").meanings("㎏央行") == (Meaning(2, 4, "人民银行", WEIGHT, None),)


def test_a_meaning_knows_the_section_that_has_it_first() -> None:
    found = parse("a1, b1\n[en]\na1, b1, c1").meanings("a1")
    assert [(m.text, m.language) for m in found] == [("b1", None), ("c1", "en")]
