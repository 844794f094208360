"""Bad input: named, counted, and nothing lost of the rest."""

from __future__ import annotations

import gzip
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from sanbao.indexer.inputs.files import MAX_ARTICLE, MAX_FILE, MEGABYTE
from sanbao.indexer.pipeline import COMMIT_EVERY, MAX_LISTED, index_paths

GOOD = '{"title": "Good"}\n'


def sparse(path: Path, start: bytes, size: int, end: bytes = b"") -> Path:
    """A file of ``size`` bytes, most of them zeros that take no room on the disk."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)
        file.seek(0, os.SEEK_END)
        file.write(end)
    return path


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\n ", "holds no text"),
        ("a.jsonl", b"\n\n", "holds no articles"),
        ("a.json", b"[]", "the list holds no articles"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(32)), "is a binary file"),
        ("a.txt", b"\xff\xfe\x00\xd8\x00\xd8", "starts as utf-16-le but is not"),
        (
            "a.md",
            b"\n---\nx: y\ntitle: a: b\n---\nx",
            "a value holds a colon; put quotation marks around it, line 4",
        ),
        ("a.md", b"---\ntitle: [a\n---\nx", "broken YAML in the front matter"),
        ("a.md", b"---\ntitle: " + b"[" * 3000 + b"\n---\nx", "is nested too deeply to be read"),
        ("a.md", b"---\ntitle: a\nx", "no second `---` line"),
        ("a.xml", b"<?xml version='1.0'?><note>x</note>", "is no RSS or Atom feed"),
        ("a.rss", b"hello", "is no RSS or Atom feed"),
        ("a.xml", b"<rss version='2.0'><channel></channel></rss>", "holds no entries"),
        ("a.html", b"<html><body></body></html>", "no article text"),
        ("a.json", b'"text"', "is a text; an article is an object"),
        ("a.json", b'{"title": "x",', "is not valid JSON"),
        ("a.json", b'{"id": "x"}', "title and body are both empty"),
        ("a.json", b'{"title": "\xb2\xe2"}', "is not UTF-8"),
        ("a.json", b"[" * 100_000, "cannot be read"),
        ("a.txt.gz", gzip.compress(b"A line of text.\n" * 9, mtime=0)[:-9], "cut off or damaged"),
        ("a.txt.gz", gzip.compress(b"", mtime=0), "is empty"),
    ],
)
def test_a_bad_file_is_named_with_its_reason(index, tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "z.jsonl").write_text(GOOD)
    indexed = index(tmp_path)
    assert indexed.failure.startswith(f"{tmp_path / name}")
    assert reason in indexed.failure
    assert indexed.report.failed == 1
    assert indexed.article.title == "Good"


def test_one_bad_line_among_good_ones(index_text):
    indexed = index_text('{"title": "A"}\n{"title": \n[1]\n{"body": 5}\n{}\n{"title": "B"}\n')
    assert [a.title for a in indexed.articles] == ["5", "A", "B"]
    names = [failure.name.rpartition(":")[2] for failure in indexed.report.failures]
    assert names == ["2", "3", "5"]
    assert "line 1 column" in indexed.report.failures[0].reason


def test_bad_items_of_a_list(index_text):
    indexed = index_text('[{"title": "A"}, 7, {"id": "x"}]')
    assert indexed.article.title == "A"
    assert [f.name.rpartition("/")[2] for f in indexed.report.failures] == [
        "article.txt, item 2",
        "article.txt, item 3",
    ]


def test_a_line_of_300_megabytes_is_passed_over_in_little_memory(index, tmp_path):
    start = GOOD + '{"title": "' + "x" * 9000
    path = sparse(tmp_path / "big.jsonl", start.encode(), 300 * MEGABYTE, b'\n{"title": "Z"}\n')
    tracemalloc.start()
    indexed = index(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [a.title for a in indexed.articles] == ["Good", "Z"]
    assert indexed.failure == f"{path}:2: the line is longer than 16 MB; split it"
    assert peak < 4 * MAX_ARTICLE


@pytest.mark.parametrize(
    ("start", "size", "limit"),
    [
        (b"Title\n\n" + b"x" * 9000, 300 * MEGABYTE, "16 MB"),
        (b"---\ntitle: x\n---\n" + b"x" * 9000, MEGABYTE + 1, "1 MB"),
        (b'[{"title": "x"}]' + b" " * 9000, MAX_FILE + 1, "64 MB"),
        (b"<rss version='2.0'>" + b" " * 9000, MAX_FILE + 1, "64 MB"),
    ],
)
def test_a_file_that_is_too_large(index, tmp_path, start, size, limit):
    path = sparse(tmp_path / "big", start, size)
    assert index(path).failure == f"{path}: is larger than {limit}; split it into smaller files"


def test_a_gzip_bomb_is_stopped(index, tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(GOOD.encode() + b"x" * 9000)
        for _ in range(80):
            file.write(bytes(MEGABYTE))
    indexed = index(path)
    assert indexed.article.title == "Good"
    assert "expands more than 100 times" in indexed.failure


def test_a_cut_gzip_file_keeps_what_comes_before_the_cut(index_text):
    lines = (f'{{"title": "渡轮 {number} {os.urandom(99).hex()}"}}\n' for number in range(300))
    indexed = index_text(gzip.compress("".join(lines).encode())[:-5000])
    assert 200 < len(indexed.articles) < 300
    assert "cut off or damaged" in indexed.failure


def test_a_cut_feed_gives_its_entries_and_a_failure(index_text):
    feed = "<rss version='2.0'><channel><item><title>A</title></item><item><title>B</title>"
    indexed = index_text(feed)
    assert [a.title for a in indexed.articles] == ["A", "B"]
    assert "the feed is cut off" in indexed.failure


def test_xml_entities_do_not_grow(index_text):
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    indexed = index_text(
        f"<!DOCTYPE x [{entities}]><rss version='2.0'><channel><item><title>A &a11;</title></item>"
        "</channel></rss>",
        "a.xml",
    )
    assert all(len(a.title) < 1000 for a in indexed.articles)


def test_a_thousand_comments_are_no_riddle(index_text):
    assert index_text("<!-- x -->" * 1000 + "Ferry stays").articles


def test_yaml_aliases_do_not_grow(index_text):
    lines = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)
    ]
    fields = ["tags: *a11", "title: *a11", "date: *a11", "author: *a11"]
    indexed = index_text("\n".join(["---", *lines, *fields, "---", "Text."]))
    assert indexed.article.tags == ()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_regular_file_is_not_opened(index, tmp_path, make):
    make(tmp_path / "a.txt")
    (tmp_path / "b.jsonl").write_text(GOOD)
    indexed = index(tmp_path)
    assert indexed.failure.startswith(f"{tmp_path / 'a.txt'}: ")
    assert indexed.article.title == "Good"


def test_a_socket_is_not_opened(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.txt")
        assert "is not a regular file" in index("door.txt").failure


def test_arguments_that_name_nothing(index, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".hidden").write_text(GOOD)
    arguments = (
        "https://news.example/feed",
        tmp_path / "no",
        tmp_path / "*.no",
        tmp_path / "empty",
    )
    reasons = [failure.reason for failure in index(*arguments).report.failures]
    assert reasons == [
        "is an address, not a file; download it and index the file",
        "there is no such file or folder",
        "no file matches this pattern",
        "this folder holds no files",
    ]


def test_folders_and_patterns(index, tmp_path):
    for name in ("b/2.jsonl", "b/a/1.jsonl", ".git/3.jsonl", "b/.4.jsonl", "c[1].jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"title": "{name}"}}')
    assert [a.title for a in index(tmp_path / "**/*.jsonl").articles] == [
        "b/2.jsonl",
        "b/a/1.jsonl",
        "c[1].jsonl",
    ]
    everything = index(tmp_path).report
    assert (everything.added, everything.updated) == (0, 3)
    assert index(tmp_path / "c[1].jsonl").report.updated == 1


def test_a_name_that_is_not_utf8(index, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.write_bytes(b"")
    assert index(tmp_path).failure == rf"{tmp_path}/\xff.txt: is empty"


def test_optional_values_that_are_wrong_are_left_out_with_a_warning(index_text):
    indexed = index_text(
        '{"title": "A", "date": "11月20日", "url": "javascript:alert(1)", "image": "/x.jpg"}'
    )
    article = indexed.article
    assert (article.published, article.url, article.image) == (None, None, None)
    assert [w.reason.partition(":")[0] for w in indexed.report.warnings] == [
        "url",
        "published",
        "image",
    ]
    assert indexed.report.failed == 0


def test_a_date_that_does_not_exist_does_not_fail_the_article(index_text):
    indexed = index_text("---\ntitle: A\ndate: 2026-13-45\n---\nText.")
    assert indexed.article.published is None
    assert "'2026-13-45' is no date" in indexed.report.warnings[0].reason


def test_control_characters_and_half_characters_are_taken_out(index_text):
    article = index_text(r'{"title": "A\u0000\ud800B", "body": "x\u0007y\u000bz"}').article
    assert (article.title, article.body) == ("AB", "xy\nz")


def test_an_interruption_keeps_what_was_committed(writer, tmp_path):
    class Interrupted(type(writer)):
        def add(self, article):
            if article.title == str(COMMIT_EVERY + 7):
                raise KeyboardInterrupt
            super().add(article)

    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"title": "{number}"}}\n' for number in range(COMMIT_EVERY + 99)))
    stopped = Interrupted()
    report = index_paths([str(path)], stopped)
    assert report.interrupted
    assert report.read == report.added == COMMIT_EVERY
    assert len(stopped.committed) == COMMIT_EVERY


def test_a_long_list_of_failures_is_counted_and_cut(index_text):
    report = index_text('{"title": "A"}\n' + "{}\n" * (MAX_LISTED + 5)).report
    assert report.failed == MAX_LISTED + 5
    assert len(report.failures) == MAX_LISTED
