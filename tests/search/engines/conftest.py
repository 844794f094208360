"""Fresh indexes for the contract that every engine keeps, and a look at each afterwards.

Tests named ``test_contract_*`` know only :mod:`search.engines` and an address. A further engine
takes part by one more entry in ``ENGINES``: its name, and what makes an address that nothing uses.

After every test, whatever it left in its folders is verified, unless it is marked as damaging its
index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.care.verify import verify_index
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import newest

NewLocation = Callable[[], Path]
NewEngine = Callable[..., SearchEngine]


def _embedded(folders: pytest.TempPathFactory) -> NewLocation:
    return lambda: folders.mktemp("embedded") / "index"


ENGINES = {"embedded": _embedded}


@pytest.fixture(scope="session")
def locations() -> dict[Path, int | None]:
    """Every address that was made for an embedded index, and the commit that was verified last."""
    return {}


@pytest.fixture(scope="session", params=ENGINES)
def new_location(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    locations: dict[Path, int | None],
) -> NewLocation:
    """Makes addresses of indexes that are not there yet."""
    made = ENGINES[request.param](tmp_path_factory)

    def new() -> Path:
        location = made()
        locations[location] = None
        return location

    return new


@pytest.fixture(autouse=True)
def verified(
    request: pytest.FixtureRequest, tmp_path: Path, locations: dict[Path, int | None]
) -> Iterator[None]:
    """Verifies every index that a test has made or changed."""
    yield
    if request.node.get_closest_marker("damages_its_index"):
        return
    folders = {*locations, *(path.parent for path in tmp_path.rglob("_MAIN_*.manifest"))}
    for folder in sorted(folders):
        if folder.exists():
            generation = newest(Folder(folder))
            if locations.get(folder) != generation:
                assert verify_index(folder).problems == (), folder
                locations[folder] = generation


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
