"""What the tests of the storage share."""

from __future__ import annotations

import pytest

from sanbao.search.engines.embedded.warm import warm


@pytest.fixture(scope="session", autouse=True)
def warmed() -> None:
    """Searches have a time limit, which compiling would use up."""
    warm()
