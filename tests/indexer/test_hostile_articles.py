"""A hostile article is fully in or fully out, whichever door it comes by.

Hostile and good articles go through the real writer side by side. Each has a word of its own, so
that what of it is in the index can be told from the dictionary itself.
"""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sanbao.indexer import pipeline
from sanbao.indexer.intake import Intake
from sanbao.indexer.pipeline import index_paths
from sanbao.search.analysis.runs import has_cjk
from sanbao.search.article import (
    MAX_ADDRESS_LENGTH,
    MAX_BODY_BYTES,
    MAX_ID_BYTES,
    MAX_LABELS,
    MAX_NAME_LENGTH,
    MAX_TITLE_LENGTH,
    Article,
)
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.errors import InvalidArticle
from sanbao.search.request import SearchRequest

SEED = int(os.environ.get("SANBAO_SEED", "20261121"))
TRIALS = int(os.environ.get("SANBAO_TRIALS", "200000"))
HOSTILE_SHARE = 0.1
LONGEST_TERM = 128

Record = dict[str, Any]

# What each does to a good record; no door lets any of these in.
REFUSED_EVERYWHERE: tuple[Record, ...] = (
    {"title": "", "body": ""},
    {"title": " \n ", "body": "\t"},
    {"title": "\u200b\ufeff", "body": "\x00"},
    {"id": "x" * (MAX_ID_BYTES + 1)},
)
# What a posted record is refused for, and an Article too.
REFUSED_RECORDS: tuple[Record, ...] = (
    *REFUSED_EVERYWHERE,
    {"body": "y" * (MAX_BODY_BYTES + 1)},
    {"body": "国" * (MAX_BODY_BYTES // 3 + 1)},
    {"title": "y" * (MAX_TITLE_LENGTH + 1)},
    {"source": "y" * (MAX_NAME_LENGTH + 1)},
    {"author": "y" * (MAX_NAME_LENGTH + 1)},
    {"tags": ["y" * (MAX_NAME_LENGTH + 1)]},
    {"categories": [str(n) for n in range(MAX_LABELS + 1)]},
    {"url": "http://x.example/" + "y" * MAX_ADDRESS_LENGTH},
    {"image": "http://x.example/" + "y" * MAX_ADDRESS_LENGTH},
    {"title": 7},
    {"body": ["x"]},
    {"tags": "x"},
    {"tags": [None]},
    {"published": "soon"},
    {"published": 1e300},
    {"language": "xx"},
    {"url": "javascript:alert(1)"},
    {"nonsense": 1},
)


def word(number: int) -> str:
    """A word that no other article has."""
    return f"zq{number}x"


def good(number: int) -> Record:
    return {"id": str(number), "title": f"Ferry {word(number)}", "body": "渡轮停运。フェリー欠航"}


def stream(seed: int, count: int, harm: tuple[Record, ...]) -> Iterator[tuple[Record, bool]]:
    """Records, and whether each is good; a hostile one has its word in some field all the same."""
    chance = random.Random(seed)
    for number in range(count):
        if chance.random() >= HOSTILE_SHARE:
            yield good(number), True
            continue
        record = {**good(number), "author": word(number), "tags": [word(number)]}
        yield record | chance.choice(harm), False


def terms_of(folder: Path) -> set[str]:
    """Every term of every segment."""
    with open_writer(folder) as writer:
        arrays = [segment.arrays for segment in writer._segments]
        found: set[str] = set()
        for segment in arrays:
            blob, ends = segment.term_blob.tobytes(), segment.term_offsets.tolist()
            found.update(blob[start:end].decode() for start, end in pairwise(ends))
    return found


def check(folder: Path, articles: list[tuple[Record, bool]]) -> None:
    """The good ones are in the index, each found by its word, and nothing of the others is."""
    wanted = {record["id"] for record, is_good in articles if is_good}
    engine = open_engine(folder)
    assert engine.stats().articles == len(wanted)
    assert {article.id for article in engine.articles()} == wanted
    found = terms_of(folder)
    assert all(len(term) <= LONGEST_TERM for term in found if term.startswith("zq"))
    for number, (_, is_good) in enumerate(articles):
        assert (word(number) in found) == is_good, number
    for number in random.Random(0).sample(range(len(articles)), min(200, len(articles))):
        hits = engine.search(SearchRequest(text=word(number))).hits
        assert [hit.article.id for hit in hits] == ([str(number)] if articles[number][1] else [])


def post(folder: Path, articles: list[tuple[Record, bool]]) -> None:
    intake = Intake(lambda: open_writer(folder))
    for first in range(0, len(articles), 700):
        batch = articles[first : first + 700]
        report = intake.accept([record for record, _ in batch])
        assert report.indexed == sum(is_good for _, is_good in batch)
        assert [e.item for e in report.errors] == [n for n, (_, ok) in enumerate(batch) if not ok]


def pipe(folder: Path, articles: list[tuple[Record, bool]], jobs: int = 1) -> None:
    lines = "".join(json.dumps(record) + "\n" for record, _ in articles)
    with open_writer(folder) as writer:
        report = index_paths([], writer, stdin=io.BytesIO(lines.encode()), jobs=jobs)
    assert report.read == report.added == sum(is_good for _, is_good in articles)
    assert report.failed == sum(not is_good for _, is_good in articles)


def add(folder: Path, articles: list[tuple[Record, bool]]) -> None:
    """Articles by their own constructor, in one batch with the refused ones passed over."""
    with open_writer(folder) as writer:
        for record, is_good in articles:
            try:
                writer.add(Article(**record | {"tags": tuple(record.get("tags", ()))}))
            except (InvalidArticle, TypeError):
                assert not is_good
            else:
                assert is_good


def test_posted_records_are_in_or_out(tmp_path: Path) -> None:
    articles = list(stream(SEED, 2_000, REFUSED_RECORDS))
    post(tmp_path / "index", articles)
    check(tmp_path / "index", articles)


@pytest.mark.parametrize("jobs", [1, 2])
def test_lines_on_standard_input_are_in_or_out(tmp_path: Path, jobs: int) -> None:
    articles = list(stream(SEED + jobs, 400, REFUSED_EVERYWHERE))
    pipe(tmp_path / "index", articles, jobs)
    check(tmp_path / "index", articles)


def test_files_are_in_or_out(tmp_path: Path) -> None:
    articles = list(stream(SEED, 300, REFUSED_EVERYWHERE))
    folder = tmp_path / "files"
    folder.mkdir()
    for number, (record, _) in enumerate(articles):
        (folder / f"{number}.json").write_text(json.dumps(record))
    with open_writer(tmp_path / "index") as writer:
        report = index_paths([str(folder)], writer)
    assert report.failed == sum(not is_good for _, is_good in articles)
    check(tmp_path / "index", articles)


@pytest.mark.torture
def test_very_many_posted_records_are_in_or_out(tmp_path: Path) -> None:
    articles = list(stream(SEED, TRIALS, REFUSED_RECORDS))
    post(tmp_path / "index", articles)
    check(tmp_path / "index", articles)


@pytest.mark.parametrize("harm", REFUSED_RECORDS)
def test_no_article_is_made_of_what_a_door_refuses(harm: Record) -> None:
    record = good(1) | harm
    if "nonsense" in harm or ("url" in harm and len(harm["url"]) < MAX_ADDRESS_LENGTH):
        return  # the doors check names and addresses
    with pytest.raises(InvalidArticle):
        Article.from_dict(record)


CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"]


@pytest.mark.parametrize("field", ["title", "body", "url", "image"])
def test_no_text_of_an_article_holds_a_control_character(field: str) -> None:
    for control in CONTROLS:
        values: Record = {"id": "1", "title": "x", field: f"a{control}b"}
        with pytest.raises(InvalidArticle, match="control character"):
            Article(**values)
    assert Article(id="1", title="a\tb", body="a\nb\tc")


@pytest.mark.parametrize("door", ["post", "pipe"])
def test_control_characters_are_taken_out_at_every_door(tmp_path: Path, door: str) -> None:
    hidden = "".join(CONTROLS).replace("\r", "").replace("\x0b", "").replace("\x0c", "")
    text = hidden.replace("\x85", "").join("Ferry")
    record = {"id": "1", "title": text, "body": text, "source": text, "tags": [text]}
    {"post": post, "pipe": pipe}[door](tmp_path / "index", [(record, True)])
    article = open_engine(tmp_path / "index").get("1")
    assert article is not None
    assert (article.title, article.body, article.source) == ("Ferry", "Ferry", "Ferry")
    assert article.tags == ("Ferry",)


def test_what_is_too_long_in_a_file_is_cut_or_left_out_with_a_warning(
    index_text: Callable[..., Any],
) -> None:
    record = {
        "title": "Ferry " * 1_000,
        "body": "国" * MAX_BODY_BYTES,
        "source": "y" * (MAX_NAME_LENGTH + 1),
        "author": "国" * (MAX_NAME_LENGTH + 1),
        "url": "http://x.example/" + "y" * MAX_ADDRESS_LENGTH,
        "tags": [f"t{n}" for n in range(MAX_LABELS + 5)],
        "categories": ["y" * (MAX_NAME_LENGTH + 1), "财经"],
    }
    indexed = index_text(json.dumps(record))
    article = indexed.article
    assert len(article.title) <= MAX_TITLE_LENGTH
    assert MAX_BODY_BYTES - 4 < len(article.body.encode()) <= MAX_BODY_BYTES
    assert (article.source, article.author, article.url) == (None, None, None)
    assert article.tags == tuple(f"t{n}" for n in range(MAX_LABELS))
    assert article.categories == ("财经",)
    told = {warning.reason.partition(":")[0] for warning in indexed.report.warnings}
    assert told == {"title", "body", "source", "author", "url", "tags", "categories"}
    assert any("body: cut after 333,333 characters" in w.reason for w in indexed.report.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "x" * MAX_BODY_BYTES,
        "é" * (MAX_BODY_BYTES // 2),
        ",".join("1" * 400_000),
        "あ" * 300_000,
        "ア" * 300_000,
        "龘" * 300_000,
        "\ufdfa" * 300_000,
        "a\u0301\u0316\u0327" * 100_000,
        " ".join(f"w{n}" for n in range(130_000)),
    ],
    ids=["word", "accents", "number", "hiragana", "katakana", "han", "ligature", "marks", "words"],
)
def test_spam_is_indexed_with_terms_of_bounded_length(tmp_path: Path, text: str) -> None:
    spam = {"id": "1", "title": "Spam", "body": text}
    post(tmp_path / "index", [(spam, True), (good(2), True)])
    found = terms_of(tmp_path / "index")
    assert max(map(len, found)) <= LONGEST_TERM
    engine = open_engine(tmp_path / "index")

    def find(wanted: str) -> list[str]:
        page = engine.search(SearchRequest(text=wanted, highlight=False))
        return [hit.article.id for hit in page.hits]

    assert find(word(2)) == ["2"]
    assert find("spam") == ["1"]
    if has_cjk(text):
        assert find(f'"{text[:20]}"') == ["1"]


def test_a_long_word_is_found_whole_and_as_a_phrase_only_where_it_stands(tmp_path: Path) -> None:
    long_word = "".join(random.Random(0).choices("abcdefgh", k=300))
    other = long_word[:250] + "zzz" + long_word[253:]
    post(
        tmp_path / "index",
        [({"id": "1", "body": f"a {long_word} b"}, True), ({"id": "2", "body": other}, True)],
    )
    engine = open_engine(tmp_path / "index")
    for text in (long_word, f'"{long_word}"', f'"a {long_word} b"'):
        assert [hit.article.id for hit in engine.search(SearchRequest(text=text)).hits] == ["1"]


def test_an_analysis_that_fails_loses_one_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [(good(n), n != 7) for n in range(20)]
    to_article = pipeline.to_article

    def short_of_memory(draft: Any) -> Any:
        if draft.id == "7":
            raise MemoryError
        return to_article(draft)

    monkeypatch.setattr(pipeline, "to_article", short_of_memory)
    pipe(tmp_path / "index", articles)
    check(tmp_path / "index", articles)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_a_writer_that_fails_rolls_its_batch_back_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    folder = tmp_path / "index"
    before = [(good(0), True)]
    post(folder, before)
    with open_writer(folder) as writer:
        buffer_add = type(writer._buffer).add

        def add_half(buffer: Any, document: Any) -> int:
            if len(buffer) == 3:
                buffer._terms.append(document.terms)  # of a document that never comes
                raise error
            return buffer_add(buffer, document)

    monkeypatch.setattr(type(writer._buffer), "add", add_half)
    with pytest.raises(error), open_writer(folder) as writer:
        for number in range(1, 9):
            writer.add(Article(**good(number)))
    monkeypatch.undo()
    check(folder, before)
    after = [(good(number), True) for number in range(9)]
    post(folder, after)
    check(folder, after)
