"""The arrows between packages and modules, read from every import statement."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sanbao import commands

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("search", "indexer", "web")
MAY_IMPORT = {
    "search": {"search"},
    "indexer": {"search", "indexer"},
    "web": {"search", "web"},
}
# Inside search, a module imports only from its own layer and those before it.
LAYERS = (
    {"errors", "article"},
    {"dates", "analysis"},
    {"graphemes", "query", "query_terms", "query_words", "query_fuzzy", "query_parser"}
    | {"query_describe", "synonyms"}
    | {"recency", "request", "results", "fragments", "snippets", "codec", "limits"},
    {"storage"},
    {"engines"},
    {"evaluation"},
    {"settings", "printing", "terminal", "commands", "maintenance_commands", "evaluate_command"},
)


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = _package_of(path, node.level)
            base = ".".join(filter(None, (package, node.module)))
            yield base
            # `from search import commands` names a module behind the import.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _package_of(path: Path, level: int) -> str:
    """The package that a relative import of this level starts from; nothing for level 0."""
    if not level:
        return ""
    parents = path.relative_to(ROOT).parts
    return ".".join(parents[: len(parents) - level])


def _layer(name: str) -> int:
    found = [number for number, layer in enumerate(LAYERS) if name in layer]
    assert found, f"search/{name} has no layer; give it one in {__file__}"
    return found[0]


def _wrong_packages(path: Path, package: str) -> Iterator[str]:
    for name in _imports(path):
        target = name.partition(".")[0]
        if target in {*PACKAGES, "sanbao", "tests"} and target not in MAY_IMPORT[package]:
            yield f"{path.relative_to(ROOT)} imports {name}"


def _wrong_layers(path: Path) -> Iterator[str]:
    own = _layer(path.relative_to(ROOT / "search").with_suffix("").parts[0])
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "search" and len(parts) > 1 and _layer(parts[1]) > own:
            yield f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_along_the_arrows(package: str) -> None:
    broken = [line for path in _files(package) for line in _wrong_packages(path, package)]
    assert not broken, "\n".join(broken)


def test_modules_of_search_import_only_from_their_own_layer_and_those_before() -> None:
    inner = [path for path in _files("search") if path != ROOT / "search" / "__init__.py"]
    broken = [line for path in inner for line in _wrong_layers(path)]
    assert not broken, "\n".join(broken)


def test_the_search_core_knows_no_command_line_and_no_http() -> None:
    outside = LAYERS[-1]
    core = [p for p in _files("search") if p.relative_to(ROOT / "search").stem not in outside]
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in core
        for name in _imports(path)
        if name.partition(".")[0] in {"click", "rich", "flask", "werkzeug"}
    ]
    assert not broken, "\n".join(broken)


def test_the_walk_sees_every_form_of_import(tmp_path: Path) -> None:
    path = ROOT / "search" / "engines" / "imaginary.py"
    source = tmp_path / "source.py"
    source.write_text("import web\nfrom indexer import x\ndef f():\n    from search.a import b\n")
    assert list(_imports(source)) == ["web", "indexer", "indexer.x", "search.a", "search.a.b"]
    assert _package_of(path, 1) == "search.engines"
    assert _package_of(path, 2) == "search"


@pytest.mark.parametrize(("name", "place"), commands.COMMANDS.items())
def test_every_command_of_the_table_is_there(name: str, place: str) -> None:
    module, _, attribute = place.partition(":")
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not written yet")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help
