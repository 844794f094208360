"""The arrows between packages, rooms and files, read from every import statement."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

import click
import pytest

from sanbao import commands

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "search": {"search"},
    "indexer": {"search", "indexer"},
    "web": {"search", "web"},
    "sanbao": {"search", "indexer", "web", "sanbao"},
}
"""Each package, and those that it may import."""

AT_THE_ROOT = {"article", "errors", "dates", "limits", "request", "results", "timeline", "fields"}
"""The files that may lie in no folder of ``search``."""

FLOORS = (
    {"errors", "limits"},
    {"article", "dates"},
    {"ranking", "analysis"},
    {"fields"},
    {"request", "results"},
    {"expansion"},
    {"query"},
    {"highlights"},
    {"codec", "codec/kernels", "codec/whoosh_codec"},
    {"storage"},
    {"suggestions"},
    {"timeline"},
    {"engines", "engines/arrays", "engines/embedded"},
    {"care"},
    {"evaluation"},
    {"cli"},
)
"""The rooms of ``search`` from the ground up. A room is a folder, or a file at the root; it imports
from its own floor and those beneath."""

OUTSIDE = {"click", "rich", "flask", "werkzeug"}
"""What knows a terminal or HTTP."""


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _module(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    inside = parts if parts[0] == "sanbao" else ("sanbao", *parts)
    return ".".join(inside[:-1] if inside[-1] == "__init__" else inside)


MODULES = {_module(path): path for package in PACKAGES for path in _files(package)}


def _names(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a file imports, also inside functions and for types alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                # `from sanbao.search import errors` names a module behind the import.
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


def _imports(path: Path) -> list[str]:
    return sorted(set(_names(ast.parse(path.read_text("utf-8"), str(path)))))


IMPORTS = {path: _imports(path) for path in MODULES.values()}


def _line(path: Path, name: str) -> str:
    return f"{path.relative_to(ROOT)} imports {name}"


def _package(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def _room(path: Path) -> str:
    """The folder of ``search`` that a file is in, or its own name at the root."""
    inside = path.relative_to(ROOT / "search")
    return inside.parent.as_posix() if len(inside.parts) > 1 else inside.stem


def _floor(path: Path) -> int:
    room = _room(path)
    found = [number for number, floor in enumerate(FLOORS) if room in floor]
    assert found, f"{path.relative_to(ROOT)}: give the room {room} a floor in {Path(__file__).name}"
    return found[0]


def _arrows() -> Iterator[tuple[Path, str, Path]]:
    """Each import of a file by another: who, what, and the file behind it."""
    for path, names in IMPORTS.items():
        for name in names:
            if name in MODULES:
                yield path, name, MODULES[name]


def _arrows_between_rooms() -> Iterator[tuple[Path, str, Path]]:
    """Each import from one room of ``search`` to another: who, what, and the file behind it."""
    inside = {path for path in IMPORTS if _package(path) == "search"}
    inside.discard(ROOT / "search" / "__init__.py")
    for path, name, target in _arrows():
        if path in inside and target in inside and _room(target) != _room(path):
            yield path, name, target


def _report(lines: set[str]) -> str:
    return "\n" + "\n".join(sorted(lines))


def test_packages_import_only_along_the_arrows() -> None:
    broken = set()
    for path, names in IMPORTS.items():
        for name in names:
            if name.partition(".")[0] in {"sanbao", "tests", "benchmarks"}:
                target = _package(MODULES[name]) if name in MODULES else name
                if target not in PACKAGES[_package(path)]:
                    broken.add(_line(path, name))
    assert not broken, _report(broken)


def test_no_import_of_search_runs_up() -> None:
    up = {
        _line(path, name)
        for path, name, target in _arrows_between_rooms()
        if _floor(target) > _floor(path)
    }
    assert not up, _report(up)


def test_rooms_of_one_floor_do_not_import_each_other() -> None:
    """Either may know the other, not both; a room and one inside it are one house."""
    sideways: dict[tuple[str, str], set[str]] = {}
    for path, name, target in _arrows_between_rooms():
        sideways.setdefault((_room(path), _room(target)), set()).add(_line(path, name))
    for floor in FLOORS:
        for one, other in combinations(sorted(floor), 2):
            there, back = sideways.get((one, other), set()), sideways.get((other, one), set())
            inside = other.startswith(f"{one}/")
            assert inside or not there or not back, _report(there | back)


def test_there_is_no_circle_among_files() -> None:
    graph: dict[Path, set[Path]] = {}
    for path, _, target in _arrows():
        graph.setdefault(path, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # In the error, each file is imported by the next one.
        circle = [str(path.relative_to(ROOT)) for path in error.args[1]]
        pytest.fail(" imports\n".join(reversed(circle)))


def test_few_files_lie_at_the_root_of_search() -> None:
    found = {path.stem for path in (ROOT / "search").glob("*.py")} - {"__init__"}
    assert found <= AT_THE_ROOT, found - AT_THE_ROOT


def test_what_is_no_command_knows_no_terminal_and_no_http() -> None:
    core = [path for path in _files("search") if _room(path) != "cli"]
    core += [path for path in _files("indexer") if path != ROOT / "indexer" / "commands.py"]
    broken = {
        _line(path, name)
        for path in core
        for name in IMPORTS[path]
        if name.partition(".")[0] in OUTSIDE
    }
    assert not broken, _report(broken)


def test_everything_is_imported_beneath_sanbao() -> None:
    """A second copy of a module, named otherwise, would have its own classes and settings."""
    broken = {
        _line(path, name)
        for path, names in IMPORTS.items()
        for name in names
        if name.partition(".")[0] in {"search", "indexer", "web", ""}
    }
    assert not broken, _report(broken)


# An import, also in a program that stands in a string, and the path of something to patch.
OTHERWISE_NAMED = re.compile(
    r"""(?:^|[;"'])\s*(?:from|import)\ (?:search|indexer|web)\b
    | ["'](?:search|indexer|web)(?:\.\w+)+["']""",
    re.VERBOSE,
)


def test_tests_and_benchmarks_import_beneath_sanbao_too() -> None:
    broken = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("tests", "benchmarks")
        for path in _files(folder)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if OTHERWISE_NAMED.search(line)
    }
    assert not broken, _report(broken)


def test_the_walk_sees_every_form_of_import() -> None:
    source = """
import web
from indexer import x
from sanbao.search import errors
from sanbao.search.errors import SearchError
def f():
    from sanbao.search.query import tree
    from . import y
    from ..z import y
"""
    assert list(_names(ast.parse(source))) == [
        *("web", "indexer", "sanbao.search.errors", "sanbao.search.errors"),
        *("sanbao.search.query.tree", ".", "..z"),
    ]


@pytest.mark.parametrize(("name", "place"), commands.COMMANDS.items())
def test_every_command_of_the_table_is_there(name: str, place: str) -> None:
    module, _, attribute = place.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help
