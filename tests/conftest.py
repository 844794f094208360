"""What all tests share: how hard hypothesis tries, and where the judged data lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a test that fails has a change of code as its cause.
settings.register_profile("steady", deadline=None, derandomize=True)
# `pytest --hypothesis-profile=sweep` looks further.
settings.register_profile("sweep", deadline=None, max_examples=2000)
settings.load_profile("steady")

_SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def judged_data() -> Path:
    """The folder of judged sets; a test that asks for it is skipped where it is absent."""
    folder = _SHARED / "eval"
    if not folder.is_dir():
        pytest.skip(f"the judged data is not at {folder}")
    return folder
