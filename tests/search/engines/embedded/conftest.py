"""A look at the folders of embedded indexes that a test has made itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sanbao.search.care.verify import verify_index


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Verifies every index that a test leaves, unless it is marked as damaging its index."""
    yield
    if not request.node.get_closest_marker("damages_its_index"):
        for folder in {path.parent for path in tmp_path.rglob("_MAIN_*.manifest")}:
            assert verify_index(folder).problems == (), folder
