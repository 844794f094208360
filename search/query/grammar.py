"""What a user typed to a syntax tree (:mod:`search.query.syntax`).

::

    query    = sequence { "OR" sequence }
    sequence = item { [ "AND" ] item }
    item     = ( "-" | "NOT" ) item | "(" query ")" | field ":" value | "title:(" query ")" | value
    value    = '"' text '"' [ near ] | word [ "*" | "~" [ "0" | "1" | "2" ] ]
    near     = "~" ( number | "s" | "sentence" )
    field    = one of :data:`search.fields.TYPED_NAMES`

Whatever is not valid here is words, and what is beyond the limits is passed over. Plain words of
one sequence belong together, wherever they stand in it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.syntax import (
    Alternatives,
    Beginning,
    FieldName,
    Filter,
    Fuzzy,
    Group,
    Near,
    Negation,
    Node,
    Operand,
    Quotation,
    Sequence,
    Title,
    Words,
)
from sanbao.search.query.tokens import Token, kind_of_word, tokens

_VALUES = frozenset({"word", "beginning", "fuzzy", "quote", "near"})
_DEEPER = {"(": 1, ")": -1}


class Syntax(NamedTuple):
    """A text as it was read.

    Attributes:
        tree: all that is within the limits.
        tokens: what the tree was made of.
        has_too_many: whether clauses were passed over, and
        is_too_deep: whether brackets were.
    """

    tree: Node
    tokens: list[Token]
    has_too_many: bool
    is_too_deep: bool

    @property
    def is_partly_quoted(self) -> bool:
        """Whether there are plain words and quotations, and nothing else, as in a headline."""
        if {token.kind for token in self.tokens} - {"(", ")"} != {"word", "quote"}:
            return False
        # A sign that ends a quotation is hardly of a headline.
        return all(kind_of_word(token.text) == "word" for token in self.tokens)

    def as_words(self) -> Node:
        """All of it as plain words: signs, names of fields and what is quoted, too."""
        words = _words(self.tokens)
        start, end = (words.start, words.end) if words else (0, 0)
        return Sequence(start, end, (Operand(words, ()),))


def read(text: str, limits: Limits = DEFAULT_LIMITS) -> Syntax:
    """The syntax of any text, in time that grows with its length and the depth of its brackets."""
    typed = list(tokens(text))
    few = _first_clauses(typed, limits.clauses)
    shallow = _without_deepest(few, limits.depth)
    return Syntax(
        _Reader(shallow).read(),
        shallow,
        has_too_many=len(few) < len(typed),
        is_too_deep=len(shallow) < len(few),
    )


def _clauses(token: Token) -> int:
    """How many things to look for the token is."""
    if token.kind not in _VALUES:
        return 0
    return len(token.text.split()) if token.kind == "near" else 1


def _first_clauses(tokens: list[Token], most: int) -> list[Token]:
    """The tokens before the clause that is one too many, or the field that it would be of."""
    clauses = accumulate(map(_clauses, tokens))
    kept = [token for token, count in zip(tokens, clauses, strict=True) if count <= most]
    cut = len(kept) < len(tokens)
    return kept[:-1] if cut and kept and kept[-1].kind == "field" else kept


def _without_deepest(tokens: list[Token], most: int) -> list[Token]:
    """The tokens without pairs of brackets that stand deeper than ``most``."""
    kept: list[Token] = []
    depth = 0
    for token in tokens:
        before = depth
        depth = max(0, depth + _DEEPER.get(token.kind, 0))
        if max(before, depth) <= most or token.kind not in _DEEPER:
            kept.append(token)
    return kept


def _words(tokens: list[Token]) -> Words | None:
    return Words(tokens[0].start, tokens[-1].end, tuple(tokens)) if tokens else None


class _Reader:
    """Recursive descent over the tokens; unmatched brackets and operators are passed over."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.has_and = any(token.kind == "and" for token in tokens)
        self.at = 0

    def read(self) -> Node:
        nodes = [self._alternatives()]
        while self._peek() == ")":  # which nothing opened
            self.at += 1
            nodes.append(self._alternatives())
        if len(nodes) == 1:
            return nodes[0]
        groups = tuple(Group(node.start, node.end, node) for node in nodes)
        return Sequence(*self._place(0), (Operand(None, groups),))

    def _alternatives(self) -> Node:
        first = self.at
        nodes = [self._sequence()]
        while self._peek() == "or":
            self.at += 1
            nodes.append(self._sequence())
        return Alternatives(*self._place(first), tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def _sequence(self) -> Node:
        first, has_and = self.at, self.has_and and self._has_explicit_and()
        operands: list[Operand] = []
        words: list[Token] = []
        items: list[Node] = []
        while (kind := self._peek()) not in (None, ")", "or"):
            if kind == "and":
                self.at += 1
                operands.append(Operand(_words(words), tuple(items)))
                words, items = [], []
            elif kind == "word":
                words.append(self._take())
            elif kind == "(" and not has_and and (inside := self._plain_group()):
                words += inside
            elif item := self._item():
                items.append(item)
        operands.append(Operand(_words(words), tuple(items)))
        return Sequence(*self._place(first), tuple(operands))

    def _plain_group(self) -> list[Token]:
        """The words of a group that has nothing else, as in a headline; it is read then."""
        end = self.at + 1
        while end < len(self.tokens) and self.tokens[end].kind == "word":
            end += 1
        words = self.tokens[self.at + 1 : end]
        if not words or end == len(self.tokens) or self.tokens[end].kind != ")":
            return []
        self.at = end + 1
        return words

    def _item(self) -> Node | None:
        match self._peek():
            case "-" | "not":
                return self._negated()
            case "(":
                return self._group()
            case "field":
                return self._fielded()
        return _value(self._take())

    def _negated(self) -> Node | None:
        first = self.at
        while self._peek() in ("-", "not"):
            self.at += 1
        is_negative = (self.at - first) % 2 == 1
        if self._peek() in (None, ")", "or", "and"):
            return None
        node = self._item()
        if node is None or is_negative:
            return node and Negation(*self._place(first), node)
        # Signs that lift each other take the brackets with them.
        return node.node if isinstance(node, Group) else node

    def _group(self) -> Node:
        first = self.at
        self.at += 1
        node = self._alternatives()
        if self._peek() == ")":
            self.at += 1
        return Group(*self._place(first), node)

    def _fielded(self) -> Node:
        first, field = self.at, self._take()
        if field.text == "title" and (self._peek() == "(" or self._peek() in _VALUES):
            node = self._group() if self._peek() == "(" else _value(self._take())
            return Title(*self._place(first), node)
        if self._peek() not in _VALUES:
            return FieldName(*self._place(first), field.text)
        value = self._take().text
        start, end = self._place(first)
        words = f"{field.text} {value}"
        in_words = _value(Token(kind_of_word(words), start, end, words))
        return Filter(start, end, field.text, value, in_words)

    def _has_explicit_and(self) -> bool:
        depth = 0
        for token in self.tokens[self.at :]:
            depth += _DEEPER.get(token.kind, 0)
            if depth < 0 or (depth == 0 and token.kind == "or"):
                return False
            if depth == 0 and token.kind == "and":
                return True
        return False

    def _peek(self) -> str | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def _take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _place(self, first: int) -> tuple[int, int]:
        """From the start of a token to the end of the last that was read; of none, where it is."""
        if first < self.at:
            return self.tokens[first].start, self.tokens[self.at - 1].end
        place = self.tokens[self.at - 1].end if self.at else 0
        return place, place


def _value(token: Token) -> Node:
    start, end, text = token.start, token.end, token.text
    match token.kind:
        case "near":
            return Near(start, end, text, token.distance)
        case "quote":
            return Quotation(start, end, text)
        case "beginning":
            return Beginning(start, end, text)
        case "fuzzy":
            word, _, edits = text.rpartition("~")
            return Fuzzy(start, end, word, int(edits) if edits else None)
    return Words(start, end, (token,))
