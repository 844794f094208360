"""The array writer against a dict, and what it leaves on disk."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, create_in, open_dir
from whoosh.reading import IndexReader

from sanbao.search.article import Article
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines import open_engine
from sanbao.search.engines.base import CommitReport
from sanbao.search.engines.embedded.schema import from_stored, schema, to_document
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage.folder import Folder

ROOT = Path(__file__).resolve().parents[4]


def article(article_id: str, title: str = "Rain in Kyoto") -> Article:
    return Article(id=article_id, title=title, source="Harbour Ledger", language="en")


def visible(folder: Path) -> dict[str, str]:
    """The title by id of every article that the newest table of contents shows."""
    found: dict[str, str] = {}
    for segment in TOC.read(FileStorage(str(folder)), "MAIN").segments:
        arrays = SegmentArrays(folder / segment.make_filename(".arrays"))
        assert segment.doc_count_all() == arrays.doc_count
        for doc_id in set(range(arrays.doc_count)) - set(segment.deleted_docs()):
            stored = from_stored(stored_fields(arrays, doc_id))
            assert stored.id not in found, "an article is there twice"
            assert doc_id in arrays.docs_of(id_term(arrays, stored.id))
            found[stored.id] = stored.title
    return found


def stored_fields(arrays: SegmentArrays, doc_id: int) -> dict[str, object]:
    first, end = arrays.stored_offsets[doc_id : doc_id + 2]
    fields: dict[str, object] = pickle.loads(arrays.stored_blob[first:end].tobytes())
    return fields


def id_term(arrays: SegmentArrays, article_id: str) -> int:
    return arrays.find("id", article_id.encode())


IDS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), IDS, st.sampled_from(["one", "two", "three"])),
        st.tuples(st.just("delete"), IDS, st.just("")),
        st.tuples(st.sampled_from(["commit", "commit", "rollback"]), st.just(""), st.just("")),
    ),
    max_size=30,
)


@given(STEPS, st.sampled_from([0, 256]))
def test_it_does_what_a_dict_does(steps: list[tuple[str, str, str]], memory_mb: int) -> None:
    committed: dict[str, str] = {}
    batch: dict[str, str] = {}
    touched: set[str] = set()
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedWriter(Folder(Path(name)), memory_mb) as writer,
    ):
        for step, article_id, title in [*steps, ("commit", "", "")]:
            if step == "add":
                writer.add(article(article_id, title))
                batch[article_id] = title
                touched.add(article_id)
            elif step == "delete":
                writer.delete(article_id)
                batch.pop(article_id, None)
                touched.add(article_id)
            else:
                if step == "commit":
                    assert writer.commit() == net_change(committed, batch, touched)
                    committed = dict(batch)
                else:
                    writer.rollback()
                    batch = dict(committed)
                touched = set()
            assert visible(Path(name)) == committed


def net_change(before: dict[str, str], after: dict[str, str], touched: set[str]) -> CommitReport:
    return CommitReport(
        added=len(after.keys() - before.keys()),
        updated=len(after.keys() & before.keys() & touched),
        deleted=len(before.keys() - after.keys()),
    )


def test_the_last_version_of_a_batch_wins(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        for title in ("one", "two", "three"):
            writer.add(article("a", title))
        assert writer.commit() == CommitReport(added=1)
    assert visible(tmp_path) == {"a": "three"}


def test_a_rollback_leaves_no_files(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path), memory_limit_mb=0) as writer:
        writer.add(article("a"))
        writer.commit()
        before = sorted(tmp_path.iterdir())
        writer.add(article("b"))
        assert sorted(tmp_path.iterdir()) != before, "a segment was flushed"
        assert visible(tmp_path).keys() == {"a"}
        writer.rollback()
        assert sorted(tmp_path.iterdir()) == before


def test_an_exception_in_the_block_rolls_back(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        EmbeddedWriter(Folder(tmp_path), memory_limit_mb=0) as writer,
    ):
        writer.add(article("a"))
        1 / 0  # noqa: B018
    assert visible(tmp_path) == {}
    assert not list(tmp_path.glob("*.arrays"))


def test_the_next_writer_sweeps_what_a_crash_left(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article("a"))
    kept = sorted(tmp_path.iterdir())
    for name in ("MAIN_abcdef.arrays", "_MAIN_1.toc.123.45"):
        (tmp_path / name).write_bytes(b"half")
    EmbeddedWriter(Folder(tmp_path)).close()
    assert sorted(tmp_path.iterdir()) == kept
    assert visible(tmp_path).keys() == {"a"}


def test_a_commit_without_a_change_writes_nothing(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article("a"))
        writer.commit()
        before = sorted(tmp_path.iterdir())
        writer.delete("never there")
        assert writer.commit() == CommitReport()
        assert sorted(tmp_path.iterdir()) == before


def test_many_commits_leave_few_segments(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        for number in range(35):
            writer.add(article(str(number)))
            writer.add(article("always the same"))
            writer.commit()
    assert len(visible(tmp_path)) == 36
    assert len(list(tmp_path.glob("*.arrays"))) < 18


def test_a_commit_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article("a"))
        writer.commit()
        before = sorted(tmp_path.iterdir())
        writer.add(article("b"))
        writer.delete("a")
        with monkeypatch.context() as patch:
            patch.setattr(TOC, "write", disk_full)
            with pytest.raises(OSError, match="No space"):
                writer.commit()
        assert sorted(tmp_path.iterdir()) == before
        assert visible(tmp_path).keys() == {"a"}
        writer.add(article("c"))
        assert writer.commit() == CommitReport(added=1)
    assert visible(tmp_path).keys() == {"a", "c"}


def disk_full(*_: object) -> None:
    raise OSError("No space left on device")


def test_stock_whoosh_reads_what_its_own_writer_would_have_written(tmp_path: Path) -> None:
    articles = [
        Article(
            id=f"{number}",
            title=f"台風の影響 Typhoon {number % 7}",
            body=""
            if number % 5 == 0
            else "経済ニュース。 The market fell, the market rose. " * number,
            language=("ja", "en", "zh-Hans")[number % 3],
            source=("Harbour Ledger", None)[number % 2],
            categories=("Weather", "Trade")[: number % 3],
            published=datetime(2026, 1, 1 + number, tzinfo=UTC) if number % 4 else None,
        )
        for number in range(25)
    ]
    (tmp_path / "stock").mkdir()
    stock_index = create_in(str(tmp_path / "stock"), schema())
    with EmbeddedWriter(Folder(tmp_path / "arrays"), 0) as writer:
        for first in range(0, len(articles), 10):
            batch = articles[first : first + 10]
            stock_writer = stock_index.writer()
            for item in batch:
                writer.add(item)
                if item.id != f"{first + 6}":
                    stock_writer.add_document(**to_document(item))
            writer.commit()
            stock_writer.commit()
            writer.delete(f"{first + 6}")
    with (
        open_dir(str(tmp_path / "arrays")).reader() as ours,
        open_dir(str(tmp_path / "stock")).reader() as stock,
    ):
        assert readable(ours) == readable(stock)


def readable(reader: IndexReader) -> dict[str, Any]:
    """All that a reader shows, by article ids in the place of doc_ids."""
    live = set(reader.all_doc_ids())
    ids = {doc_id: from_stored(reader.stored_fields(doc_id)).id for doc_id in live}
    columns = ("published", "lang_facet", "source_facet", "category_facet")
    shown: dict[str, Any] = {
        name: {ids[doc_id]: reader.column_reader(name)[doc_id] for doc_id in live}
        for name in columns
    }
    shown["articles"] = {ids[doc_id]: reader.stored_fields(doc_id) for doc_id in live}
    for field, term in reader.all_terms():
        postings = dict(read_postings(reader, ids, field, term))
        if postings:  # A term of deleted articles stays until a merge.
            shown[f"{field}:{term}"] = postings
    return shown


def read_postings(
    reader: IndexReader, ids: dict[int, str], field: str, term: bytes
) -> Iterator[tuple[str, tuple[float, list[int]]]]:
    matcher = reader.postings(field, term)
    while matcher.is_active():
        positions = matcher.value_as("positions") if field.endswith("grams") else []
        yield ids[matcher.id()], (matcher.weight(), list(positions))
        matcher.next()


MEMORY_PROBE = """
import random, sys
from array import array
from pathlib import Path
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import PackedDocument
from sanbao.search.engines.embedded.document import PACKED_FIELDS
from sanbao.search.fields import FACETS
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage.folder import Folder

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) // 1024

def document(number):
    words = [str(int(random.paretovariate(0.3)) % 200_000) for _ in range(400)]
    fields = {"id": [str(number)], "text_words": words, "text_grams": words}
    return PackedDocument(
        terms=b"".join(pack_field(fields.get(field.name, [])) for field in PACKED_FIELDS),
        positions=array("I", range(400)).tobytes(),
        stored=b"x" * 1_000,
        published=0,
        facets=((),) * len(FACETS),
    )

def index(writer, numbers):
    for number in numbers:
        writer.add_packed(str(number), document(number))

with EmbeddedWriter(Folder(Path(sys.argv[1])), int(sys.argv[2])) as writer:
    index(writer, range(50))
    writer.commit()  # compiles
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmHWM")
    index(writer, range(50, int(sys.argv[3])))
    print(memory("VmHWM") - before)
    writer.rollback()
"""


@pytest.mark.damages_its_index  # what it stores are no articles
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux")
def test_memory_is_kept_to_the_limit(tmp_path: Path) -> None:
    """To hold these documents takes 114 MB, and much more to make one segment of them."""
    limit = 48
    command = [sys.executable, "-c", MEMORY_PROBE, str(tmp_path), str(limit), "20000"]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert int(result.stdout) <= limit


def test_articles_are_found_by_id_where_frequent_terms_are_bitmaps(tmp_path: Path) -> None:
    """Whose doc_ids stand in no list, so that those of an id are elsewhere than its postings."""
    count = 600
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        for number in range(count):
            body = "The terms of the body come before the ids."
            writer.add(replace(article(f"{number:03}", f"Rain {number}"), body=body))
    engine = open_engine(str(tmp_path))
    (segment,) = TOC.read(FileStorage(str(tmp_path)), "MAIN").segments
    assert len(SegmentArrays(tmp_path / segment.make_filename(".arrays")).bitmap_terms)
    for number in range(0, count, 7):
        found = engine.get(f"{number:03}")
        assert found is not None
        assert found.title == f"Rain {number}"
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article("300", "Sunshine"))
        writer.delete("301")
    titles = visible(tmp_path)
    expected = {f"{number:03}": f"Rain {number}" for number in range(count)}
    expected["300"] = "Sunshine"
    del expected["301"]
    assert titles == expected
