"""What a shell completes, and what is said to who mistypes a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sanbao.commands import COMMANDS
from tests.conftest import Run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LINES = dict(
    re.findall(r"^(.*_SANBAO_COMPLETE=(?:bash|zsh|fish)_source sanbao.*)()$", README, re.M)
)

SHELLS = {
    "bash": {"COMP_WORDS": "sanbao {}", "COMP_CWORD": "{place}"},
    "zsh": {"COMP_WORDS": "sanbao {}", "COMP_CWORD": "{place}"},
    "fish": {"COMP_WORDS": "sanbao {}", "COMP_CWORD": "{last}"},
}
"""What the script of each shell tells the program, as click's manual has it."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which ``sanbao`` is a program."""
    program = tmp_path / "sanbao"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m sanbao "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}


def said(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def completed(environment: dict[str, str], shell: str, typed: str) -> set[str]:
    """What the program offers to a shell for the last of some words."""
    words = typed.split(" ")
    asked = {
        name: value.format(typed, place=len(words), last=words[-1])
        for name, value in SHELLS[shell].items()
    }
    told = said({**environment, **asked, "_SANBAO_COMPLETE": f"{shell}_complete"}, "sanbao")
    if shell == "zsh":  # kind, word and help on a line each
        return set(told.splitlines()[1::3])
    return {line.partition(",")[2].partition("\t")[0] for line in told.splitlines()}


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_offered_commands_and_options(
    environment: dict[str, str], shell: str
) -> None:
    assert completed(environment, shell, "se") == {"search", "serve"}
    assert completed(environment, shell, "") == {*COMMANDS}
    assert completed(environment, shell, "key cr") == {"create"}
    assert {"--lang", "--limit"} <= completed(environment, shell, "search --l")
    assert {"relevance", "newest"} <= completed(environment, shell, "search --sort ")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_readme_has_a_line_that_gives_a_shell_its_script(
    environment: dict[str, str], shell: str
) -> None:
    assert any(f"_SANBAO_COMPLETE={shell}_source sanbao" in line for line in LINES)
    script = said({**environment, "_SANBAO_COMPLETE": f"{shell}_source"}, "sanbao")
    assert f"_SANBAO_COMPLETE={shell}_complete" in script


def test_bash_completes_after_the_line_of_the_readme(environment: dict[str, str]) -> None:
    (line,) = [line for line in LINES if "bash_source" in line]
    typed = "COMP_WORDS=(sanbao sn); COMP_CWORD=1; _sanbao_completion sanbao"
    program = f"{line}\n{typed}\necho ${{COMPREPLY[*]}}\ncomplete -p sanbao"
    told = said(environment, "bash", "-c", program).splitlines()
    assert told == ["snapshot", "complete -o nosort -F _sanbao_completion sanbao"]


@pytest.mark.parametrize(
    ("typed", "meant"), [("serach", "search"), ("indx", "index"), ("stat", "stats"), ("ley", "key")]
)
def test_who_mistypes_a_command_is_told_which_was_meant(
    sanbao: Run, typed: str, meant: str
) -> None:
    done = sanbao(typed, "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"No such command '{typed}'. Did you mean " in done.stderr
    assert f"'{meant}'" in done.stderr


def test_nothing_is_guessed_where_nothing_is_near(sanbao: Run) -> None:
    assert "Did you mean" not in sanbao("xyzzy").stderr


def test_every_command_line_of_the_readme_can_be_copied() -> None:
    blocks = re.findall(r"^```\n(.*?)^```$", README, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    assert "make demo" in lines
    assert not [line for line in lines if re.search(r"(^|\s)\.\.\.(\s|$)", line)]
