"""How many trials a test makes, and by what chance.

``SANBAO_TRIALS`` multiplies all numbers of trials (0.1: a tenth of them), ``SANBAO_SEED`` gives
other trials. Trial 7 of a test is the same one however many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest

SEED = os.environ.get("SANBAO_SEED", "1")


def counts(few: int, many: int) -> pytest.MarkDecorator:
    """The argument ``count`` of a test: few in every run, many behind the marker ``torture``."""
    return pytest.mark.parametrize(
        "count",
        [
            pytest.param(scaled(few), id="few"),
            pytest.param(scaled(many), id="many", marks=pytest.mark.torture),
        ],
    )


def scaled(count: int) -> int:
    """So many trials, times ``SANBAO_TRIALS``, and one at least."""
    return max(1, round(count * float(os.environ.get("SANBAO_TRIALS", "1"))))


def run_trials(count: int, trial: Callable[[Random], object]) -> None:
    """Make so many trials, each with a chance of its own. A failure says how to repeat it."""
    for number in range(count):
        run_trial(number, trial)
    print(f"{count} trials, seed {SEED}")


def run_trial(name: object, trial: Callable[[Random], object]) -> None:
    """Make one trial, whose chance comes from its name and from the seed."""
    try:
        trial(Random(f"{SEED}/{name}"))
    except BaseException as error:
        error.add_note(f"in trial {name} with SANBAO_SEED={SEED}")
        raise
