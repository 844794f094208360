"""The laws of real texts, for all of them: an index that only the embedded engine is for."""

from __future__ import annotations

import pytest

from sanbao.search.engines import SearchEngine
from tests.search.engines.test_own_title import not_first
from tests.search.engines.test_query_laws import check_real_texts, real_engine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    return real_engine(str(tmp_path_factory.mktemp("real") / "index"), 100_000)


def test_phrases(engine: SearchEngine) -> None:
    check_real_texts(engine, phrases=400, seed=2)


def test_titles(engine: SearchEngine) -> None:
    assert not_first(engine, 2_000, seed=2) == []
