"""The contract of writers: what a commit changes, and when others see it."""

from __future__ import annotations

import pickle
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.engines.base import CommitReport
from sanbao.search.errors import IndexLocked, IndexNotFound, InvalidArticle
from sanbao.search.request import SearchRequest
from tests.search.engines.addresses import Addresses, program
from tests.search.engines.conftest import NewLocation

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


ADD = """
from sanbao.search.article import Article
from sanbao.search.engines import open_writer
with open_writer(sys.argv[1]) as writer:
    writer.add(Article(id=sys.argv[2], title="economy"))
    print("added", flush=True)
    sys.stdin.read()
"""
"""A program that adds an article, and commits it when nothing more can be read."""


def note(number: int | str, text: str = "economy") -> Article:
    return Article(id=str(number), title=text)


def found(engine: SearchEngine, text: str = "*") -> set[str]:
    page = engine.search(SearchRequest(text=text, limit=100))
    assert page.total == len(page.hits)
    return {hit.article.id for hit in page.hits}


def test_an_article_comes_back_as_it_was_given(location: str) -> None:
    with open_writer(location) as writer:
        writer.add(FULL)
    engine = open_engine(location)
    assert engine.get("full") == FULL
    assert engine.get("absent") is None
    assert list(engine.articles()) == [FULL]
    assert engine.search(SearchRequest(text="微信")).hits[0].article == FULL


SIMILAR_IDS = [
    *("news 1", "news  1", " news 1", "news 1 ", "news\u00a01", "news\u30001", "ｎews 1", "NEWS 1"),
    *("é", "e\u0301", "a\u200bb", "ab", "a\u00adb", "a\u2028b", "\ufeffab", " ", "  ", "\u3000"),
    *("a/b", "a//b", "/a/b", "a/b/", "a%2Fb", "a+b", "a b", "a%20b", ".", "..", "./a", "a/../b"),
    *("a?b", "a#b", "a;b", "\ufffd", "國" * 170, "國" * 169 + "国", "-x", "--help", "~a", "a\\b"),
]


def test_ids_that_differ_in_anything_are_different_articles(location: str) -> None:
    with open_writer(location) as writer:
        for id_ in SIMILAR_IDS:
            writer.add(note(id_))
    engine = open_engine(location)
    assert [engine.get(id_) for id_ in SIMILAR_IDS] == [note(id_) for id_ in SIMILAR_IDS]
    for id_ in SIMILAR_IDS[::2]:
        with open_writer(location) as writer:
            writer.delete(id_)
            assert writer.commit().deleted == 1
    assert {article.id for article in engine.articles()} == set(SIMILAR_IDS[1::2])


def test_an_id_may_hold_any_visible_characters(location: str) -> None:
    ids = ["https://example.org/a?b=c#d", "文章 1", "a'b\"c", "A", "a", "ａ", "國", "国", "x" * 512]
    with open_writer(location) as writer:
        for id_ in ids:
            writer.add(note(id_))
    engine = open_engine(location)
    assert found(engine) == set(ids)
    assert all(engine.get(id_) == note(id_) for id_ in ids)


def test_indexing_again_updates_and_never_doubles(location: str) -> None:
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


def test_the_last_change_of_a_batch_wins(location: str) -> None:
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


def test_deleting(location: str) -> None:
    with open_writer(location) as writer:
        for number in range(4):
            writer.add(note(number))
    with open_writer(location) as writer:
        writer.delete("1")
        writer.delete("1")
        writer.delete("absent")
        writer.delete("\ud800")
        assert writer.commit() == CommitReport(added=0, updated=0, deleted=1)
        writer.delete("1")
        assert writer.commit() == CommitReport()
    engine = open_engine(location)
    assert found(engine) == found(engine, "economy") == {"0", "2", "3"}
    assert engine.get("1") is None
    assert engine.stats().articles == 3


def test_everything_may_be_deleted_and_come_back(location: str) -> None:
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


def test_a_report_counts_what_changed(location: str) -> None:
    with open_writer(location) as writer:
        for number in range(3):
            writer.add(note(number))
        assert writer.commit() == CommitReport(added=3)
        writer.add(note(0))
        writer.add(note(7))
        writer.delete("1")
        assert writer.commit() == CommitReport(added=1, updated=1, deleted=1)
        assert writer.commit() == CommitReport()


def test_an_empty_index_can_be_searched(location: str) -> None:
    open_writer(location).close()
    engine = open_engine(location)
    request = SearchRequest(text="economy", facets=("lang", "source"), timeline="auto")
    page = engine.search(request)
    assert (page.total, page.hits, page.timeline) == (0, (), ())
    assert page.facets == {"lang": (), "source": ()}
    assert found(engine, "* -x1 OR econ*") == set()
    assert engine.get("1") is None
    assert engine.stats().articles == 0


def test_nothing_is_visible_before_the_commit(location: str) -> None:
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


def test_rollback_forgets_and_the_writer_goes_on(location: str) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
        writer.commit()
        writer.add(note(2))
        writer.delete("1")
        writer.rollback()
        assert writer.commit() == CommitReport()
        writer.add(note(3))
    assert found(open_engine(location)) == {"1", "3"}


def test_leaving_by_an_exception_rolls_back(location: str) -> None:
    with pytest.raises(RuntimeError, match="stop"), open_writer(location) as writer:
        writer.add(note(1))
        writer.commit()
        writer.add(note(2))
        raise RuntimeError("stop")
    assert found(open_engine(location)) == {"1"}
    with open_writer(location) as writer:
        writer.add(note(3))
    assert found(open_engine(location)) == {"1", "3"}


def test_closing_rolls_back_and_twice_is_legal(location: str) -> None:
    writer = open_writer(location)
    writer.add(note(1))
    writer.close()
    writer.close()
    engine = open_engine(location)
    assert found(engine) == set()
    engine.close()
    engine.close()


def test_an_invalid_article_leaves_the_writer_usable(location: str) -> None:
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
def test_odd_articles_are_stored_whole(location: str, article: Article) -> None:
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


def test_an_open_engine_sees_the_commit_of_another_writer(location: str) -> None:
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


def test_an_open_engine_sees_the_commit_of_another_process(location: str) -> None:
    with open_writer(location) as writer:
        writer.add(note(1))
    engine = open_engine(location)
    assert found(engine) == {"1"}
    with program(ADD, location, "2") as other:
        other.communicate("")
    assert found(engine) == {"1", "2"}


def test_reading_all_articles_holds_on_to_one_state(location: str) -> None:
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


def test_there_must_be_an_index_to_search_in(location: str) -> None:
    with pytest.raises(IndexNotFound):
        open_engine(location)


def test_one_writer_at_a_time(
    location: str, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses.hurry(monkeypatch)
    with open_writer(location) as writer:
        with pytest.raises(IndexLocked):
            open_writer(location)
        writer.add(note(1))
    open_writer(location).close()
    assert found(open_engine(location)) == {"1"}


def test_a_writer_in_another_process_counts_too(
    location: str, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses.hurry(monkeypatch)
    with program(ADD, location, "1") as other:
        assert other.stdout is not None and other.stdout.readline() == "added\n"
        with pytest.raises(IndexLocked):
            open_writer(location)
        assert found(open_engine(location)) == set()
        other.communicate("")
    with open_writer(location) as writer:
        writer.add(note(2))
    assert found(open_engine(location)) == {"1", "2"}


def test_nothing_is_written_after_closing(location: str) -> None:
    writer = open_writer(location)
    writer.add(note(1))
    writer.close()
    for call in (lambda: writer.add(note(2)), lambda: writer.delete("1"), writer.commit):
        with pytest.raises(IndexLocked):
            call()
    assert found(open_engine(location)) == set()


def test_articles_may_be_packed_elsewhere(location: str) -> None:
    with open_writer(location) as writer:
        pack = pickle.loads(pickle.dumps(writer.pack))
        packed = pickle.loads(pickle.dumps(pack(FULL)))
        writer.add_packed(FULL.id, packed)
        writer.add_packed("1", pack(note(1)))
    engine = open_engine(location)
    assert engine.get("full") == FULL
    assert found(engine, "economy") == {"1"}


IDS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), IDS, st.sampled_from(["one", "two", "three"])),
        st.tuples(st.just("delete"), IDS, st.just("")),
        st.tuples(st.sampled_from(["commit", "commit", "rollback"]), st.just(""), st.just("")),
    ),
    max_size=20,
)


@settings(max_examples=30)
@given(STEPS)
def test_it_does_what_a_dict_does(
    new_location: NewLocation, steps: list[tuple[str, str, str]]
) -> None:
    location = new_location()
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    touched: set[str] = set()
    with open_writer(location) as writer:
        engine = open_engine(location)
        for step, id_, title in [*steps, ("commit", "", "")]:
            if step == "add":
                writer.add(note(id_, title))
                after[id_] = title
                touched.add(id_)
            elif step == "delete":
                writer.delete(id_)
                after.pop(id_, None)
                touched.add(id_)
            elif step == "rollback":
                writer.rollback()
                after, touched = dict(before), set()
            else:
                assert writer.commit() == CommitReport(
                    added=len(after.keys() - before.keys()),
                    updated=len(after.keys() & before.keys() & touched),
                    deleted=len(before.keys() - after.keys()),
                )
                before, touched = dict(after), set()
            assert {article.id: article.title for article in engine.articles()} == before


def test_reopening_finds_all(location: str) -> None:
    for number in range(3):
        with open_writer(location) as writer:
            writer.add(note(number))
        engine = open_engine(location)
        assert found(engine, "economy") == {str(n) for n in range(number + 1)}
        engine.close()


def test_each_answer_is_one_committed_state(location: str) -> None:
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
