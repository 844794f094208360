"""What Sanbao runs on may be used as Sanbao is: by anybody, for anything, also on a server."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError

import pytest

from sanbao import licences
from sanbao.licences import licensed_packages
from tests.conftest import Run

ALLOWED = {
    # Ask for their own words to be kept, and no more.
    *("MIT", "MIT License", "BSD", "BSD License", "The BSD 2-Clause License", "0BSD", "Zlib"),
    *("BSD-2-Clause", "BSD-3-Clause", "PSF-2.0", "CNRI-Python", "CC0-1.0"),
    # The licence of Sanbao itself; the exception gives more.
    *("Apache-2.0", "Apache License 2.0", "Apache-2.0 WITH LLVM-exception"),
    # Ask for the source of their own files where these are changed, which Sanbao does not.
    *("MPL-2.0", "MPL-1.1"),
}
"""What a package may say of its licence: docs/decisions/0031-locked-dependencies.md."""


def is_allowed(licence: str) -> bool:
    """Whether all parts of an expression are allowed, and of each choice one."""
    parts = licence.replace(", ", " AND ").split(" AND ")
    return all(ALLOWED.intersection(part.strip("()").split(" OR ")) for part in parts)


def test_no_package_that_sanbao_runs_on_forbids_its_use() -> None:
    packages = licensed_packages()
    assert {"sanbao", "numpy", "flask", "werkzeug", "unidic-lite"} <= {p.name for p in packages}
    assert not {"pytest", "mypy"} & {p.name for p in packages}
    assert [p for p in packages if not is_allowed(p.licence)] == []


@pytest.mark.parametrize(
    "licence",
    [
        *("GPL-3.0-or-later", "AGPL-3.0-only", "not said", "MIT AND GPL-2.0-only", "MIT, Beerware"),
        *("CC-BY-NC-4.0", "GPL-2.0-only OR LGPL-2.1-or-later"),
    ],
)
def test_others_would_be_noticed(licence: str) -> None:
    assert not is_allowed(licence)


def test_a_choice_may_be_made() -> None:
    assert is_allowed("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later")


def test_the_command_names_them(sanbao: Run) -> None:
    done = sanbao("licences")
    assert done.returncode == 0
    assert "\nflask 3.1.3: BSD-3-Clause\n" in done.stdout
    (flask,) = [p for p in json.loads(sanbao("licences", "--json").stdout) if p["name"] == "flask"]
    assert flask == {"name": "flask", "version": "3.1.3", "licence": "BSD-3-Clause"}


def test_a_missing_package_is_named(sanbao: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(licences, "distribution", nothing)
    done = sanbao("licences")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the package sanbao, which Sanbao needs, is not installed" in done.stderr
