"""On a disk that is really full, no article is lost, and searching and deleting go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.search.storage.trials import counts

ROOT = Path(__file__).resolve().parents[3]
ALONE = ("unshare", "-Urm")


@pytest.fixture
def alone() -> tuple[str, ...]:
    """Runs a command where it may mount disks; without that right the test is skipped."""
    try:
        subprocess.run([*ALONE, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody mount a disk; errors are injected elsewhere")
    return ALONE


@counts(20, 500)
def test_disks_of_many_sizes(tmp_path: Path, alone: tuple[str, ...], count: int) -> None:
    command = [sys.executable, "-m", "tests.search.storage.full_disk", str(tmp_path), str(count)]
    done = subprocess.run([*alone, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout, end="")
