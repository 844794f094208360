"""What ARCHITECTURE.md names is there, its stairs are calls, and no folder is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")

_STAIR = re.compile(r"^( *)([\w.]+) {2,}([\w/]+\.py)$")
_PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")
_NAME = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)?)`")


class Stair(NamedTuple):
    depth: int
    name: str
    path: str


def _stairs() -> Iterator[Stair]:
    for line in TEXT.splitlines():
        if found := _STAIR.match(line):
            yield Stair(len(found[1]) // 2, found[2], found[3])


STAIRS = list(_stairs())


def _staircases() -> Iterator[list[Stair]]:
    """Each from its top on."""
    flights = [list(group) for _, group in groupby(STAIRS, key=lambda stair: stair.depth > 0)]
    for top, below in zip(flights[::2], flights[1::2], strict=True):
        yield [*top, *below]


def _steps() -> Iterator[tuple[Stair, Stair]]:
    """Each stair with the one above that calls it."""
    for stairs in _staircases():
        above: list[Stair] = []
        for stair in stairs:
            del above[stair.depth :]
            if above:
                yield above[-1], stair
            above.append(stair)


def _defined(source: str) -> set[str]:
    """The functions, classes and methods of a module, as ``name`` or ``Class.name``."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for each in node.body for name in _names(each)}
    return names


def _names(statement: ast.stmt) -> list[str]:
    """What a statement of a class defines."""
    if isinstance(statement, ast.FunctionDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _source(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def test_there_are_two_staircases() -> None:
    assert [stairs[0].name for stairs in _staircases()] == ["Answering.search", "index_paths"]
    assert len(STAIRS) > 40


@pytest.mark.parametrize("stair", STAIRS, ids=lambda stair: f"{stair.path}:{stair.name}")
def test_a_stair_is_where_it_is_said_to_be(stair: Stair) -> None:
    assert stair.name in _defined(_source(stair.path))


@pytest.mark.parametrize(
    ("above", "below"), list(_steps()), ids=lambda stair: f"{stair.path}:{stair.name}"
)
def test_a_stair_is_called_by_the_one_above(above: Stair, below: Stair) -> None:
    """By its name, in the same file."""
    called = below.name.rpartition(".")[2]
    assert re.search(rf"\b{called}\b", _source(above.path)), f"{above.path} knows no {called}"


def test_every_path_is_there() -> None:
    paths = _PATH.findall(TEXT)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_name_in_the_text_is_defined_somewhere() -> None:
    defined = set()
    for folder in ("sanbao", "search", "indexer", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            defined |= _defined(path.read_text("utf-8"))
    names = set(_NAME.findall(TEXT)) - {"sanbao", "__init__.py"}
    assert len(names) > 8
    assert names <= defined, names - defined


def test_every_folder_has_its_question() -> None:
    folders = {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for top in ("search", "indexer", "web")
        for path in (ROOT / top).rglob("__init__.py")
    }
    asked = set(re.findall(r"^\| `([\w/]+/)` \| .*\?", TEXT, re.MULTILINE))
    assert asked - {"sanbao/"} == folders


@pytest.mark.parametrize("package", ["search", "indexer", "web"])
def test_the_docstring_of_a_package_names_all_that_lies_in_it(package: str) -> None:
    folder = ROOT / package
    contents = ast.get_docstring(ast.parse(_source(f"{package}/__init__.py"))) or ""
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    there |= {path.parent.name for path in folder.glob("*/__init__.py")}
    lines = re.findall(r"^    ([\w, ]+?)(?:  .*)?$", contents, re.MULTILINE)
    assert {name for line in lines for name in line.split(", ")} == there
