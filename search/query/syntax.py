"""What was typed as a syntax tree, before any analysis.

::

    Node
    ├── Words(words)                  plain words, which belong together
    ├── Beginning(text)               econ*
    ├── Fuzzy(text, edits)            econmy~, econmy~1
    ├── Quotation(text)               "rate cut"
    ├── Near(text, distance)          "rate cut"~5, "rate cut"~s
    ├── Title(node)                   title:rate, title:(rate cut)
    ├── Filter(name, value, in_words) source:xinhua
    ├── FieldName(name)               source: with nothing behind it that could be its value
    ├── Negation(node)                -rate, NOT rate
    ├── Group(node)                   (rate cut)
    ├── Sequence(operands)            each with its words and its other items; AND between them
    └── Alternatives(nodes)           OR between them

Every node has its place, so that ``typed[node.start:node.end]`` is what somebody typed for it.
:mod:`search.query.grammar` makes the tree from a text, :mod:`search.query.parser` a query from the
tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sanbao.search.query.tokens import Token


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes.

    Attributes:
        start, end: the characters of the typed text that it was made of.
    """

    start: int
    end: int

    def children(self) -> tuple[Node, ...]:
        """The nodes directly below that an article should match."""
        return ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it that an article should match, so none below a negation."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Plain words in order; something else may stand between them."""

    words: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The words with a space between each two."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Beginning(Node):
    """The beginning of words, with the star."""

    text: str


@dataclass(frozen=True, slots=True)
class Fuzzy(Node):
    """A word with typing errors.

    Attributes:
        edits: how many; None goes by its length.
    """

    text: str
    edits: int | None


@dataclass(frozen=True, slots=True)
class Quotation(Node):
    """An exact phrase; ``text`` is between the marks, each of which is one character."""

    text: str


@dataclass(frozen=True, slots=True)
class Near(Node):
    """A quotation whose words may stand apart.

    Attributes:
        distance: how many words may be between them; None for any number in one sentence.
    """

    text: str
    distance: int | None


@dataclass(frozen=True, slots=True)
class Title(Node):
    """What is looked for in titles alone."""

    node: Node

    def children(self) -> tuple[Node, ...]:
        return (self.node,)


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """A field and a value.

    Attributes:
        in_words: the two as words, for a value that the field cannot have.
    """

    name: str
    value: str
    in_words: Node


@dataclass(frozen=True, slots=True)
class FieldName(Node):
    """The name of a field as a word like any other."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """What is to be left out."""

    node: Node


@dataclass(frozen=True, slots=True)
class Group(Node):
    """What stands in brackets, unless it is plain words between others."""

    node: Node

    def children(self) -> tuple[Node, ...]:
        return (self.node,)


class Operand(NamedTuple):
    """What stands on one side of AND: all plain words, and everything else in order."""

    words: Words | None
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """What stands side by side; an operand is empty where AND has nothing beside it."""

    operands: tuple[Operand, ...]

    @property
    def has_and(self) -> bool:
        """Whether somebody typed AND."""
        return len(self.operands) > 1

    def children(self) -> tuple[Node, ...]:
        pieces = (piece for words, items in self.operands for piece in (words, *items))
        return tuple(piece for piece in pieces if piece)


@dataclass(frozen=True, slots=True)
class Alternatives(Node):
    """Sequences of which any will do."""

    nodes: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        return self.nodes
