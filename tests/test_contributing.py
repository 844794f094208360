"""What CONTRIBUTING.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

# `web/static`, also within a command line; a word of a shell is no path.
PATHS = sorted(set(re.findall(r"(?<![\w/:.])\.?[\w-]+(?:/[\w.-]+)+|\b\w+\.(?:md|toml)\b", TEXT)))
TARGETS = sorted(set(re.findall(r"\bmake ([a-z-]+)", TEXT)))
NAMES = re.findall(r"`(\w+)`,? in(?: the register,)?\s+`([\w/.]+\.py)`", TEXT)


def test_enough_of_it_is_understood() -> None:
    assert {"search/fields.py", ".ci/run", "docs/decisions", "pyproject.toml"} <= {*PATHS}
    assert {"check", "test-all"} <= {*TARGETS}
    assert ("FILTERS", "search/fields.py") in NAMES
    assert len(PATHS) > 30


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_there(path: str) -> None:
    # What is in .venv comes by the installation.
    assert path.startswith(".venv/") or (ROOT / path).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE)


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_a_name_is_in_its_file(name: str, path: str) -> None:
    assert re.search(rf"^(?:def |class )?{name}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE)
