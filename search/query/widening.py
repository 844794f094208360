"""What else the plain words of a syntax tree may mean: a step between grammar and analysis."""

from __future__ import annotations

from collections.abc import Mapping

from sanbao.search.expansion.meanings import Meaning
from sanbao.search.expansion.synonyms import Synonyms
from sanbao.search.query.syntax import Beginning, Filter, Node, Words

Meanings = Mapping[int, tuple[Meaning, ...]]
"""By where a piece of plain words starts; the places in it are of its normalized text."""


def meanings_of(tree: Node, synonyms: Synonyms | None) -> Meanings:
    """The meanings of each piece of a tree that may be searched as plain words.

    What is to be left out and what is quoted means just itself, so it has none.
    """
    if synonyms is None:
        return {}
    pieces = (node.in_words if isinstance(node, Filter) else node for node in tree.walk())
    return {
        piece.start: synonyms.meanings(piece.text)
        for piece in pieces
        # A beginning that is too short is a word after all.
        if isinstance(piece, Words | Beginning)
    }
