"""A query tree as one line for people: how what they typed was understood."""

from __future__ import annotations

from collections.abc import Iterable

from sanbao.search.article import format_instant
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Nothing,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Term,
    Text,
)


def describe(query: Query) -> str:
    """The query on one line.

    Terms of the words stand as ``words:market``, those of the grams, which are whole words of
    other scripts or pairs of characters, as ``grams:market``; ``|`` stands between terms of which
    any will do, and what follows ``also`` adds to the score and need not match::

        (40% of [grams:微信|words:微信, grams:公开|words:公开; also words:公] AND source:x)
    """
    match query:
        case Everything():
            return "*"
        case Nothing():
            return "nothing"
        case Text():
            return _text(query) + _in(query.part)
        case Phrase():
            return describe_phrase(query) + _in(query.part)
        case Near():
            phrases = ", ".join(map(describe_phrase, query.phrases))
            where = "in one sentence" if query.distance is None else f"within {query.distance}"
            return f"[{phrases}] {where}" + _in(query.part)
        case Keyword():
            return f"{query.field}:{query.value}"
        case Published():
            start, end = query.period.start, query.period.end
            return f"published:{format_instant(start) or ''}..{format_instant(end) or ''}"
        case And():
            return f"({' AND '.join(map(describe, query.nodes))})"
        case Or():
            return f"({' OR '.join(map(describe, query.nodes))})"
        case Not():
            return f"NOT {describe(query.node)}"
        case Prefer():
            if query.field == "whole_title":  # of every query, which is no news
                return describe(query.node)
            return f"{describe(query.node)} preferably in {' or '.join(query.values)}"
    raise TypeError(f"no description for {type(query).__name__}")


def describe_term(term: Term) -> str:
    """The term and what analysis it is of: ``words:market``, ``grams:经*``, ``grams:market~2``."""
    return f"{term.kind}:{term_text(term.text, term.prefix, term.edits)}"


def term_text(text: str, prefix: bool, edits: int) -> str:
    """A text with a star when it may go on, or with how many typing errors it may have."""
    return text + "*" * prefix + (f"~{edits}" if edits else "")


def describe_phrase(phrase: Phrase) -> str:
    """The phrase in quotation marks, with a star when its last word may go on."""
    may_go_on = any(slot.prefix and slot.text.isascii() for slot in phrase.slots)
    return f'"{phrase.needle}{"*" * may_go_on}"'


def _text(text: Text) -> str:
    asked = [_alternatives(unit.terms) for unit in text.units]
    of_units = {term for unit in text.units for term in unit.terms}
    extra = [term for term in text.terms() if term not in of_units]
    also = f"; also {', '.join(map(describe_term, extra))}" if extra else ""
    return f"{_share(text.share)} [{', '.join(asked)}{also}]"


def _share(share: float) -> str:
    if share == 0:
        return "perhaps any of"
    return "all of" if share == 1 else f"{100 * share:.2g}% of"


def _alternatives(terms: Iterable[Term]) -> str:
    return "|".join(map(describe_term, terms))


def _in(part: Part) -> str:
    return "" if part == "text" else f" in {part}"
