"""Japanese words: morphemes by MeCab with the UniDic dictionary, through fugashi."""

from __future__ import annotations

import threading
from importlib.metadata import version
from typing import NamedTuple

import unidic_lite
from fugashi import Tagger, UnidicNode

VERSION = "1"

_FUNCTION_WORDS = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})
_PROPER_NOUN = "固有名詞"

_local = threading.local()


class JapaneseWord(NamedTuple):
    """A word of a text.

    Attributes:
        base: the form it has in the dictionary, by which its inflections find each other.
        start, end: ``text[start:end]`` is the word as written.
        surface: the word as written.
    """

    base: str
    start: int
    end: int
    surface: str


def tokenize(text: str) -> list[JapaneseWord]:
    """The content words of a normalized text, in order; particles, endings and signs left out."""
    words = []
    end = 0
    for node in _tagger()(text):
        start = end + len(node.white_space)
        end = start + len(node.surface)
        if node.feature.pos1 not in _FUNCTION_WORDS:
            words.append(JapaneseWord(_base(node), start, end, node.surface))
    return words


def fingerprint() -> str:
    """What decides the words: version of this code, tagger and dictionary."""
    return f"{VERSION} fugashi-{version('fugashi')} unidic-lite-{version('unidic-lite')}"


def _base(node: UnidicNode) -> str:
    # A proper noun's lemma is its reading, which many names share.
    if node.is_unk or node.feature.pos2 == _PROPER_NOUN or not node.feature.lemma:
        return str(node.surface)
    # "サーバー-server": the lemma of a loan word names its source.
    return str(node.feature.lemma).partition("-")[0] or str(node.surface)


def _tagger() -> Tagger:
    # Threads that share a Tagger get each other's words, without any error.
    if not hasattr(_local, "tagger"):
        _local.tagger = Tagger(f'-d "{unidic_lite.DICDIR}"')
    return _local.tagger
