"""Chinese words: where a run of Han characters is cut.

The cuts are those of jieba (https://github.com/fxsjy/jieba): the most probable path through a
dictionary, and a hidden Markov model for what it does not hold. rjieba finds the same many times
faster; jieba stands in where rjieba has no build. The figures:
docs/decisions/0002-chinese-segmenter.md.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

import platformdirs

from sanbao.search.analysis.han import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.releases import release
from sanbao.search.errors import InvalidUserDictionary
from sanbao.search.limits import loading

VERSION = "1"
USER_DICTIONARY_VARIABLE = "SANBAO_USER_DICT"

STOP_WORDS: frozenset[str] = frozenset(
    [
        *"的了着著过地得是在和与及或也都就还而但并被把对从以为于之其这那有等所将会要",
        *"我你他她它您谁哪吗呢吧啊",
        *("我们", "你们", "他们", "她们", "它们", "这个", "那个", "这些", "那些", "什么", "怎么"),
        *("哪个", "哪些", "如何", "以及", "因为", "所以", "但是", "而且", "如果", "或者"),
    ]
)
"""Folded words that say nothing about what a text is about."""

_USER_LINE = re.compile(r"(?P<word>\S+)(?: +(?P<freq>\d+))?(?: +(?P<tag>[a-zA-Z]+))?")


class UserWord(NamedTuple):
    """A word of a user dictionary; one without frequency gets one that makes it a word."""

    word: str
    freq: int | None
    tag: str | None


class Tokenizer(Protocol):
    """What jieba and rjieba both offer."""

    def tokenize(self, text: str, mode: str) -> Iterable[tuple[str, int, int]]: ...

    def cut(self, text: str) -> Iterable[str]: ...

    def cut_for_search(self, text: str) -> Iterable[str]: ...

    def add_word(self, word: str, freq: int | None, tag: str | None) -> object: ...


class _Segmenter:
    """A tokenizer, which is loaded when it is first needed: that takes a tenth of a second."""

    def __init__(self, words: Sequence[UserWord] = (), words_hash: str = "none") -> None:
        self._words = words
        self._package = "rjieba" if find_spec("rjieba") else "jieba"
        name = f"{self._package}-{release(self._package)}"
        self.fingerprint = f"{VERSION} {name} user-dictionary-{words_hash}"

    @cached_property
    def tokenizer(self) -> Tokenizer:
        load = {"rjieba": load_rjieba, "jieba": load_jieba}[self._package]
        with loading():
            return load(self._words)


_loaded: _Segmenter | None = None
_loading = threading.Lock()


def segment(run: str) -> list[tuple[int, int]]:
    """The words of a run of folded Han characters, as sorted ``(start, end)``.

    As in jieba's search mode, a word also gives the words of two and three characters inside it:
    中国科学院 gives 中国, 科学, 学院, 科学院 and itself. Every character is in some word.
    """
    tokens = _segmenter().tokenizer.tokenize(run, "search")
    return sorted((start, end) for _, start, end in tokens)


def partition(run: str) -> Iterator[tuple[int, int]]:
    """Those of the same words that are not inside another, one after the other."""
    for _, start, end in _segmenter().tokenizer.tokenize(run, "default"):
        yield start, end


def cut(run: str) -> Iterable[str]:
    """The text of each of these."""
    return _segmenter().tokenizer.cut(run)


def words(run: str) -> Iterable[str]:
    """The words that :func:`segment` finds, in no particular order."""
    return _segmenter().tokenizer.cut_for_search(run)


def fingerprint() -> str:
    """What decides the words: version of this code, segmenter, user dictionary.

    Raises:
        InvalidUserDictionary: as :func:`load_user_dictionary`.
    """
    return _segmenter().fingerprint


def load_user_dictionary(path: str | Path | None) -> None:
    """Cut by these words too, from now on, in all threads; None forgets them.

    Left uncalled, the file that the variable ``SANBAO_USER_DICT`` names is loaded.

    Args:
        path: a UTF-8 file in jieba's format, a line a word: ``word [frequency] [tag]``. Words may
            be in any Han script.

    Raises:
        InvalidUserDictionary: when the file cannot be read or a line has another format; then
            nothing changes.
    """
    global _loaded
    _loaded = _load(Path(path) if path else None)


def _segmenter() -> _Segmenter:
    global _loaded
    if _loaded is None:
        with _loading:
            path = os.environ.get(USER_DICTIONARY_VARIABLE)
            _loaded = _loaded or _load(Path(path) if path else None)
    return _loaded


def _load(user_dictionary: Path | None) -> _Segmenter:
    content = _read(user_dictionary) if user_dictionary else b""
    words = list(_parse(user_dictionary, content)) if user_dictionary else []
    return _Segmenter(words, hashlib.sha256(content).hexdigest()[:12]) if words else _Segmenter()


def load_rjieba(words: Sequence[UserWord] = ()) -> Tokenizer:
    """An rjieba tokenizer.

    Raises:
        ImportError: where it is not installed.
    """
    import rjieba

    # Importing it loads a dictionary, which is shared as long as nobody adds words to it.
    tokenizer: Tokenizer = _add(words, rjieba.Jieba()) if words else rjieba._DEFAULT_JIEBA
    return tokenizer


def load_jieba(words: Sequence[UserWord] = ()) -> Tokenizer:
    """A jieba tokenizer."""
    import jieba

    jieba.setLogLevel(logging.CRITICAL)  # it would tell of each start, and where it cannot cache
    tokenizer = jieba.Tokenizer()
    # jieba believes what its cache says, which by default lies where every user may write.
    tokenizer.tmp_dir = str(_private_cache())
    return _add(words, tokenizer)


def _add(words: Iterable[UserWord], tokenizer: Tokenizer) -> Tokenizer:
    for word in words:
        tokenizer.add_word(*word)
    return tokenizer


def _private_cache() -> Path:
    folder = platformdirs.user_cache_path("sanbao")
    with contextlib.suppress(OSError):  # without it jieba only starts more slowly
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidUserDictionary(
            f"{path}: cannot read this user dictionary: {error.strerror}"
        ) from None


def _parse(path: Path, content: bytes) -> Iterator[UserWord]:
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).splitlines(), 1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise InvalidUserDictionary(f"{path}, line {number}: not UTF-8") from None
        if text:
            yield _parse_line(text, f"{path}, line {number}")


def _parse_line(line: str, place: str) -> UserWord:
    entry = _USER_LINE.fullmatch(line)
    if not entry:
        raise InvalidUserDictionary(f"{place}: {line!r} is not 'word [frequency] [tag]'")
    word = fold(normalize(entry["word"]).text)
    return UserWord(word, int(entry["freq"]) if entry["freq"] else None, entry["tag"])
