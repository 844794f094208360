"""What an index holds, as a dict, and batches of changes to it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random

from sanbao.search.article import Article
from sanbao.search.engines import ArticleWriter, SearchEngine, open_engine
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import IndexNotFound
from sanbao.search.limits import Limits
from sanbao.search.request import SearchRequest
from sanbao.search.storage import generations, reserve
from sanbao.search.storage.folder import Folder

State = Mapping[str, str]
"""The title of each article by its id."""

Changes = Mapping[str, str | None]
"""The new title of each article by its id; None deletes it."""

WORDS = ("rain", "election", "新聞", "经济", "天気")
IDS = tuple(f"article-{number}" for number in range(40))

ABSENT: State = {"": "there is no index"}
"""Stands for an index that was never made."""


PATIENT = Limits(seconds=600)
"""A busy machine may let a search wait, which must not be cut short then."""


def article(article_id: str, title: str) -> Article:
    """The article of that id and title, with a body."""
    return Article(id=article_id, title=title, body=f"{title}\n{WORDS[len(title) % len(WORDS)]}")


def random_changes(chance: Random, ids: Collection[str] = IDS) -> dict[str, str | None]:
    """Up to five articles added, written anew or deleted."""
    chosen = chance.sample(sorted(ids), chance.randint(1, 5))
    return {article_id: _random_title(chance) for article_id in chosen}


def after(state: State, changes: Changes) -> State:
    """The state that the changes lead to."""
    return {key: title for key, title in {**state, **changes}.items() if title is not None}


def write(writer: ArticleWriter, changes: Changes) -> None:
    """Make the changes, which the next commit makes visible."""
    for article_id, title in changes.items():
        if title is None:
            writer.delete(article_id)
        else:
            writer.add(article(article_id, title))


def made(path: Path, *batches: Changes) -> State:
    """Commit the batches one after the other; the state they lead to."""
    state: State = {}
    writer = EmbeddedWriter(Folder(path))
    for changes in batches:
        write(writer, changes)
        writer.commit()
        state = after(state, changes)
    writer.close()
    return state


def abandon(writer: EmbeddedWriter | None) -> None:
    """What the end of a process does: its lock ends, and nothing else happens."""
    if writer is not None:
        writer._lock.release()


def opened(path: Path) -> SearchEngine:
    """An engine whose answers are whole."""
    return open_engine(path, limits=PATIENT)


def contents(path: Path) -> State:
    """What the index holds, looked at in several ways that must agree.

    It must be the newest commit that is served, and no byte of it and of the one before damaged.
    """
    try:
        engine = opened(path)
    except IndexNotFound:
        return ABSENT
    assert engine.problem() is None
    articles = list(engine.articles())
    state = {each.id: each.title for each in articles}
    assert len(state) == len(articles), "an article is there twice"
    assert engine.search(SearchRequest(text="*")).total == len(state)
    for key, title in list(state.items())[:2]:
        assert engine.get(key) == article(key, title)
        page = engine.search(SearchRequest(text=title.split()[-1], limit=100))
        found = {hit.article.id for hit in page.hits}
        assert found == {other for other in state if state[other].split()[-1] == title.split()[-1]}
    check_files(path)
    return state


def check_files(path: Path) -> None:
    """No byte of the newest generation and of the one before is damaged."""
    folder = Folder(path)
    for number in generations.numbers(folder)[:2]:
        assert not generations.read(folder, number).damage()


def check_no_orphans(path: Path) -> None:
    """There are the files of the two newest generations in the folder, and nothing else."""
    folder = Folder(path)
    expected = set()
    for number in generations.numbers(folder)[:2]:
        files = generations.read(folder, number).manifest.files
        expected |= {*files, generations.manifest_name(number)}
    assert set(folder.names()) - {reserve.NAME} == expected


def copied(source: Path, target: Path) -> Path:
    """A copy of an index, or no folder if there is none, in the place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target, copy_function=_copy)
    return target


def _copy(source: str, target: str) -> None:
    if Path(source).name != reserve.NAME:  # large, and nothing that a trial needs
        shutil.copyfile(source, target)


def _random_title(chance: Random) -> str | None:
    if chance.random() < 0.3:
        return None
    return f"{chance.choice(WORDS)} edition{chance.randrange(10**6)}"
