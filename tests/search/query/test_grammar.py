"""Text to a syntax tree: what each piece is, and where it stands in what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given

from sanbao.search.limits import Limits
from sanbao.search.query.grammar import read
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
from sanbao.search.query.tokens import half_width
from tests.search.query.typed import queries


def outline(node: Node) -> str:
    """The tree on one line: plain words in square brackets, ``&`` for AND, ``|`` for OR."""
    match node:
        case Words():
            return f"[{node.text}]"
        case Beginning():
            return node.text
        case Fuzzy():
            return f"{node.text}~{'' if node.edits is None else node.edits}"
        case Quotation():
            return f'"{node.text}"'
        case Near():
            return f'"{node.text}"~{"s" if node.distance is None else node.distance}'
        case Title():
            return f"title:{outline(node.node)}"
        case Filter():
            return f"{node.name}={node.value}"
        case FieldName():
            return f"{node.name}:"
        case Negation():
            return f"-{outline(node.node)}"
        case Group():
            return f"({outline(node.node)})"
        case Sequence():
            return " & ".join(map(_operand, node.operands))
        case Alternatives():
            return " | ".join(map(outline, node.nodes))
    raise AssertionError(node)


def _operand(operand: Operand) -> str:
    return " ".join(outline(node) for node in (operand.words, *operand.items) if node)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("rate cut", "[rate cut]"),
        ("微信　ｐａｙ", "[微信 pay]"),
        ('rate "cut" bank', '[rate bank] "cut"'),
        ("「利率」～５ “a b”~sentence", '"利率"~5 "a b"~s'),
        ("econ* econmy~ rate~1 10~2", "[10~2] econ* econmy~ rate~1"),
        ("-a NOT b NOT -c", "[] -[a] -[b] [c]"),
        ("-(a OR -b)", "-([a] | -[b])"),
        ("NOT NOT (a)", "[a]"),
        ("a AND b c OR d", "[a] & [b c] | [d]"),
        ("a AND", "[a] & "),
        ("OR", " | "),
        ("a (b c) d", "[a b c d]"),
        ("a (b) AND d", "[a] ([b]) & [d]"),
        ("a (b -c)", "[a] ([b] -[c])"),
        ("(a", "([a])"),
        ("a) b", "([a]) ([b])"),
        ("a )", "([a]) ()"),
        ("title:a TITLE:(b c) title:“d”", 'title:[a] title:([b c]) title:"d"'),
        ("ｓｏｕｒｃｅ：Ａ lang:econ* date:“x y”~5", "source=A lang=econ* date=x y"),
        ("source:(a) title:-b", "[a] source: title: -[b]"),
        ("“a", "[a]"),
        ("", ""),
    ],
)
def test_the_syntax_of_a_text(typed: str, expected: str) -> None:
    assert outline(read(typed).tree).strip() == expected.replace("[] ", "").strip()


def test_what_is_beyond_the_limits_is_not_in_the_tree() -> None:
    few = read('a -b "c d"~2 e', Limits(clauses=3))
    assert (outline(few.tree), few.has_too_many, few.is_too_deep) == ("[a] -[b]", True, False)
    flat = read("(a (b OR c)) d", Limits(depth=1))
    assert (outline(flat.tree), flat.has_too_many, flat.is_too_deep) == (
        outline(read("(a b OR c) d").tree),
        False,
        True,
    )


@pytest.mark.parametrize(
    ("typed", "is_partly_quoted"),
    [
        ("央行「降息」", True),
        ("(a) “b c”", True),
        *(("a b", False), ('"a"', False), ('a "b" OR c', False), ('a "b" NOT', False)),
        *(('a -"b"', False), ('a "b c"~5', False), ('a* "b"', False), ('a "b*"', False)),
        *(('title:a "b"', False), ('a "b" lang:ja', False)),
    ],
)
def test_what_is_only_partly_quoted(typed: str, is_partly_quoted: bool) -> None:
    assert read(typed).is_partly_quoted is is_partly_quoted


def test_everything_as_words() -> None:
    assert outline(read('-a OR (source:b "c d")').as_words()) == "[- a OR ( source b c d )]"
    assert outline(read('"').as_words()) == ""


def below(node: Node) -> tuple[Node, ...]:
    return (node.node,) if isinstance(node, Negation) else node.children()


def everything(node: Node) -> Iterator[Node]:
    yield node
    for child in below(node):
        yield from everything(child)


@given(queries)
def test_a_node_stands_where_it_was_typed(typed: str) -> None:
    half = half_width(typed)
    for node in everything(read(typed).tree):
        assert 0 <= node.start <= node.end <= len(typed)
        assert all(node.start <= each.start and each.end <= node.end for each in below(node))
        piece = half[node.start : node.end]
        match node:
            case Words():
                assert (node.start, node.end) == (node.words[0].start, node.words[-1].end)
                assert all(half[word.start : word.end] == word.text for word in node.words)
                assert node.text.split() == [word.text for word in node.words]
            case Beginning():
                assert piece == node.text
            case Fuzzy():
                assert piece == f"{node.text}~{'' if node.edits is None else node.edits}"
            case Quotation():
                assert piece[1:-1] == node.text
            case Near():
                assert piece[1:].startswith(node.text)
                assert piece[len(node.text) + 2] == "~"
            case Title():
                assert piece[:6].lower() == "title:"
            case Filter():
                assert piece.lower().startswith(f"{node.name}:")
                assert node.value in piece
            case FieldName():
                assert piece.lower() == f"{node.name}:"
            case Negation():
                assert piece.startswith(("-", "−", "NOT"))


@given(queries)
def test_what_was_typed_is_in_the_tree_once(typed: str) -> None:
    places = []
    for node in everything(read(typed, Limits(clauses=10_000)).tree):
        if isinstance(node, Words):
            places += [(word.start, word.end) for word in node.words]
        elif not below(node) and not isinstance(node, Sequence):
            places.append((node.start, node.end))
    places.sort()
    assert all(one[1] <= other[0] for one, other in pairwise(places))
    rest = half_width(typed)
    for start, end in reversed(places):
        rest = f"{rest[:start]} {rest[end:]}"
    assert re.fullmatch(r"(?:[\s()\-−\"“”「」『』]|AND|OR|NOT|title:)*", rest, re.IGNORECASE), rest


@given(queries)
def test_what_is_left_out_is_not_walked(typed: str) -> None:
    walked = set(read(typed).tree.walk())
    for node in everything(read(typed).tree):
        if isinstance(node, Negation):
            assert walked.isdisjoint(everything(node.node))
