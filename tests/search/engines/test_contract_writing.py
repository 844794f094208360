"""The contract of writers: what a commit changes, and when others see it."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.engines.base import CommitReport
from sanbao.search.errors import InvalidArticle
from sanbao.search.request import SearchRequest

FULL = Article(
    id="full",
    title="2022微信公开课开讲",
    body="近日，2022微信公开课PRO在广州开讲。\n第二段。",
    language="zh-Hans",
    url="https://example.org/full",
    source="青岛财经日报",
    author="记者",
    published=datetime(2022, 1, 10, 1, 37, 29, tzinfo=UTC),
    updated=datetime(2022, 1, 11, tzinfo=UTC),
    categories=("财经", "科技"),
    tags=("微信",),
    image="https://example.org/full.png",
)


def note(number: int | str, text: str = "economy") -> Article:
    return Article(id=str(number), title=text)


def found(engine: SearchEngine, text: str = "*") -> set[str]:
    page = engine.search(SearchRequest(text=text, limit=100))
    assert page.total == len(page.hits)
    return {hit.article.id for hit in page.hits}


def test_an_article_comes_back_as_it_was_given(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(FULL)
    engine = open_engine(location)
    assert engine.get("full") == FULL
    assert engine.get("absent") is None
    assert list(engine.articles()) == [FULL]
    assert engine.search(SearchRequest(text="微信")).hits[0].article == FULL


def test_an_id_may_hold_any_visible_characters(location: Path) -> None:
    ids = ["https://example.org/a?b=c#d", "文章 1", "a'b\"c", "A", "a", "ａ", "國", "国", "x" * 512]
    with open_writer(location) as writer:
        for id_ in ids:
            writer.add(note(id_))
    engine = open_engine(location)
    assert found(engine) == set(ids)
    assert all(engine.get(id_) == note(id_) for id_ in ids)


def test_indexing_again_updates_and_never_doubles(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1, "economy"))
        writer.add(note(2, "economy"))
    with open_writer(location) as writer:
        writer.add(note(1, "weather"))
        assert writer.commit() == CommitReport(added=0, updated=1, deleted=0)
        writer.add(note(1, "weather"))
        assert writer.commit() == CommitReport(added=0, updated=1, deleted=0)
    engine = open_engine(location)
    assert found(engine, "economy") == {"2"}
    assert found(engine, "weather") == {"1"}
    assert engine.stats().articles == 2
    assert sorted(a.id for a in engine.articles()) == ["1", "2"]


def test_the_last_change_of_a_batch_wins(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1, "first"))
        writer.add(note(1, "second"))
        writer.add(note(2))
        writer.delete("2")
        writer.delete("3")
        writer.add(note(3))
        assert writer.commit() == CommitReport(added=2, updated=0, deleted=0)
    engine = open_engine(location)
    assert found(engine) == {"1", "3"}
    assert engine.get("1") == note(1, "second")


def test_deleting(location: Path) -> None:
    with open_writer(location) as writer:
        for number in range(4):
            writer.add(note(number))
    with open_writer(location) as writer:
        writer.delete("1")
        writer.delete("1")
        writer.delete("absent")
        assert writer.commit() == CommitReport(added=0, updated=0, deleted=1)
        writer.delete("1")
        assert writer.commit() == CommitReport()
    engine = open_engine(location)
    assert found(engine) == found(engine, "economy") == {"0", "2", "3"}
    assert engine.get("1") is None
    assert engine.stats().articles == 3


def test_everything_may_be_deleted_and_come_back(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(FULL)
        writer.commit()
        writer.delete(FULL.id)
    engine = open_engine(location)
    assert found(engine) == found(engine, "-economy") == set()
    assert list(engine.articles()) == []
    stats = engine.stats()
    assert (stats.articles, stats.languages, stats.oldest) == (0, {}, None)
    with open_writer(location) as writer:
        writer.add(FULL)
    assert found(engine, "微信") == {FULL.id}


def test_a_report_counts_what_changed(location: Path) -> None:
    with open_writer(location) as writer:
        for number in range(3):
            writer.add(note(number))
        assert writer.commit() == CommitReport(added=3)
        writer.add(note(0))
        writer.add(note(7))
        writer.delete("1")
        assert writer.commit() == CommitReport(added=1, updated=1, deleted=1)
        assert writer.commit() == CommitReport()


def test_an_empty_index_can_be_searched(location: Path) -> None:
    open_writer(location).close()
    engine = open_engine(location)
    request = SearchRequest(text="economy", facets=("lang", "source"), timeline="auto")
    page = engine.search(request)
    assert (page.total, page.hits, page.timeline) == (0, (), ())
    assert page.facets == {"lang": (), "source": ()}
    assert found(engine, "* -x1 OR econ*") == set()
    assert engine.get("1") is None
    assert engine.stats().articles == 0


def test_nothing_is_visible_before_the_commit(location: Path) -> None:
    writer = open_writer(location)
    writer.add(note(1))
    writer.commit()
    engine = open_engine(location)
    writer.add(note(2))
    writer.delete("1")
    assert found(engine) == {"1"}
    writer.commit()
    assert found(engine) == {"2"}
    writer.close()


def test_rollback_forgets_and_the_writer_goes_on(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
        writer.commit()
        writer.add(note(2))
        writer.delete("1")
        writer.rollback()
        assert writer.commit() == CommitReport()
        writer.add(note(3))
    assert found(open_engine(location)) == {"1", "3"}


def test_leaving_by_an_exception_rolls_back(location: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), open_writer(location) as writer:
        writer.add(note(1))
        writer.commit()
        writer.add(note(2))
        raise RuntimeError("stop")
    assert found(open_engine(location)) == {"1"}
    with open_writer(location) as writer:
        writer.add(note(3))
    assert found(open_engine(location)) == {"1", "3"}


def test_closing_rolls_back_and_twice_is_legal(location: Path) -> None:
    writer = open_writer(location)
    writer.add(note(1))
    writer.close()
    writer.close()
    engine = open_engine(location)
    assert found(engine) == set()
    engine.close()
    engine.close()


def test_an_invalid_article_leaves_the_writer_usable(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
        with pytest.raises(InvalidArticle):
            writer.add(Article(id="2", title="x", source="\ud800"))
        writer.add(note(3))
    assert found(open_engine(location)) == {"1", "3"}


@pytest.mark.parametrize(
    "article",
    [
        Article(id="1", title="a" * 1_000),
        Article(id="1", body="a" * 100_000),
        Article(id="1", body="微" * 100_000),
        Article(id="1", body="か\u3099" * 1_000),
        Article(id="1", title="…！？"),
        Article(id="1", title="x\ty\nz", body="\t中文\tです\n"),
        Article(id="1", title="x", source="s" * 500, categories=("c" * 500, "\u200b")),
        Article(id="1", title="x", categories=tuple(f"c{number}" for number in range(100))),
        Article(id="1", title="𠮷野家 𨨏", body="🇯🇵 👨‍👩‍👧 \U0010ffff \ufdd0"),
        Article(id="1", title="x", published=datetime(1, 1, 1, tzinfo=UTC)),
        Article(id="1", title="x", published=datetime(9999, 12, 31, tzinfo=UTC)),
    ],
    ids=lambda article: ascii(article.title or article.body)[:12],
)
def test_odd_articles_are_stored_whole(location: Path, article: Article) -> None:
    with open_writer(location) as writer:
        writer.add(article)
        writer.add(note("other", "weather"))
    engine = open_engine(location)
    page = engine.search(
        SearchRequest(text="*", facets=("lang", "source", "category"), timeline="auto")
    )
    assert {hit.article.id for hit in page.hits} == {"1", "other"}
    assert engine.get("1") == article
    assert engine.stats().articles == 2


def test_an_open_engine_sees_the_commit_of_another_writer(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
    engine = open_engine(location)
    before = engine.stats()
    with open_writer(location) as writer:
        writer.add(note(2))
    assert found(engine) == {"1", "2"}
    assert engine.get("2") == note(2)
    after = engine.stats()
    assert (before.articles, after.articles) == (1, 2)
    assert after.generation > before.generation
    assert after.size_bytes > 0


def test_an_open_engine_sees_the_commit_of_another_process(location: Path) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
    engine = open_engine(location)
    assert found(engine) == {"1"}
    code = (
        "import sys; from sanbao.search.article import Article\n"
        "from sanbao.search.engines import open_writer\n"
        "with open_writer(sys.argv[1]) as writer: writer.add(Article(id='2', title='economy'))"
    )
    subprocess.run([sys.executable, "-c", code, str(location)], check=True)
    assert found(engine) == {"1", "2"}


def test_reading_all_articles_holds_on_to_one_state(location: Path) -> None:
    with open_writer(location) as writer:
        for number in range(5):
            writer.add(note(number))
    engine = open_engine(location)
    articles = engine.articles()
    first = next(articles)
    with open_writer(location) as writer:
        for number in range(5):
            writer.delete(str(number))
        writer.add(note(7))
    assert found(engine) == {"7"}
    assert {article.id for article in (first, *articles)} == {"0", "1", "2", "3", "4"}


def test_reopening_finds_all(location: Path) -> None:
    for number in range(3):
        with open_writer(location) as writer:
            writer.add(note(number))
        engine = open_engine(location)
        assert found(engine, "economy") == {str(n) for n in range(number + 1)}
        engine.close()


def test_each_answer_is_one_committed_state(location: Path) -> None:
    """Every commit moves all articles to its own word, so a mixed state would show."""
    articles, rounds, threads = 5, 12, 8
    with open_writer(location) as writer:
        for number in range(articles):
            writer.add(note(number, "round0"))
    engine = open_engine(location)
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            try:
                page = engine.search(SearchRequest(text="*", facets=("lang",)))
                titles = {hit.article.title for hit in page.hits}
                if page.total != articles or len(page.hits) != articles or len(titles) != 1:
                    wrong.append(page.to_dict())
                engine.stats()
                if len({article.title for article in engine.articles()}) != 1:
                    wrong.append("articles")
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(threads)]
    for reader in readers:
        reader.start()
    with open_writer(location) as writer:
        for number in range(1, rounds):
            for article in range(articles):
                writer.add(note(article, f"round{number}"))
            writer.commit()
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong, wrong[:3]
    assert found(engine, f"round{rounds - 1}") == {str(n) for n in range(articles)}
