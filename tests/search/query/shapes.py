"""Queries on one line, for tests."""

from __future__ import annotations

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
    Text,
    Unit,
)


def shape(query: Query) -> str:
    """The tree on one line: ``title:`` limits to a part, ``!`` says that all units must match."""
    match query:
        case Everything():
            return "*"
        case Nothing():
            return "nothing"
        case Text():
            units = " ".join(map(written, query.units))
            strict = "!" if query.share == 1 and len(query.units) > 2 else ""
            return f"{_part(query.part)}{strict}[{units}]"
        case Phrase():
            star = "*" if query.slots[-1].prefix and query.needle.isascii() else ""
            return f'{_part(query.part)}"{query.needle}{star}"'
        case Near():
            inner = " ".join(shape(phrase) for phrase in query.phrases)
            where = "sentence" if query.distance is None else f"near{query.distance}"
            return f"{where}({inner})"
        case Keyword():
            return f"{query.field}={query.value}"
        case Published():
            period = query.period
            ends = (f"{end:%Y-%m-%d}" if end else "" for end in (period.start, period.end))
            return f"date={'..'.join(ends)}"
        case And() | Or():
            name = type(query).__name__.lower()
            return f"{name}({', '.join(shape(node) for node in query.nodes)})"
        case Not():
            return f"not({shape(query.node)})"
        case Prefer():  # as every query of a request
            return shape(query.node)
    raise AssertionError(query)


def written(unit: Unit) -> str:
    """Its first term, with how many typing errors its last one has."""
    edits = unit.terms[-1].edits
    return unit.terms[0].text + f"~{edits}" * (edits > 0)


def _part(part: Part) -> str:
    return "" if part == "text" else f"{part}:"


def all_nodes(query: Query) -> list[Query]:
    """The node and all below it, also those that are to be left out."""
    below = (query.node,) if isinstance(query, Not) else query.children()
    return [query, *(node for child in below for node in all_nodes(child))]
