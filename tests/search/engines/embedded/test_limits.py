"""What the embedded engine has when a limit cuts its answer short."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanbao.search.limits import Limits
from sanbao.search.results import STOPPED, UNCOUNTED, UNEXPLAINED, UNMARKED
from tests.search.engines.test_contract_limits import FACETS, NO_TIME, fill, search


@pytest.fixture
def filled(tmp_path: Path) -> str:
    return fill(str(tmp_path / "index"))


def test_without_time_it_looks_into_no_segment(filled: str) -> None:
    page = search(filled, NO_TIME, "rat* OR cut", facets=FACETS, timeline="auto", explain=True)
    assert (page.total, page.total_relation, page.hits) == (0, "gte", ())
    assert page.warnings == (STOPPED, UNEXPLAINED)


def test_what_took_no_time_is_there_and_what_would_take_more_is_named(filled: str) -> None:
    page = search(filled, NO_TIME, '"rates cut"')
    assert (page.total, page.total_relation, len(page.hits)) == (3, "eq", 3)
    assert page.warnings == (UNMARKED,)
    for hit in page.hits:
        assert hit.highlight is not None
        assert hit.highlight.title == "rates &lt;b&gt;"
        assert hit.highlight.body[0].startswith("rates cut")


def test_facets_are_counted_as_long_as_there_is_time(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for looks in range(40):
        clock = iter([0.0] * looks)
        monkeypatch.setattr(
            "sanbao.search.limits.time.perf_counter", lambda clock=clock: next(clock, 9.0)
        )
        page = search(filled, Limits(), "cut OR rates", facets=FACETS, timeline="auto")
        if STOPPED not in page.warnings and UNCOUNTED in page.warnings and page.facets:
            assert page.total == 15
            assert set(page.facets) < set(FACETS)
            return
    pytest.fail("no number of looks at the clock stops the search between its facets")
