"""Every regular expression of the program takes time that grows with the text, and no faster."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.growth import assert_linear, processor_seconds

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("search", "indexer", "web")
SMALL, LARGE = 1_000, 8_000
ENOUGH_SECONDS = 0.02
"""What takes less than this for a large text is fast however it grows."""

BOUNDED = {r"\[!?+\]?+[^]]*+\]|."}
"""Quadratic, and never sees more than the words of a query."""

# Pieces that the patterns are about, and what nearly is one.
PIECES = (
    *("a", "a ", " ", "\n", "\t\n", "a!", "1", "1,", "1.", "a'", ".", ". ", "-", "- ", "--- \n"),
    *(
        "国",
        "国 ",
        "国\n",
        "\u3000",
        "\u3000\n",
        "あ",
        "ア",
        "。",
        "，",
        "（",
        "(",
        "「",
        "“",
        "【",
    ),
    *("<", "<a ", "<a b='", '<a b="', "<a b=c ", "<!--", "<!-- -->", "<?xml ", "<p>", "<item "),
    *("{", '{"', "[", "[{", "{%", "{% %", "**", "**a", "*a ", "`", "|", "a|", " / ", "·"),
    *("来源：", "来源：a ", "作者：a ", " 作者：a 来源：", "相关阅读", "欢迎", "欢迎a", "公式"),
    *("2026-", "2026年1月", "2026-1-1 ", "令和1年", "1 Jan 2026 ", "Mon, ", "&#", "&#x0"),
    *("http://", "http://a", "lang:", '"', '"a', "date:2026-", "..", "~", "a:", "\\", "%"),
    *("\x1f", "\u200b", "\u0301", "\r\n"),
)
ENDS = ("", "!")


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(f"sanbao.{package}")
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            yield importlib.import_module(found.name)


def _patterns() -> dict[str, tuple[re.Pattern[str], bool]]:
    """Each pattern, and whether it is only ever tried at the beginning of a text."""
    found: dict[str, tuple[re.Pattern[str], bool]] = {}
    for module in _modules():
        assert module.__file__ is not None
        source = Path(module.__file__).read_text("utf-8")
        for name, value in vars(module).items():
            # One that is imported is looked at where it is made.
            if isinstance(value, re.Pattern) and f"{name} = " in source:
                ways = set(re.findall(rf"\b{name}\.(\w+)", source))
                found.setdefault(str(value), (value, bool(ways) and ways <= {"match", "fullmatch"}))
    kept = [each for each in found.values() if each[0].pattern not in BOUNDED]
    return {f"{number} {each[0].pattern!r:.60}": each for number, each in enumerate(kept)}


PATTERNS = _patterns()


def test_every_pattern_of_the_source_is_tried() -> None:
    """One that is compiled inside a function or given to re.sub as text would escape the test."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            inside = {
                node
                for function in ast.walk(tree)
                if isinstance(function, (ast.FunctionDef, ast.Lambda))
                for node in ast.walk(function)
            }
            hidden = [
                ast.unparse(node)
                for node in inside
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr != "escape"
                and "fnmatch.translate" not in ast.unparse(node)  # of a query, and bounded so
            ]
            assert not hidden, f"{path}: give it a name in the module: {hidden}"
    assert len(PATTERNS) > 40


@pytest.mark.parametrize("name", PATTERNS)
def test_time_grows_no_faster_than_the_text(name: str) -> None:
    pattern, at_beginning = PATTERNS[name]

    def search(subject: Any) -> None:
        if at_beginning:
            pattern.match(subject)
        else:
            for _ in pattern.finditer(subject):
                pass
        pattern.fullmatch(subject)

    for piece in PIECES:
        for end in ENDS:
            made = partial(_subject, pattern, piece, end)
            large = made(LARGE)
            if processor_seconds(partial(search, large)) > ENOUGH_SECONDS:
                assert_linear(search, made, SMALL)


def _subject(pattern: re.Pattern[str], piece: str, end: str, size: int) -> str | bytes:
    text = piece * (size // len(piece)) + end
    return text.encode() if isinstance(pattern.pattern, bytes) else text
