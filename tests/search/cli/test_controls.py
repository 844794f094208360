"""No control character that somebody typed reaches a terminal as one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_writer

TYPED = "rates\x1b[31m \x9b0m\x07 economy"
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("controls") / "index"
    with open_writer(folder) as writer:
        writer.add(Article(id="a", title="Rates and the economy", language="en"))
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["search", TYPED],
        ["search", TYPED, "--explain"],
        ["search", "rates", "--explain", "--source", TYPED],
        ["search", TYPED, "--json"],
        ["search", TYPED.replace("economy", "ecenomy")],
        ["search", "a", "--from", TYPED],
        ["suggest", TYPED],
        ["suggest", TYPED, "--json"],
        ["get", TYPED],
        ["analyze", TYPED],
        ["analyze", TYPED, "--json"],
        ["delete", TYPED, "--yes"],
        ["index", f"no-such-{TYPED}"],
    ],
    ids=lambda command: " ".join(command).replace(TYPED, "TYPED"),
)
def test_no_control_character_is_printed(index: Path, command: list[str]) -> None:
    place = [] if command[0] == "analyze" else ["--index", str(index)]
    done = subprocess.run(
        [sys.executable, "-m", "sanbao", *command, *place],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert not _RAW.search(done.stdout + done.stderr)
    if "--json" in command:
        assert json.loads(done.stdout)


def test_a_file_is_named_without_the_control_characters_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "a\x1b]0;x\x07.json").write_text("no json")
    done = subprocess.run(
        [sys.executable, "-m", "sanbao", "index", str(tmp_path), "--index", str(tmp_path / "ix")],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "a\\x1b]0;x\\x07.json" in done.stderr
    assert not _RAW.search(done.stdout + done.stderr)
