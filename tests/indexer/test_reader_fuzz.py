"""Thousands of inputs that mean harm: no process dies of one, and each is read or refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SANBAO_SEED", "20261121"))
IN_PROCESS = 1_000
MOST_SECONDS = 5
FAST_TRIALS = 3_000
TRIALS = int(os.environ.get("SANBAO_TRIALS", "200000"))


def test_hostile_inputs_are_read_or_refused_by_name() -> None:
    _fuzz(FAST_TRIALS)


@pytest.mark.torture
def test_very_many_hostile_inputs_are_read_or_refused_by_name() -> None:
    _fuzz(TRIALS)


def _fuzz(trials: int) -> None:
    read = failed = 0
    for outcome in _outcomes(trials):
        place = f"seed {SEED}, input {outcome['number']}"
        # The words for what nobody has thought of, which must be nothing.
        assert not [r for r in outcome["reasons"] if r.startswith("could not be read")], place
        assert not [r for r in outcome["reasons"] if "needs more memory" in r], place
        assert outcome["seconds"] <= MOST_SECONDS, place
        read += outcome["read"]
        failed += len(outcome["reasons"])
    # Inputs of which nothing can be read, or nothing refused, would test nothing.
    assert read > trials / 5
    assert failed > trials / 5


def _outcomes(trials: int) -> Iterator[dict[str, Any]]:
    for first in range(0, trials, IN_PROCESS):
        end = min(first + IN_PROCESS, trials)
        command = [
            sys.executable,
            "-m",
            "tests.indexer.hostile_inputs",
            *map(str, (SEED, first, end)),
        ]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        outcomes = [json.loads(line) for line in process.stdout.splitlines()]
        died_at = f"seed {SEED}, input {first + len(outcomes)}"
        assert process.returncode == 0, f"{died_at}: {process.stderr[-2000:]}"
        yield from outcomes
