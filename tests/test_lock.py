"""What is installed is what the lock files say, byte by byte."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUNTIME, TESTS = "requirements.lock", "requirements-test.lock"


def locked(name: str) -> dict[str, tuple[Requirement, int]]:
    """By package: what is locked, and how many hashes it may have."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        wanted, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        requirement = Requirement(wanted)
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes), line
        found[canonicalize_name(requirement.name)] = requirement, len(hashes)
    return found


@pytest.mark.parametrize("name", [RUNTIME, TESTS])
def test_every_package_has_one_version_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text
    for requirement, hashes in locked(name).values():
        (version,) = requirement.specifier
        assert version.operator == "==", requirement
        assert hashes, f"{requirement} has no hash"


def test_the_locks_are_those_of_the_project() -> None:
    """`make lock` was run after a change."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime, tests = locked(RUNTIME), locked(TESTS)
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    for wanted, lock in ((project["dependencies"], runtime), (extras, tests)):
        for requirement in map(Requirement, wanted):
            name = canonicalize_name(requirement.name)
            assert name in lock, f"{name} is not locked"
            assert lock[name][0].specifier == requirement.specifier, name
    assert runtime.items() <= tests.items()


def test_make_installs_from_the_locks_and_nothing_else() -> None:
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    commands = [line for line in lines if "/pip install" in line and "==" not in line]
    assert len(commands) == 3
    assert all("--require-hashes" in line or "--no-deps -e ." in line for line in commands)
