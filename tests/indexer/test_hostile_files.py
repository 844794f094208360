"""Names, links and addresses that mean harm; JSON, markup and encodings that are no such thing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sanbao.indexer.drafts import Failure
from sanbao.indexer.inputs.files import find_files, open_input
from sanbao.indexer.pipeline import index_paths
from sanbao.search.errors import SearchError

Run = Callable[..., Any]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> NoReturn:
        raise AssertionError(f"somebody opens a connection: {arguments}")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    "address",
    [
        *("http://127.0.0.1/", "https://[::1]/", "ftp://10.0.0.1/x", "file:///etc/hostname"),
        *("gopher://x/", "HTTP://0x7f.1/", "http://169.254.169.254/latest", "feed://x.example/"),
    ],
)
def test_an_address_is_no_input_and_nothing_is_fetched(
    index: Run, no_network: None, address: str
) -> None:
    assert "is an address, not a file" in index(address).failure


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.rss", "http://127.0.0.1:9/feed.xml"),
        ("a.xml", "<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd'><rss version='2.0'><channel>"),
        ("b.xml", "<!DOCTYPE x [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/'> %a;]><rss></rss>"),
        ("a.html", "<html><base href='http://127.0.0.1:9/'><link rel=stylesheet href=x><p>Ferry"),
        ("c.xml", "<?xml-stylesheet href='http://127.0.0.1:9/'?><rss version='2.0'></rss>"),
    ],
)
def test_what_a_file_refers_to_is_not_fetched(
    index_text: Run, no_network: None, name: str, content: str
) -> None:
    assert index_text(content, name).report.files == 1


@pytest.mark.parametrize("how", ["content", "entity", "xinclude", "parameter entity"])
def test_no_reader_opens_another_file(index: Run, tmp_path: Path, how: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("<rss version='2.0'><channel><item><title>KEY</title></item></channel></rss>")
    content = {
        "content": str(secret),
        "entity": f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file://{secret}'>]>"
        "<rss version='2.0'><channel><item><title>A &a;</title></item></channel></rss>",
        "xinclude": "<rss version='2.0' xmlns:xi='http://www.w3.org/2001/XInclude'><channel><item>"
        f"<title>A <xi:include href='{secret}' parse='text'/></title></item></channel></rss>",
        "parameter entity": f"<!DOCTYPE x [<!ENTITY % a SYSTEM 'file://{secret}'> %a;]>"
        "<rss version='2.0'><channel><item><title>A</title></item></channel></rss>",
    }[how]
    (tmp_path / "a.rss").write_text(content)
    indexed = index(tmp_path / "a.rss")
    assert "KEY" not in str(indexed.articles)


def test_a_feed_that_names_a_pipe_does_not_wait_for_it(index: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.rss").write_text(str(tmp_path / "pipe"))
    assert "is no RSS or Atom feed" in index(tmp_path / "a.rss").failure


def test_yaml_makes_no_objects(index_text: Run, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    tag = f"!!python/object/apply:os.mkdir ['{trap}']"
    indexed = index_text(f"---\ntitle: {tag}\ntags: {tag}\n---\nFerry")
    assert not trap.exists()
    assert indexed.article.body == "Ferry"


def test_a_link_that_leads_out_of_a_folder_is_not_followed(index: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The key")
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("Ferry")
    (folder / "deep" / "out.txt").symlink_to("../../secret.txt")
    (folder / "deep" / "in.txt").symlink_to(folder / "a.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "b.txt").symlink_to("/proc/self/environ")
    (folder / "c.txt").symlink_to("/dev/zero")
    indexed = index(folder)
    assert indexed.article.title == "Ferry"
    refused = [f.name for f in indexed.report.failures if "leads out of this folder" in f.reason]
    assert [Path(name).name for name in refused] == ["b.txt", "c.txt", "out.txt"]
    assert index(folder / "deep" / "out.txt").report.read == 1


def test_links_in_a_circle_are_failures_and_the_rest_goes_in(index: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("Ferry")
    (folder / "loop").symlink_to("loop")
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    (folder / "gone").symlink_to("nowhere")
    indexed = index(folder)
    assert indexed.article.title == "Ferry"
    failures = {Path(f.name).name: f.reason for f in indexed.report.failures}
    assert failures == {
        **dict.fromkeys(("loop", "one", "two"), "too many levels of symbolic links"),
        "gone": "no such file or directory",
    }
    assert "too many levels" in index(folder / "loop").failure


def test_folders_in_a_circle_are_walked_once(index: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("Ferry")
    for name in ("again", "once more"):  # by which a pattern could go on for ever
        (folder / "deep" / name).symlink_to(folder)
    (folder / "up").symlink_to("..")
    for argument in (folder, f"{folder}/**", f"{folder}/**/"):
        indexed = index(argument)
        assert (indexed.report.files, indexed.article.title) == (1, "Ferry")
        assert indexed.failure.startswith(f"{folder}/up: is a link that leads out of this folder")
    assert index(f"{folder}/**/*.txt").report.files == 1
    assert index(f"{tmp_path}/**/deep/**/a.txt").report.files == 1


def test_folders_in_folders_end_where_the_system_ends_them(index: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ferry")
    deep = os.open(tmp_path, os.O_RDONLY)
    for _ in range(2_500):
        os.mkdir("d", dir_fd=deep)
        deeper = os.open("d", os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = deeper
    os.close(deep)
    indexed = index(tmp_path)
    assert indexed.article.title == "Ferry"
    assert indexed.failure.endswith("/d/d: file name too long")
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # which pytest cannot


def test_what_is_no_regular_file_is_a_failure(index: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ferry")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket"))
        indexed = index(tmp_path)
    assert indexed.article.title == "Ferry"
    assert [Path(f.name).name for f in indexed.report.failures] == ["pipe", "socket"]
    assert all("is not a regular file" in f.reason for f in indexed.report.failures)


def test_what_may_not_be_read_is_a_failure(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    for folder, rights in (("closed", 0o000), ("listed", 0o400), ("open", 0o700)):
        (news / folder).mkdir()
        (news / folder / "a.txt").write_text(f"Ferry {folder}")
        (news / folder / "link").symlink_to("a.txt")
        (news / folder).chmod(rights)
    (news / "open" / "b.txt").write_text("Key")
    (news / "open" / "b.txt").chmod(0)
    (news / "to closed").symlink_to("closed/a.txt")
    arguments = [news, news / "closed" / "a.txt", f"{news}/*/a.txt"]
    command = [sys.executable, "-m", "sanbao", "index", *map(str, arguments), "--json"]
    if not os.geteuid():  # root without the right to read everything
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    done = subprocess.run(
        [*command, "--index", str(tmp_path / "index")], capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    failed = {f["name"].removeprefix(f"{news}/"): f["reason"] for f in report["failures"]}
    assert dict.fromkeys(failed.values()) == {"permission denied": None}
    names = ["closed", "closed/a.txt", "listed/a.txt", "listed/link", "open/b.txt", "to closed"]
    assert sorted(failed) == names
    assert report["read"] == 3
    for folder in ("closed", "listed"):
        (news / folder).chmod(0o700)


@pytest.mark.parametrize("change", ["remove", "folder", "pipe"])
def test_a_file_that_changes_meanwhile_is_a_failure(
    writer: Any, tmp_path: Path, change: str
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"Ferry {name}")
    changing = tmp_path / "b.txt"

    def meanwhile(done: int, total: int, articles: int) -> None:
        if done == 0:
            changing.unlink()
            {"remove": str, "folder": os.mkdir, "pipe": os.mkfifo}[change](changing)

    report = index_paths([str(tmp_path)], writer, on_progress=meanwhile)
    assert sorted(article.title for article in writer.committed.values()) == ["Ferry a", "Ferry c"]
    reason = {
        "remove": "no such file or directory",
        "folder": "was a file and has become a folder; run the command again",
        "pipe": "is not a regular file; pipe JSON lines to `sanbao index -` instead",
    }[change]
    assert report.failures == [Failure(str(changing), reason)]


def test_a_name_that_is_no_text_is_printed_as_its_bytes(sanbao: Run, tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path / "folder") + b"\xfe")
    Path(folder).mkdir()
    for name in (b"\xff", b"\xfd"):
        Path(folder, os.fsdecode(name + b".txt")).write_bytes(b"")
    Path(folder, os.fsdecode(b"a\xff.txt")).write_text("Ferry")
    for argument in (folder, folder + "/**/*", *map(str, Path(folder).iterdir())):
        assert "Traceback" not in sanbao("index", argument).stderr
    done = sanbao("index", folder, "--json")
    report = json.loads(done.stdout)
    assert report["read"] == 1
    names = [rf"{tmp_path}/folder\xfe/\xfd.txt", rf"{tmp_path}/folder\xfe/\xff.txt"]
    assert [failure["name"] for failure in report["failures"]] == names
    assert names[0] in done.stderr
    assert "is an address" in sanbao("index", "http://\udcff/", "--json").stdout


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_not_read(name: str) -> None:
    with pytest.raises((SearchError, OSError)), open_input(Path(name)):
        pass


def test_memory_of_a_process_is_not_read(index: Run) -> None:
    assert not index("/proc/self/mem").articles


@pytest.mark.parametrize("argument", ["a\0b", "\0", "x" * 5_000, "../" * 2_000, "", "["])
def test_an_argument_that_can_be_no_file_is_a_failure(
    index: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(list(find_files([argument]))) == 1
    assert not index(argument).articles


def test_a_name_cannot_speak_to_the_terminal(index: Run, tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J\n\u202e.txt").write_bytes(b"")
    assert index(tmp_path).failure == rf"{tmp_path}/a\x1b[2J\n\u202e.txt: is empty"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"title": NaN}', "NaN is no number"),
        ('{"title": -Infinity}', "Infinity is no number"),
        ('{"title": 1e999}', "1e999 is too large"),
        ('{"title": ' + "9" * 5_000 + "}", "digits"),
        ('{"title": "x", "a": ' + "[" * 100_000, "nested too deeply"),
        ('{"title": "x", "a": ' + '{"a": ' * 3_000 + "1" + "}" * 3_001, "nested too deeply"),
        ('{"title": "x"} {"title": "y"}', "Extra data"),
        ('{"title": "x"', "not valid JSON"),
        ("{'title': 'x'}", "not valid JSON"),
    ],
)
def test_a_line_that_is_no_json_is_named_and_the_others_go_in(
    index_text: Run, line: str, reason: str
) -> None:
    for lines in (["{}", line], [line, "{}"]):
        text = "\n".join(['{"title": "A"}', *lines, '{"title": "B"}'])
        indexed = index_text(text, "a.jsonl")
        assert [article.title for article in indexed.articles] == ["A", "B"]
        failed = {f.name.rpartition(":")[2]: f.reason for f in indexed.report.failures}
        assert reason in failed[str(2 + lines.index(line))]


def test_the_first_line_may_be_the_broken_one(index_text: Run) -> None:
    deep = '{"title": "x", "a": ' + "[" * 2_000 + "]" * 2_000 + "}"
    assert index_text(f'{deep}\n{{"title": "A"}}\n').article.title == "A"


def test_of_a_field_that_comes_twice_the_last_counts(index_text: Run) -> None:
    assert index_text('{"title": "A", "body": "x", "title": "B"}').article.title == "B"


def test_marks_of_byte_order_are_no_text(index_text: Run) -> None:
    assert index_text("\ufeff" + '{"title": "A"}\n', "a.jsonl").article.title == "A"
    assert index_text(json.dumps([{"title": "A"}]).encode("utf-16"), "a.json").article.title == "A"


def test_the_items_of_a_list_before_a_damage_go_in(index_text: Run) -> None:
    indexed = index_text('[{"title": "A"}, {"title": "B"}, {"title": ', "a.json")
    assert [article.title for article in indexed.articles] == ["A", "B"]
    assert "is not valid JSON: Expecting value, line 1 column 44" in indexed.failure


@pytest.mark.parametrize("text", ["[1, 2", "[1 2]", "[]]", "[1,]", "[,]", "[{}] x"])
def test_a_list_that_is_no_json_is_refused(index_text: Run, text: str) -> None:
    assert "is not valid JSON" in str(index_text(text, "a.json").report.failures)


@pytest.mark.parametrize(
    "encoding", ["utf-7", "idna", "punycode", "undefined", "rot13", "unicode_escape", "cp037", "hz"]
)
def test_an_encoding_in_which_ascii_is_not_ascii_is_not_believed(
    index_text: Run, encoding: str
) -> None:
    page = f"<html><meta charset='{encoding}'><body><p>+ADw-b+AD4 \\u0041 Café stays open</p>"
    assert "+ADw-b+AD4 \\u0041" in index_text(page.encode("latin-1"), "a.html").article.body


def test_a_reference_to_no_character_costs_the_feed_nothing_else(index_text: Run) -> None:
    for reference in ("&#xD800;", "&#0;", "&#x110000;", "&#99999999999;", "&#x" + "0" * 99 + "d;"):
        item = f"<item><title>Ferry {reference}</title></item><item><title>B &</title></item>"
        indexed = index_text(f"<rss version='2.0'><channel>{item}</channel></rss>", "a.xml")
        assert indexed.report.read == 2, reference
