"""Fresh indexes for the contract that every engine keeps.

Tests named ``test_contract_*`` know only :mod:`search.engines` and an address. A further engine
takes part by one more entry in ``ENGINES``: its name, and what makes an address that nothing uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from search.article import Article
from search.engines import SearchEngine, open_engine, open_writer

NewLocation = Callable[[], Path]
NewEngine = Callable[..., SearchEngine]


def _embedded(folders: pytest.TempPathFactory) -> NewLocation:
    return lambda: folders.mktemp("embedded") / "index"


ENGINES = {"embedded": _embedded}


@pytest.fixture(scope="session", params=ENGINES)
def new_location(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewLocation:
    """Makes addresses of indexes that are not there yet."""
    return ENGINES[request.param](tmp_path_factory)


@pytest.fixture
def location(new_location: NewLocation) -> Path:
    """The address of an index that is not there yet."""
    return new_location()


@pytest.fixture(scope="session")
def new_engine(new_location: NewLocation) -> NewEngine:
    """Makes an index of the articles of each batch, committed one after the other, and opens it."""

    def make(*batches: Iterable[Article]) -> SearchEngine:
        location = new_location()
        with open_writer(location) as writer:
            for batch in batches:
                for article in batch:
                    writer.add(article)
                writer.commit()
        return open_engine(location)

    return make
