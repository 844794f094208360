"""The tour is run as its reader runs it, and every answer in it is the right one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

ANSWERS = """
a record is in: en
Chinese: zh-1
Japanese: ja-1
English, in any form: en-1
one form for variants: zh-2
languages mixed: zh-1 ja-1 en-1
a phrase: en-2
one without the other: ja-2
a beginning: en-2
in one sentence: zh-1
misspelt: en-2
in the title: ja-2
with a tag: en-3
of a source: en-2 en-1
of a month, in two languages: en-1 ja-1
languages: {'en': 3, 'ja': 2, 'zh': 2}
months: {'2026-09': 3, '2026-10': 4}
typing lum: Luming
typing tushu: 圖書館
did you mean: mountain road
synonyms: zh-1 ja-1 en-1
the parts add up: True
one: スーパーコンピューターで湖の天気を予報
all: 7
a commit: CommitReport(added=0, updated=1, deleted=1)
6 articles, from 2026-09-03T08:00:00Z to 2026-10-11T00:00:00Z
refused: lang: 'fr' is none of zh, zh-Hans, zh-Hant, ja, en, und
""".strip().splitlines()


def test_the_tour_ends_where_it_should(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "docs" / "tour.py")]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    said = run.stdout.splitlines()
    assert [line for line in ANSWERS if line not in said] == []
    assert "<mark>二週間</mark>" in run.stdout
    assert list(tmp_path.iterdir()) == []
    parts = [line.split()[1] for line in said if line.startswith("  ")]
    assert set(parts) >= {"term", "language"}
