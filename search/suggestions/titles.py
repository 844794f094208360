"""Where a title has what was typed, and how its words go on from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from sanbao.search.analysis import chinese, english, readings
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.readings import ReadWord, Script
from sanbao.search.analysis.romaji import one_spelling
from sanbao.search.analysis.runs import Kind, is_hiragana, runs
from sanbao.search.analysis.suggestion_keys import Spelling, spellings

_FURTHER_WORDS = 2
_WINDOW = 24
"""Characters of a title after what was typed that are cut into words."""

_SCRIPTS: dict[Spelling, Script] = {
    Spelling.PINYIN: "pinyin",
    Spelling.INITIALS: "pinyin",
    Spelling.ROMAJI: "romaji",
}


class Title:
    """A title of an article in a language.

    Attributes:
        text: as it is written.
        folded: normalized and folded, of the length of the normalized text.
    """

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self._language = language
        self._normalized = normalize(text)
        self.folded = fold(self._normalized.text)

    @cached_property
    def letters(self) -> str:
        """Its letters and digits, folded."""
        return readings.letters(self.folded)

    @cached_property
    def script(self) -> Script | None:
        """What it is read in."""
        return readings.script_of(self._normalized.text, self._language)

    @cached_property
    def words(self) -> list[ReadWord]:
        """Its words and how they are read."""
        return readings.read(self._normalized.text, self.script) if self.script else []

    def written(self, start: int, end: int) -> str:
        """How ``folded[start:end]`` is written."""
        first, last = self._normalized.original_span(start, end)
        return self.text[first:last]

    def places_of(self, needle: str) -> Iterator[int]:
        """Where the folded text has a folded needle, not inside a word of letters."""
        place = self.folded.find(needle)
        while place >= 0:
            if not (place and _joins(self.folded[place - 1], needle[0])):
                yield place
            place = self.folded.find(needle, place + 1)

    def written_as(self, start: int, length: int) -> Iterator[int]:
        """Where phrases end that begin at ``start``, with the word that ``length`` characters
        reach into and with the next ones."""
        text = self._normalized.text[start : start + length + _WINDOW]
        words = readings.read(text, self.script) if self.script else _plain_words(text)
        return _ends(text, words, length, start)

    def read_exactly_as(self, spelling: Spelling, typed: str) -> str | None:
        """How it writes words that are read as what is typed, no less and no more."""
        read = self.read_as(spelling, typed, "")
        if read is None or not read[1]:
            return None
        start, (end, *_) = read
        words = [word for word in self.words if start <= word.start and word.end <= end]
        exact = spellings(words, self.script)[spelling] == typed
        return self.written(start, end) if exact else None

    def read_as(self, spelling: Spelling, typed: str, lead: str) -> tuple[int, list[int]] | None:
        """Where it has what is read so and begins with ``lead``: the start, and where phrases end,
        with the word that was typed last and with the next ones."""
        if self.script != _SCRIPTS[spelling]:
            return None
        for first, word in enumerate(self.words):
            if self.folded.startswith(lead, word.start):
                last = self._last_word(first, spelling, typed)
                if last is not None:
                    ends = _ends(self.folded, self.words[last:], 0, 0)
                    return word.start, list(ends)
        return None

    def _last_word(self, first: int, spelling: Spelling, typed: str) -> int | None:
        """The word in which what is typed ends when it begins with the word ``first``."""
        words, latin = self.words, ""
        for last in range(first, len(words)):
            if last > first and self.folded[words[last - 1].end : words[last].start].strip():
                return None
            latin += words[last].initials if spelling is Spelling.INITIALS else words[last].latin
            typed_as = one_spelling(latin) if spelling is Spelling.ROMAJI else latin
            if typed_as.startswith(typed):
                return last
            if not typed.startswith(typed_as):
                return None
        return None


def _ends(text: str, words: Iterable[ReadWord], reach: int, offset: int) -> Iterator[int]:
    """Raised by ``offset``, the ends of words at ``reach`` or after it, as long as nothing but
    white space stands between them."""
    done = further = 0
    for word in words:
        if further > _FURTHER_WORDS or (done and text[done : word.start].strip()):
            return
        done = word.end
        if done >= reach:
            further += 1
            if not _says_little(word.text):
                yield offset + done


def _plain_words(text: str) -> Iterator[ReadWord]:
    for run in runs(text):
        if run.kind is Kind.WORD:
            yield ReadWord(run.start, run.end, text[run.start : run.end], "", "")


def _says_little(word: str) -> bool:
    """Whether a phrase should not end with it."""
    return (
        word in english.STOP_WORDS
        or word in chinese.STOP_WORDS
        or (len(word) == 1 and is_hiragana(word))
        or word.isdigit()
    )


def _joins(one: str, other: str) -> bool:
    """Whether two characters of a folded text are of one word of letters."""
    return one.isalnum() and other.isalnum() and one < "\u2e80" and other < "\u2e80"
