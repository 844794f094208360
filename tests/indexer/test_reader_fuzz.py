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

from tests.growth import least_seconds

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SANBAO_SEED", "20261121"))
IN_PROCESS = 1_000
MOST_SECONDS = 5
"""Of the processor."""
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
        if outcome["seconds"] > MOST_SECONDS:
            assert _least_seconds(outcome["number"]) <= MOST_SECONDS, place
        read += outcome["read"]
        failed += len(outcome["reasons"])
    # Inputs of which nothing can be read, or nothing refused, would test nothing.
    assert read > trials / 5
    assert failed > trials / 5


def _least_seconds(number: int) -> float:
    """Of the processor, for an input read several times."""
    return least_seconds(lambda: _run(number, number + 1)[0]["seconds"], MOST_SECONDS)


def _outcomes(trials: int) -> Iterator[dict[str, Any]]:
    for first in range(0, trials, IN_PROCESS):
        yield from _run(first, min(first + IN_PROCESS, trials))


def _run(first: int, end: int) -> list[dict[str, Any]]:
    """What becomes of the inputs of a range, in a process of their own."""
    program = [sys.executable, "-m", "tests.indexer.hostile_inputs"]
    process = subprocess.run(
        [*program, *map(str, (SEED, first, end))], cwd=ROOT, capture_output=True, text=True
    )
    outcomes = [json.loads(line) for line in process.stdout.splitlines()]
    died_at = f"seed {SEED}, input {first + len(outcomes)}"
    assert process.returncode == 0, f"{died_at}: {process.stderr[-2000:]}"
    return outcomes
