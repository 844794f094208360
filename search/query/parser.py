"""A syntax tree to a :class:`search.query.tree.Query`, by the analyzers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import has_cjk
from sanbao.search.limits import Limits
from sanbao.search.query import syntax
from sanbao.search.query.filters import typed_filter
from sanbao.search.query.fuzzy import fuzzy_query
from sanbao.search.query.phrases import near_query, phrase_query
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Published,
    Query,
    join,
)
from sanbao.search.query.widening import Meanings
from sanbao.search.query.words import text_query


class Parsed(NamedTuple):
    """A query, or None when there is nothing to search for.

    Attributes:
        is_beginning_short: whether a beginning had too few letters and was searched as a word.
    """

    query: Query | None
    is_beginning_short: bool


def parse(tree: syntax.Node, meanings: Meanings, limits: Limits) -> Parsed:
    """The query of a syntax tree.

    Args:
        meanings: what else may stand for the plain words in it.
    """
    parser = _Parser(meanings, limits)
    return Parsed(parser.query(tree), parser.is_beginning_short)


class _Parser:
    def __init__(self, meanings: Meanings, limits: Limits) -> None:
        self.meanings = meanings
        self.limits = limits
        self.is_beginning_short = False

    def query(self, node: syntax.Node, part: Part = "text") -> Query | None:
        """The query of a node, to be found in one part of an article."""
        match node:
            case syntax.Sequence():
                return self._sequence(node, part)
            case syntax.Words():
                return self._text(node, part)
            case syntax.Quotation():
                return phrase_query(node.text, part)
            case syntax.Filter():
                return typed_filter(node.name, node.value) or self.query(node.in_words, part)
            case syntax.Negation():
                left_out = self._left_out(node.node, part)
                return Not(left_out) if left_out else None
            case syntax.Group():
                return self.query(node.node, part)
            case syntax.Alternatives():
                return join(Or, [self.query(each, part) for each in node.nodes])
            case syntax.Title():
                return self.query(node.node, "title")
            case syntax.Beginning():
                return self._beginning(node, part)
            case syntax.Fuzzy():
                return fuzzy_query(node.text, node.edits, part)
            case syntax.Near():
                return near_query(node.text, node.distance, part)
            case syntax.FieldName():
                return text_query(node.name, part)
        raise TypeError(f"no query for {type(node).__name__}")

    def _sequence(self, sequence: syntax.Sequence, part: Part) -> Query | None:
        nodes: list[Query] = []
        for words, items in sequence.operands:
            filters: dict[str, list[Query]] = {}
            for item in items:
                node = self.query(item, part)
                # Filters on one field are alternatives, unless AND or brackets part them.
                if isinstance(node, Keyword | Published) and not isinstance(item, syntax.Group):
                    name = node.field if isinstance(node, Keyword) else "date"
                    filters.setdefault(name, []).append(node)
                elif node:
                    nodes.append(node)
            if words and (text := self._words(words, part, sequence.has_and, nodes)):
                nodes.append(text)
            nodes += filter(None, (join(Or, alternatives) for alternatives in filters.values()))
        if nodes and all(isinstance(node, Not) for node in nodes):
            nodes.insert(0, Everything())
        return join(And, nodes)

    def _words(
        self, words: syntax.Words, part: Part, require_all: bool, beside: Iterable[Query]
    ) -> Query | None:
        """What the plain words of a sequence find beside other nodes."""
        return text_query(
            words.text,
            part,
            require_all=require_all,
            is_beside_phrase=any(isinstance(node, Phrase | Near) for node in beside),
            meanings=self.meanings.get(words.start, ()),
        )

    def _text(self, node: syntax.Words | syntax.Beginning, part: Part) -> Query | None:
        meanings = self.meanings.get(node.start, ())
        return text_query(node.text, part, require_all=True, meanings=meanings)

    def _left_out(self, node: syntax.Node, part: Part) -> Query | None:
        """What is not to be found; of a CJK word of which pieces would do, the whole."""
        if not (isinstance(node, syntax.Words) and has_cjk(normalize(node.text).text)):
            return self.query(node, part)
        text = text_query(node.text, part)
        return phrase_query(node.text, part) if text is None or text.share < 1 else text

    def _beginning(self, node: syntax.Beginning, part: Part) -> Query | None:
        phrase = phrase_query(node.text, part, prefix=True)
        least = self.limits.prefix_length
        slots = phrase.slots if phrase else ()
        if any(slot.is_open_ended and len(slot.text) < least for slot in slots):
            self.is_beginning_short = True
            return self._text(node, part)
        return phrase
