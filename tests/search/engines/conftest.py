"""Fresh indexes for the contract that every engine keeps, and a look at each afterwards.

Tests named ``test_contract_*``, and the laws beside them, know only :mod:`search.engines` and an
address, which is nothing but a text. Each of them runs on every engine of
:mod:`tests.search.engines.addresses`, where a further engine takes part by one more entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.limits import Limits
from tests.search.engines.addresses import ENGINES, Addresses

NewLocation = Callable[[], str]
NewEngine = Callable[..., SearchEngine]

PATIENT = Limits(seconds=1e6)
"""So that no answer depends on how busy the machine is."""


@pytest.fixture(scope="session", params=ENGINES)
def addresses(request: pytest.FixtureRequest) -> Addresses:
    """Those of each engine."""
    return ENGINES[request.param]


@pytest.fixture(scope="session")
def new_location(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> NewLocation:
    """Makes addresses of indexes that are not there yet."""
    folder, numbers = tmp_path_factory.mktemp("indexes"), count()
    return lambda: addresses.new(folder, next(numbers))


@pytest.fixture(autouse=True)
def sound() -> Iterator[None]:
    """After every test, what it has stored must be sound, as each engine knows it."""
    yield
    for each in ENGINES.values():
        each.check()


@pytest.fixture
def location(new_location: NewLocation) -> str:
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
        return open_engine(location, limits=PATIENT)

    return make
