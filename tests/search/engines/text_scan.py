"""What a query must find, by looking through every text from its beginning to its end.

A text is read character by character into tokens, by rules written down once more and apart from
:mod:`search.analysis`; only which characters are written alike is taken from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from sanbao.search.analysis.english import STOP_WORDS, stem
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import HAN, HIRAGANA, KATAKANA, has_cjk
from sanbao.search.article import Article
from tests.search.edits import plain_distance


class Token(NamedTuple):
    """A CJK character, a word, or a bar for punctuation and line ends.

    Attributes:
        goes_on: whether the next character is a CJK one too, with nothing between.
    """

    text: str
    goes_on: bool = False


BREAK = Token("|")
# A point ends none before a letter, a digit or a sign that is no quotation mark or bracket.
_SENTENCE_END = re.compile(f"[。!?\\n]|\\.(?=$|[\\s.\"'”’»」』)\\]{HAN}{HIRAGANA}{KATAKANA}])")


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    plain = fold(normalize(text).text)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        character = plain[at]
        end = at + 1
        if has_cjk(character):
            found.append(Token(character, end < len(plain) and has_cjk(plain[end])))
        elif character.isalnum():
            end = _end_of_word(plain, at)
            found.append(Token(plain[at:end].replace(",", "").replace("\u2019", "'")))
        elif not _is_space(plain, at) and found[-1:] != [BREAK]:
            found.append(BREAK)
        at = end
    return found


def _end_of_word(text: str, at: int) -> int:
    def is_letter(place: int) -> bool:
        return place < len(text) and text[place].isalnum() and not has_cjk(text[place])

    while is_letter(at):
        at += 1
        sign, is_number = text[at : at + 1], _is_digit(text, at - 1) and _is_digit(text, at + 1)
        if (sign in ("'", "\u2019") and is_letter(at + 1)) or (sign in (".", ",") and is_number):
            at += 1
    return at


def _is_digit(text: str, at: int) -> bool:
    return text[at : at + 1].isdecimal()


def _is_space(text: str, at: int) -> bool:
    after = text[at + 1 : at + 2]
    return (text[at].isspace() and text[at] != "\n") or (
        text[at] == "-" and (after.isalnum() or after == "_")
    )


def phrase_of(text: str) -> list[Token]:
    """The tokens of a phrase, which punctuation at its ends does not belong to."""
    tokens = tokens_of(text)
    while tokens[-1:] == [BREAK]:
        tokens.pop()
    while tokens[:1] == [BREAK]:
        tokens.pop(0)
    return tokens


def places_of(phrase: Sequence[Token], tokens: Sequence[Token]) -> list[int]:
    """Where a phrase stands among tokens."""
    *before, last = phrase
    return [
        start
        for start in range(len(tokens) - len(before))
        if list(tokens[start : start + len(before)]) == before
        and tokens[start + len(before)].text == last.text
    ]


def parts_of(article: Article) -> dict[str, list[Token]]:
    """The tokens of title and body."""
    return {"title": tokens_of(article.title), "body": tokens_of(article.body)}


Parts = dict[str, list[Token]]


def has_phrase(parts: Parts, text: str) -> bool:
    """Whether a part has the text."""
    return any(places_of(phrase_of(text), tokens) for tokens in parts.values())


def has_beginning(parts: Parts, text: str) -> bool:
    """Whether a word begins so, or for a CJK text whether it stands there."""
    *before, last = phrase_of(text)
    return any(
        tokens[start + len(before)].text.startswith(last.text)
        for tokens in parts.values()
        for start in range(len(tokens) - len(before))
        if tokens[start : start + len(before)] == before
    )


def has_word(parts: Parts, word: str) -> bool:
    """Whether a word of letters is there, or one of the same stem."""
    ((wanted, _),) = phrase_of(word)
    return any(each == wanted or _same_stem(each, wanted) for each in _words(parts))


def has_similar(parts: Parts, word: str, edits: int) -> bool:
    """Whether a word is there that differs by so many typing errors."""
    return has_word(parts, word) or any(
        each[0] == word[0] and plain_distance(each, word) <= edits for each in _words(parts)
    )


def has_in_sentence(article: Article, pieces: Iterable[str]) -> bool:
    """Whether all pieces stand in one sentence of the title or of the body."""
    phrases = [phrase_of(piece) for piece in pieces]
    return any(
        all(places_of(phrase, tokens_of(sentence)) for phrase in phrases)
        for part in (article.title, article.body)
        for sentence in _SENTENCE_END.split(fold(normalize(part).text))
    )


def has_near(parts: Parts, pieces: Iterable[str], distance: int) -> bool:
    """Whether all pieces stand in one part with so much between them at most."""
    phrases = list(dict.fromkeys(tuple(phrase_of(piece)) for piece in pieces))
    length = sum(map(len, phrases))
    return any(
        max(at + len(each) for at, each in zip(starts, phrases, strict=True)) - min(starts) - length
        <= distance
        for tokens in parts.values()
        for starts in product(*(places_of(each, tokens) for each in phrases))
    )


def _words(parts: Parts) -> Iterator[str]:
    for tokens in parts.values():
        yield from (each.text for each in tokens if each != BREAK and not has_cjk(each.text))


def _same_stem(one: str, other: str) -> bool:
    return STOP_WORDS.isdisjoint((one, other)) and stem(one) == stem(other)
