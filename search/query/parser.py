"""What a user typed to a :class:`search.query.tree.Query`.

::

    query    = sequence { "OR" sequence }
    sequence = item { [ "AND" ] item }
    item     = ( "-" | "NOT" ) item | "(" query ")" | field ":" value | "title:(" query ")" | value
    value    = '"' text '"' [ near ] | word [ "*" | "~" [ "0" | "1" | "2" ] ]
    near     = "~" ( number | "s" | "sentence" )
    field    = "title" | "source" | "lang" | "category" | "author" | "date"

Full-width forms and the quotation marks 「」『』“” mean the same. Whatever is not valid here is
searched as words, and what is beyond the limits is passed over with a warning. Plain words of one
sequence belong together, wherever they stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from sanbao.search.analysis.grams import PART_GAP
from sanbao.search.analysis.keyword import keyword, whole_title
from sanbao.search.analysis.language import written_languages
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import HAN, HIRAGANA, has_cjk
from sanbao.search.article import LANGUAGES
from sanbao.search.dates import parse_range
from sanbao.search.errors import EmptyQuery, InvalidRequest, QueryTooLarge
from sanbao.search.expansion.synonyms import Synonyms
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.fuzzy import fuzzy_query
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    KeywordField,
    Near,
    Not,
    Nothing,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Text,
)
from sanbao.search.query.words import phrase_query, text_query
from sanbao.search.request import SearchRequest
from sanbao.search.results import NO_WORDS, SHORT_BEGINNING, TOO_DEEP, TOO_MANY

FARTHEST = PART_GAP - 1
"""Positions apart: no more than there are between the title and the body."""

OWN_LANGUAGE_BONUS = 0.1
"""Articles in the query's own writing come first, unless they fit much worse: they must, because
folded characters make the other languages look alike. docs/decisions/0016-ranking.md."""

WHOLE_TITLE_BONUS = 2.0
"""More than everything else together can make: who types a title wants that article."""

# Nobody who types full-width forms should have to change to others for the signs of a query.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(full): half for full, half in zip("　〜｢｣", " ~「」", strict=True)
}
_PAIRED = {"“": "”", "「": "」", "『": "』"}
_QUOTES = {'"': '"”', "“": '”"', "”": '”"', "「": "」", "『": "』"}
_MINUS = "-\u2212"
# Of a number that is longer its beginning is large enough.
_NEAR = re.compile(r"~(?:0*(\d{1,18})\d*|s(?:entence)?\b)", re.IGNORECASE)
# Not of a number, which is more often the end of a range.
_FUZZY = re.compile(f"(.*[^\\W\\d_{HAN}{HIRAGANA}])~([0-2]?)")
_FIELD = re.compile(r"(title|source|lang|category|author|date):(?=\S)", re.IGNORECASE)
_WORD = re.compile(f"[^\\s(){''.join(_QUOTES)}」』]+")
_KEYWORD_FIELDS: dict[str, KeywordField] = {
    "source": "source",
    "category": "category",
    "author": "author",
}


class Understood(NamedTuple):
    """A query, and sentences of :data:`search.results.PASSED_OVER` on what is not in it.

    Attributes:
        in_words: for a text of words and quotations alone, such as a headline, the query without
            quotation marks: what to ask when nothing at all is found.
    """

    query: Query
    warnings: tuple[str, ...]
    in_words: Query | None = None


def understand(
    request: SearchRequest, limits: Limits = DEFAULT_LIMITS, synonyms: Synonyms | None = None
) -> Understood:
    """The tree of a request: its text and its filters.

    Args:
        synonyms: what else may stand for plain words, unless they are to be left out.

    Raises:
        EmptyQuery: when there is neither text nor filter.
        QueryTooLarge: naming what is too long, or the filter that has too many values.
    """
    _check_length("q", request.text, limits)
    _check_filters(request, limits)
    filters = _filters(request)
    blank = not request.text.strip()
    typed = Understood(Everything(), ()) if blank and filters else None
    query, warnings, in_words = typed or understand_text(request.text, limits, synonyms)

    def whole(query: Query) -> Query:
        if any(isinstance(node, Text | Phrase | Near) for node in query.walk()):
            query = _prefer(query, request.text)
        return And((query, *filters)) if filters else query

    return Understood(whole(query), warnings, in_words and whole(in_words))


def understand_text(
    text: str, limits: Limits = DEFAULT_LIMITS, synonyms: Synonyms | None = None
) -> Understood:
    """The tree of a text; ``synonyms`` as in :func:`understand`.

    Raises:
        EmptyQuery: when there is nothing but white space.
        QueryTooLarge: when it is longer than the limits allow.
    """
    _check_length("q", text, limits)
    if not text.strip():
        raise EmptyQuery("q", "is empty; give words to search for, or * for every article")
    if text.translate(_HALF_WIDTH).strip() == "*":
        return Understood(Everything(), ())
    typed = list(_tokens(text.translate(_HALF_WIDTH)))
    few = _first_clauses(typed, limits.clauses)
    shallow = _without_deepest(few, limits.depth)
    parser = _Parser(shallow, limits, synonyms)
    # Operators alone are words after all.
    query = parser.parse() or _words(shallow, synonyms)
    holds = {
        NO_WORDS: query is None,
        TOO_MANY: len(few) < len(typed),
        TOO_DEEP: len(shallow) < len(few),
        SHORT_BEGINNING: parser.is_beginning_short,
    }
    warnings = tuple(filter(holds.__getitem__, holds))
    return Understood(query or Nothing(), warnings, _in_words(shallow, synonyms))


def _words(tokens: list[_Token], synonyms: Synonyms | None) -> Query | None:
    return text_query(" ".join(token.text for token in tokens), synonyms=synonyms)


def _in_words(tokens: list[_Token], synonyms: Synonyms | None) -> Query | None:
    """What is quoted as plain words, where there are some beside it and nothing else."""
    kinds = {token.kind for token in tokens}
    is_plain = kinds - {"(", ")"} == {"word", "quote"}
    if not is_plain or any(token.is_near or _is_pattern(token.text) for token in tokens):
        return None
    return _words(tokens, synonyms)


def query_of(request: SearchRequest, limits: Limits = DEFAULT_LIMITS) -> Query:
    """The query of :func:`understand`, which says what it raises."""
    return understand(request, limits).query


def parse_query(text: str, limits: Limits = DEFAULT_LIMITS) -> Query:
    """The query of :func:`understand_text`, which says what it raises."""
    return understand_text(text, limits).query


def _prefer(query: Query, text: str) -> Query:
    """The query, with articles in the writing of the text and of that very title first."""
    if written := written_languages(text):
        query = Prefer(query, "language", tuple(map(keyword, written)), OWN_LANGUAGE_BONUS)
    return Prefer(query, "whole_title", (whole_title(text),), WHOLE_TITLE_BONUS)


def _check_filters(request: SearchRequest, limits: Limits) -> None:
    for parameter, values in (
        ("lang", request.languages),
        ("source", request.sources),
        ("category", request.categories),
        ("author", request.authors),
    ):
        if len(values) > limits.clauses:
            raise QueryTooLarge(
                parameter, f"has {len(values)} values, at most {limits.clauses} are allowed"
            )
        for value in values:
            _check_length(parameter, value, limits)


def _check_length(parameter: str, text: str, limits: Limits) -> None:
    if len(text) > limits.query_length:
        raise QueryTooLarge(
            parameter, f"has {len(text)} characters, at most {limits.query_length} are allowed"
        )


def _filters(request: SearchRequest) -> list[Query]:
    wanted: dict[KeywordField, tuple[str, ...]] = {
        "language": request.languages,
        "source": request.sources,
        "category": request.categories,
        "author": request.authors,
    }
    alternatives = [
        _join(Or, [Keyword(name, keyword(value)) for value in values])
        for name, values in wanted.items()
    ]
    filters = [node for node in alternatives if node is not None]
    return [*filters, Published(request.published)] if request.published else filters


class _Token(NamedTuple):
    """``kind`` is one of ``( ) - and or not field quote word``.

    Attributes:
        near: what a quotation with ``~`` has for :class:`search.query.tree.Near`, if ``is_near``.
    """

    kind: str
    text: str
    near: int | None = None
    is_near: bool = False


def _clauses(token: _Token) -> int:
    """How many things to look for the token is."""
    if token.kind not in ("word", "quote"):
        return 0
    return len(token.text.split()) if token.is_near else 1


def _first_clauses(tokens: list[_Token], most: int) -> list[_Token]:
    """The tokens before the clause that is one too many, or the field that it would be of."""
    clauses = accumulate(map(_clauses, tokens))
    kept = [token for token, count in zip(tokens, clauses, strict=True) if count <= most]
    cut = len(kept) < len(tokens)
    return kept[:-1] if cut and kept and kept[-1].kind == "field" else kept


def _without_deepest(tokens: list[_Token], most: int) -> list[_Token]:
    """The tokens without pairs of brackets that stand deeper than ``most``."""
    kept: list[_Token] = []
    depth = 0
    for token in tokens:
        before = depth
        depth = max(0, depth + {"(": 1, ")": -1}.get(token.kind, 0))
        if max(before, depth) <= most or token.kind not in "()":
            kept.append(token)
    return kept


def _tokens(text: str) -> Iterator[_Token]:
    at, pairs = 0, _pairs(text)
    while at < len(text):
        token, at = _next_token(text, at, pairs)
        if token:
            yield token


def _pairs(text: str) -> dict[int, int]:
    """Where the quotation marks that open and close differently are closed."""
    pairs: dict[int, int] = {}
    opened: dict[str, list[int]] = {closer: [] for closer in _PAIRED.values()}
    for at, character in enumerate(text):
        if character in _PAIRED:
            opened[_PAIRED[character]].append(at)
        elif opened.get(character):
            pairs[opened[character].pop()] = at
    return pairs


def _next_token(text: str, at: int, pairs: dict[int, int]) -> tuple[_Token | None, int]:
    character = text[at]
    if character in "()":
        return _Token(character, character), at + 1
    if character in _QUOTES:
        return _quoted(text, at, pairs)
    if character in _MINUS and _WORD_OR_GROUP.match(text, at + 1):
        return _Token("-", character), at + 1
    if named := _FIELD.match(text, at):
        return _Token("field", named[1].lower()), named.end()
    if word := _WORD.match(text, at):
        kind = {"AND": "and", "OR": "or", "NOT": "not"}.get(word[0], "word")
        return _Token(kind, word[0]), word.end()
    return None, at + 1


_WORD_OR_GROUP = re.compile(f"[^\\s{re.escape(_MINUS)})]")


def _quoted(text: str, at: int, pairs: dict[int, int]) -> tuple[_Token | None, int]:
    closers = _QUOTES[text[at]]
    end = pairs.get(at) or _first_closer(text, at + 1, closers)
    if end < 0:
        return None, at + 1
    inside = text[at + 1 : end]
    if near := _NEAR.match(text, end + 1):
        return _Token("quote", inside, int(near[1]) if near[1] else None, True), near.end()
    return _Token("quote", inside), end + 1


def _first_closer(text: str, start: int, closers: str) -> int:
    """The first mark that closes, or -1; a quotation in the quotation may end with ”, too."""
    inner = 0
    for at in range(start, len(text)):
        if text[at] in closers and not (inner and text[at] == "”"):
            return at
        inner += {"“": 1, "”": -1}.get(text[at], 0)
    return -1


@dataclass
class _Sequence:
    """The items of one sequence as they are read."""

    part: Part
    strict: bool
    synonyms: Synonyms | None
    plain: list[str] = field(default_factory=list)
    nodes: list[Query] = field(default_factory=list)
    keywords: dict[str, list[Query]] = field(default_factory=dict)

    def end_of_operand(self) -> None:
        """Make the plain words so far one node, and so the filters so far on each field."""
        if self.plain:
            quoted = any(isinstance(node, Phrase | Near) for node in self.nodes)
            plain = " ".join(self.plain)
            self.add_node(
                text_query(
                    plain,
                    self.part,
                    require_all=self.strict,
                    is_beside_phrase=quoted,
                    synonyms=self.synonyms,
                )
            )
        for nodes in self.keywords.values():
            self.add_node(_join(Or, nodes))
        self.plain, self.keywords = [], {}

    def node(self) -> Query | None:
        self.end_of_operand()
        if self.nodes and all(isinstance(node, Not) for node in self.nodes):
            self.nodes.insert(0, Everything())
        return _join(And, self.nodes)

    def add_node(self, node: Query | None) -> None:
        if node is not None:
            self.nodes.append(node)

    def add(self, node: Query | None) -> None:
        """Add a node; filters on one field are alternatives, unless AND or brackets part them."""
        if isinstance(node, Keyword | Published):
            name = node.field if isinstance(node, Keyword) else "date"
            self.keywords.setdefault(name, []).append(node)
        else:
            self.add_node(node)


class _Parser:
    """Recursive descent over the tokens; unmatched brackets and operators are passed over."""

    def __init__(
        self, tokens: list[_Token], limits: Limits, synonyms: Synonyms | None = None
    ) -> None:
        self.tokens = tokens
        self.limits = limits
        self.synonyms = synonyms
        self.at = 0
        self.part: Part = "text"
        self.is_beginning_short = False

    def parse(self) -> Query | None:
        nodes = []
        while self.at < len(self.tokens):
            nodes.append(self._alternatives())
            self.at += 1  # a closing bracket that nothing opened
        return _join(And, nodes)

    def _alternatives(self) -> Query | None:
        nodes = [self._sequence()]
        while self._peek() == "or":
            self.at += 1
            nodes.append(self._sequence())
        return _join(Or, nodes)

    def _sequence(self) -> Query | None:
        sequence = _Sequence(self.part, self._has_explicit_and(), self.synonyms)
        while (kind := self._peek()) not in (None, ")", "or"):
            if kind == "and":
                self.at += 1
                sequence.end_of_operand()
            elif self._is_plain_word(self.at):
                sequence.plain.append(self._take().text)
            elif kind == "(" and not sequence.strict and (words := self._plain_group()):
                sequence.plain += words
            elif kind == "(":
                sequence.add_node(self._item())
            else:
                sequence.add(self._item())
        return sequence.node()

    def _plain_group(self) -> list[str]:
        """The words of a group that has nothing else, as in a headline; it is read then."""
        end = next(
            (n for n in range(self.at + 1, len(self.tokens)) if not self._is_plain_word(n)), None
        )
        if end is None or self.tokens[end].kind != ")":
            return []
        words = [token.text for token in self.tokens[self.at + 1 : end]]
        self.at = end + 1 if words else self.at
        return words

    def _is_plain_word(self, number: int) -> bool:
        token = self.tokens[number]
        return token.kind == "word" and not _is_pattern(token.text)

    def _item(self) -> Query | None:
        token = self._take()
        if token.kind in ("-", "not"):
            return self._negated()
        if token.kind == "(":
            return self._group()
        if token.kind == "field":
            return self._fielded(token.text)
        return self._value(token)

    def _negated(self) -> Query | None:
        negative = True
        while self._peek() in ("-", "not"):
            self.at += 1
            negative = not negative
        if self._peek() in (None, ")", "or", "and"):
            return None
        synonyms = self.synonyms
        if negative:  # nothing is left out but what was named
            self.synonyms = None
        node = self._left_out() if negative else self._item()
        self.synonyms = synonyms
        return Not(node) if node is not None and negative else node

    def _left_out(self) -> Query | None:
        """What the next item finds; of a CJK word of which pieces would do, the whole."""
        if self._peek() != "word" or _is_pattern(word := self.tokens[self.at].text):
            return self._item()
        if not has_cjk(normalize(word).text):
            return self._item()
        self.at += 1
        node = text_query(word, self.part)
        return phrase_query(word, self.part) if node is None or node.share < 1 else node

    def _group(self) -> Query | None:
        node = self._alternatives()
        self.at += 1  # the closing bracket, or the end
        return node

    def _fielded(self, name: str) -> Query | None:
        if name == "title" and self._peek() in ("word", "quote", "("):
            return self._in_title()
        if self._peek() not in ("word", "quote"):
            return text_query(name, self.part)
        token = self._take()
        return _filter(name, token.text) or self._value(_Token("word", f"{name} {token.text}"))

    def _in_title(self) -> Query | None:
        outer, self.part = self.part, "title"
        node = self._item()
        self.part = outer
        return node

    def _has_explicit_and(self) -> bool:
        depth = 0
        for token in self.tokens[self.at :]:
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth < 0 or (depth == 0 and token.kind == "or"):
                return False
            if depth == 0 and token.kind == "and":
                return True
        return False

    def _peek(self) -> str | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def _take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _value(self, token: _Token) -> Query | None:
        if token.is_near:
            return _near(token.text, token.near, self.part)
        if token.kind == "quote":
            return phrase_query(token.text, self.part)
        if token.text.endswith("*"):
            return self._beginning(token.text)
        if fuzzy := _FUZZY.fullmatch(token.text):
            return fuzzy_query(fuzzy[1], int(fuzzy[2]) if fuzzy[2] else None, self.part)
        return self._text(token.text)

    def _text(self, words: str) -> Query | None:
        return text_query(words, self.part, require_all=True, synonyms=self.synonyms)

    def _beginning(self, text: str) -> Query | None:
        phrase = phrase_query(text, self.part, prefix=True)
        least = self.limits.prefix_length
        slots = phrase.slots if phrase else ()
        if any(slot.is_open_ended and len(slot.text) < least for slot in slots):
            self.is_beginning_short = True
            return self._text(text)
        return phrase


def _is_pattern(word: str) -> bool:
    """Whether it stands for several words."""
    return word.endswith("*") or _FUZZY.fullmatch(word) is not None


def _near(text: str, distance: int | None, part: Part) -> Query | None:
    # What is asked twice is asked once.
    phrases = dict.fromkeys(phrase_query(piece, part) for piece in dict.fromkeys(text.split()))
    found = tuple(phrase for phrase in phrases if phrase is not None)
    if len(found) < 2:
        return found[0] if found else None
    return Near(found, None if distance is None else min(distance, FARTHEST), part)


def _filter(name: str, value: str) -> Query | None:
    """The filter node, or None when the value is not one that the field can have."""
    if name == "date":
        try:
            return Published(parse_range("date", value))
        except InvalidRequest:
            return None
    if name == "lang":
        known = {language.lower(): language for language in LANGUAGES}
        language = known.get(value.lower())
        return Keyword("language", keyword(language)) if language else None
    return Keyword(_KEYWORD_FIELDS[name], keyword(value))


def _join(
    kind: Callable[[tuple[Query, ...]], Query], nodes: Sequence[Query | None]
) -> Query | None:
    present = [node for node in nodes if node is not None]
    if len(present) > 1:  # what is asked twice is asked once
        present = list(dict.fromkeys(present))
    return kind(tuple(present)) if len(present) > 1 else (present[0] if present else None)
