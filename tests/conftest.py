"""What all tests share: how hard hypothesis tries, and where the judged data lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from search.engines.array_warm import warm

# The same examples in every run, so that a test that fails has a change of code as its cause.
settings.register_profile("steady", deadline=None, derandomize=True)
# `pytest --hypothesis-profile=sweep` looks further.
settings.register_profile("sweep", deadline=None, max_examples=2000)
settings.load_profile("steady")

_SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def kernels() -> None:
    """Compiled and loaded, as a server has them before it answers: that is no search's time."""
    warm()


@pytest.fixture(scope="session")
def judged_data() -> Path:
    """The folder of judged sets; a test that asks for it is skipped where it is absent."""
    folder = _SHARED / "eval"
    if not folder.is_dir():
        pytest.skip(f"the judged data is not at {folder}")
    return folder
