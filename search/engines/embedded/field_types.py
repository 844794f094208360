"""The fields as Whoosh sees them: how our tokens come in, and how what a Whoosh user types is read.

Our writer brings tokens, and our engine its own queries. But whoever opens an index with Whoosh
alone needs fields that can read text::

    index = whoosh.index.open_dir(folder)
    query = QueryParser("text_words", index.schema).parse("rates")

So each field that holds something to be typed carries an analyzer, which asks our register as the
index did. The language of what is typed is not known: words are those of every candidate language,
of which any may match; pairs of characters must stand side by side. Fields of words have no
positions; quoted phrases are for fields of grams.

Whoosh pickles these objects into the index, under the names of :mod:`sanbao.pickled`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from whoosh import fields, formats
from whoosh.analysis import Analyzer
from whoosh.analysis import Token as WhooshToken

from sanbao.search.analysis import analyze, words_analyzer
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import BREAK_TERM
from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.analysis.language import query_languages
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.token import Token
from sanbao.search.fields import Reader, Tokens


class RegisterAnalyzer(Analyzer):
    """Reads text for Whoosh as our register does.

    Args:
        name: of :data:`search.fields.Reader`.
    """

    __module__ = "sanbao.pickled"

    def __init__(self, name: Reader) -> None:
        self.name = name

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        start_pos: int = 0,
        start_char: int = 0,
        tokenize: bool = True,
        mode: str = "",
        **kwargs: Any,
    ) -> Iterator[WhooshToken]:
        """The tokens of a text; what they have, and when, is Whoosh's to say.

        Args:
            tokenize: False for the beginning of a term or a pattern, which is only folded.
            mode: ``query`` for what was typed; anything else is a text that has what was typed.
        """
        found = _READERS[self.name](value) if tokenize else _beginning(value)
        if mode == "query" and self.name == "grams":
            found = _of_phrase(found)
        for token in found:
            yielded = WhooshToken(positions, chars, mode=mode, **kwargs)
            yielded.text, yielded.boost, yielded.stopped = token.text, 1.0, False
            if positions:
                yielded.pos = start_pos + token.position
            if chars:
                yielded.startchar = start_char + token.start
                yielded.endchar = start_char + token.end
            yield yielded


class TokensField(fields.FieldType):
    """Takes the tokens that our analysis made, where Whoosh's own fields would analyse text.

    Args:
        analyzer: the name of the :class:`RegisterAnalyzer` for what is typed, if anything can be.
    """

    __module__ = "sanbao.pickled"

    def __init__(self, posting_format: formats.Format, analyzer: Reader | None = None) -> None:
        super().__init__(
            posting_format,
            analyzer=_analyzer(analyzer),
            scorable=True,
            multitoken_query="phrase" if isinstance(posting_format, formats.Positions) else "or",
        )

    def index(self, value: Tokens, **kwargs: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """For each distinct term: its bytes, frequency, weight and encoded posting value."""
        if not isinstance(self.format, formats.Positions):
            for term, count in Counter(value.terms).items():
                yield term.encode(), count, float(count), _frequency(count)
            return
        positions: dict[str, list[int]] = defaultdict(list)
        for term, position in zip(*value, strict=True):
            positions[term].append(position)
        for term, places in positions.items():
            yield term.encode(), len(places), float(len(places)), self.format.encode(places)


class KeywordsField(fields.FieldType):
    """Takes whole values as terms, for filters.

    Args:
        analyzer: as of :class:`TokensField`.
    """

    __module__ = "sanbao.pickled"

    def __init__(self, analyzer: Reader | None = None, unique: bool = False) -> None:
        super().__init__(formats.Existence(), analyzer=_analyzer(analyzer), unique=unique)

    def index(self, value: Tokens, **kwargs: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        """For each distinct value: its bytes, 1, 1.0 and no posting value."""
        for term in dict.fromkeys(value.terms):
            yield term.encode(), 1, 1.0, b""


def _analyzer(name: Reader | None) -> RegisterAnalyzer | None:
    return None if name is None else RegisterAnalyzer(name)


def _frequency(count: int) -> bytes:
    return count.to_bytes(4, "big")


def _words(text: str) -> list[Token]:
    """The words of every language that the text may be in, in order of their places."""
    names = dict.fromkeys(words_analyzer(language) for language in query_languages(text))
    found = {(t.start, t.end, t.text) for name in names for t in analyze(text, name)}
    return [
        Token(term, position, start, end)
        for position, (start, end, term) in enumerate(sorted(found))
    ]


def _of_phrase(grams: list[Token]) -> list[Token]:
    """The grams that all texts have which have these characters, whatever comes after them."""
    while grams and grams[-1].text == BREAK_TERM:
        grams = grams[:-1]
    while grams and grams[0].text == BREAK_TERM:
        grams = grams[1:]
    ends_in_pair = len(grams) > 1 and grams[-2].end == grams[-1].end
    return grams[:-1] if ends_in_pair else grams


def _whole(term: str, text: str) -> list[Token]:
    return [Token(term, 0, 0, len(text))] if term else []


def _beginning(text: str) -> list[Token]:
    return _whole(fold(normalize(text).text), text)


_READERS: dict[Reader, Callable[[str], list[Token]]] = {
    "words": _words,
    "grams": lambda text: analyze(text, "grams"),
    "keyword": lambda text: _whole(keyword(text), text),
    "title": lambda text: _whole(whole_title(text), text),
    "exact": lambda text: _whole(text, text),
}
