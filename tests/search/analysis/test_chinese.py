"""Chinese words. The expected cuts belong to the dictionary of rjieba 0.2.2 and jieba 0.42.1."""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis import chinese
from sanbao.search.analysis.han import fold
from sanbao.search.errors import InvalidUserDictionary

ZH = Path(__file__).resolve().parents[3].parent / "shared/eval/zh-hant/docs.jsonl.gz"

han_runs = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=40)


def words(run: str) -> list[str]:
    return [run[start:end] for start, end in chinese.segment(run)]


@pytest.fixture
def dictionary(tmp_path: Path) -> Iterator[Path]:
    """A file for user words; whatever a test loads is forgotten afterwards."""
    yield tmp_path / "words.txt"
    chinese.load_user_dictionary(None)


def test_long_words_also_give_the_words_inside() -> None:
    assert words("中国科学院") == ["中国", "中国科学院", "科学", "科学院", "学院"]


def test_traditional_text_is_cut_like_simplified_once_folded() -> None:
    assert words(fold("東京大學校長發表聲明")) == words("东京大学校长发表声明")
    assert {"东京", "大学", "东京大学", "校长"} <= set(words("东京大学校长发表声明"))


@given(han_runs)
def test_every_character_is_in_a_word_and_the_spans_are_sorted(run: str) -> None:
    spans = chinese.segment(run)
    assert spans == sorted(set(spans))
    assert {i for start, end in spans for i in range(start, end)} == set(range(len(run)))
    assert all(0 <= start < end <= len(run) for start, end in spans)


def test_jieba_cuts_the_same_where_rjieba_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = list(_judged_runs(3000)) or ["中国科学院计算所", "微信公开课开讲", "石破茂首相访问中国"]
    expected = [chinese.segment(run) for run in runs]
    monkeypatch.setitem(sys.modules, "rjieba", None)
    monkeypatch.setattr(chinese, "_loaded", None)
    assert [chinese.segment(run) for run in runs] == expected
    assert "jieba-0.42.1" in chinese.fingerprint()


def test_jieba_is_silent_and_its_cache_private(tmp_path: Path) -> None:
    assert _segment_without_rjieba(cache=tmp_path) == "[(0, 2)]\n"
    assert stat.S_IMODE((tmp_path / "sanbao").stat().st_mode) == 0o700
    assert [file.name for file in (tmp_path / "sanbao").iterdir()] == ["jieba.cache"]


def test_jieba_works_without_a_place_for_its_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert _segment_without_rjieba(cache=tmp_path / "file") == "[(0, 2)]\n"


@pytest.mark.parametrize("line", ["三报新闻", "三報新聞 20", "三报新闻 20 nz", "三报新闻 nz"])
def test_user_words_are_cut(dictionary: Path, line: str) -> None:
    assert "三报新闻" not in words("三报新闻发布")
    dictionary.write_text(f"\ufeff\n{line}\n\n", encoding="utf-8")
    chinese.load_user_dictionary(dictionary)
    assert "三报新闻" in words("三报新闻发布")


def test_jieba_cuts_user_words_as_rjieba_does() -> None:
    user_words = [
        chinese.UserWord("三报新闻", None, None),
        chinese.UserWord("云计算器官", 5, "n"),
        chinese.UserWord("公开课", 90_000, None),
    ]
    fast, slow = chinese.load_rjieba(user_words), chinese.load_jieba(user_words)
    for run in ["三报新闻发布会", "云计算器官网", "微信公开课开讲"]:
        assert list(fast.tokenize(run, "search")) == list(slow.tokenize(run, "search"))


def test_the_variable_names_the_user_dictionary(
    dictionary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dictionary.write_text("三报新闻\n", encoding="utf-8")
    monkeypatch.setenv("SANBAO_USER_DICT", str(dictionary))
    monkeypatch.setattr(chinese, "_loaded", None)
    assert "三报新闻" in words("三报新闻发布")


def test_the_fingerprint_tells_user_dictionaries_apart(dictionary: Path) -> None:
    fingerprints = {chinese.fingerprint()}
    assert fingerprints == {"1 rjieba-0.2.2 user-dictionary-none"}
    for content in ["\ufeff\n", "三报新闻\n", "三报新闻 20\n"]:
        dictionary.write_text(content, encoding="utf-8")
        chinese.load_user_dictionary(dictionary)
        fingerprints.add(chinese.fingerprint())
    assert len(fingerprints) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("好\n词 many\n坏 1 n x\n".encode(), "line 3: '坏 1 n x' is not 'word [frequency] [tag]'"),
        ("好\n词 -1\n".encode(), "line 2: '词 -1' is not"),
        ("好\n国".encode("gb18030"), "line 1: not UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_changes_nothing(
    dictionary: Path, content: bytes, message: str
) -> None:
    dictionary.write_bytes(content)
    before = chinese.fingerprint()
    with pytest.raises(InvalidUserDictionary) as error:
        chinese.load_user_dictionary(dictionary)
    assert str(error.value).startswith(f"{dictionary}, {message}")
    assert chinese.fingerprint() == before


def test_a_missing_user_dictionary_is_named(dictionary: Path) -> None:
    with pytest.raises(InvalidUserDictionary, match=re.escape(str(dictionary))):
        chinese.load_user_dictionary(dictionary)


def test_stop_words_are_folded() -> None:
    assert {fold(word) for word in chinese.STOP_WORDS} == chinese.STOP_WORDS


def _segment_without_rjieba(cache: Path) -> str:
    """What a new process without rjieba writes, on stdout and stderr together."""
    program = (
        "import sys; sys.modules['rjieba'] = None; "
        "from sanbao.search.analysis import chinese; print(chinese.segment('中国'))"
    )
    return subprocess.check_output(
        [sys.executable, "-W", "ignore::SyntaxWarning", "-c", program],
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    )


def _judged_runs(count: int) -> Iterator[str]:
    if not ZH.exists():
        return
    with gzip.open(ZH, "rt", encoding="utf-8") as lines:
        bodies = (fold(json.loads(line)["body"]) for line in lines)
        yield from islice((run for body in bodies for run in re.findall("[一-龥]+", body)), count)


def test_english_questions_load_no_chinese_dictionary() -> None:
    program = (
        "import sys; from sanbao.search.query.parser import parse_query;"
        "from sanbao.search.analysis import *;"
        "parse_query('rate cut'); parse_query('利下げ'); fingerprints();"
        "print('rjieba' in sys.modules); parse_query('经济'); print('rjieba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\nTrue\n", done.stderr
