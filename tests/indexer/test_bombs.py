"""Small inputs that would become large, or take long: each is stopped in a process of its own."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.growth import least_seconds
from tests.indexer.hostile_inputs import MEMORY

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1 << 20

# Forks a process for each path that it is told. Answers by processor seconds, growth of resident
# memory in MB, articles and reasons; or by null, if the process has died.
PROGRAM = """
import json, os, resource, sys, tempfile
from pathlib import Path
from tests.indexer.hostile_inputs import limit_memory, read, warm_up

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def answer(path):
    limit_memory()
    before = peak()
    outcome = read(path)
    grown = peak() - before
    print(json.dumps([outcome.seconds, grown, outcome.read, outcome.reasons]), flush=True)

with tempfile.TemporaryDirectory() as folder:
    warm_up(Path(folder))
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        answer(Path(line.strip()))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print("null", flush=True)
"""

Outcome = tuple[float, int, list[str]]
Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Reads a file within so much of the processor's time: megabytes, articles and reasons."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, answers = process.stdin, process.stdout

        def read(path: Path, most_seconds: float = math.inf) -> Outcome:
            outcomes: list[Outcome] = []

            def seconds() -> float:
                print(path, file=told, flush=True)
                answer = json.loads(answers.readline())
                assert answer, "the process has died"
                outcomes.append(tuple(answer[1:]))
                return float(answer[0])

            assert least_seconds(seconds, most_seconds) <= most_seconds
            return outcomes[-1]

        yield read


GZIP: dict[str, Callable[[], bytes]] = {
    "a thousand to one": lambda: gzip.compress(b"a line\n" + bytes(100 * MEGABYTE)),
    "lines of nothing": lambda: gzip.compress(b'{"title": "x"}' + b"\n" * (200 * MEGABYTE)),
    "text": lambda: gzip.compress(b"Ferry " * (30 * MEGABYTE)),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(bytes(50 * MEGABYTE))),
    "parts that are empty": lambda: gzip.compress(b"") * 500_000,
    "a name without end": lambda: b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"a" * (20 * MEGABYTE),
    "a length that lies": lambda: gzip.compress(b"Ferry stays")[:-4] + b"\xff\xff\xff\xff",
    "a checksum that lies": lambda: gzip.compress(b"Ferry stays")[:-8] + bytes(8),
}


@pytest.mark.parametrize("kind", GZIP)
def test_a_gzip_bomb_is_stopped_at_once_in_little_memory(
    run: Run, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(GZIP[kind]())
    grown, articles, reasons = run(path, most_seconds=2)
    assert grown <= 64
    assert (articles, len(reasons)) in ((0, 1), (1, 1))
    assert not reasons[0].startswith("could not be read")


def test_many_small_parts_are_one_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(
        b"".join(gzip.compress(b'{"title": "%d"}\n' % n) for n in range(2_000)) + bytes(9)
    )
    _, articles, reasons = run(path)
    assert (articles, reasons) == (2_000, [])


def _feed(title: str, doctype: str = "") -> bytes:
    item = f"<item><title>Ferry {title}</title></item>"
    return f"{doctype}<rss version='2.0'><channel>{item}</channel></rss>".encode()


def _laughs() -> str:
    grown = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY a0 "ha">{grown}]>'


def _aliases() -> bytes:
    items = ",".join("x" * 20_000)
    return f"---\na: &a [{items}]\ntags: [{','.join(['*a'] * 9_000)}]\n---\nFerry".encode()


MARKUP: dict[str, tuple[str, Callable[[], bytes]]] = {
    "elements in elements": ("a.html", lambda: b"<html><body>" + b"<div>" * 1_000_000),
    "links in links": ("a.html", lambda: b"<html><body>" + b"<a href=x>y" * 300_000),
    "attributes": ("a.html", lambda: b"<html><p " + b" ".join(b"a%d" % n for n in range(500_000))),
    "attributes with quotes": ("a.html", lambda: b"<html><p a='>'" + b" b='<'" * 39_000),
    "a large attribute": ("a.html", lambda: b"<html><p a='" + b"x" * (100 * MEGABYTE)),
    "a text without end": ("a.html", lambda: b"<html><p>" + b"Ferry " * (2 * MEGABYTE)),
    "signs": ("a.html", lambda: b"<html><p>" + b"<" * (10 * MEGABYTE)),
    "a billion laughs": ("a.xml", lambda: _feed("&a11;", _laughs())),
    "one entity very often": (
        "a.xml",
        lambda: _feed("&a;" * 50_000, f"<!DOCTYPE x [<!ENTITY a '{'x' * 100_000}'>]>"),
    ),
    "declarations": ("a.xml", lambda: _feed("x", "<!ENTITY\n" * 200_000)),
    "blank lines": ("a.xml", lambda: _feed("x", "\n" * 300_000)),
    "encodings": ("a.xml", lambda: b"<?xml " + b"encoding='a'" * 20_000 + b"?>" + _feed("x")),
    "tags in a feed": (
        "a.xml",
        lambda: b"<rss version='2.0'><channel><item>" + b"<a>" * 1_000_000,
    ),
    "aliases of a list": ("a.md", _aliases),
    "YAML in YAML": ("a.md", lambda: b"---\ntitle: " + b"[" * 90_000 + b"\n---\nx"),
    "keys of keys": ("a.md", lambda: b"---\n" + b"? " * 40_000 + b"\n---\nx"),
    "quotations": ("a.md", lambda: b">" * 900_000 + b" x"),
    "brackets": ("a.md", lambda: b"![[" * 100_000),
    "stars": ("a.md", lambda: b"*" * 900_000),
    "a long reference": ("a.md", lambda: b"[a]: /" + b"u" * 400_000 + b"\n\n" + b"[a] " * 9_000),
    "JSON in JSON": ("a.json", lambda: b'{"title": "x", "a": ' + b"[" * 5_000_000),
    "a number of a million digits": ("a.jsonl", lambda: b'{"title": ' + b"9" * 1_000_000 + b"}"),
    "a kana without end": ("a.txt", lambda: ("あ" * 5_000_000).encode()),
    "a katakana without end": ("a.txt", lambda: ("ア" * 5_000_000).encode()),
    "a ligature of eighteen": ("a.txt", lambda: ("\ufdfa" * 2_000_000).encode()),
    "marks on marks": ("a.txt", lambda: ("a" + "\u0301\u0316" * 100_000).encode()),
}


@pytest.mark.parametrize("kind", MARKUP)
def test_a_bomb_of_markup_kills_no_process(run: Run, tmp_path: Path, kind: str) -> None:
    name, make = MARKUP[kind]
    (tmp_path / name).write_bytes(make())
    grown, articles, reasons = run(tmp_path / name, most_seconds=5)
    assert grown <= MEMORY / MEGABYTE
    assert articles + len(reasons) >= 1
    assert not any("needs more memory" in r or "could not be read" in r for r in reasons)


@pytest.mark.parametrize("kind", ["page", "feed", "lines"])
def test_text_of_signs_alone_takes_memory_by_its_size(tmp_path: Path, kind: str) -> None:
    signs = "&amp;" * 2_000_000
    item = f"<item><title>T</title><description><![CDATA[{signs}]]></description></item>"
    large, small = tmp_path / "large", tmp_path / "small"
    small.write_text("<p>Ferry</p>")
    large.write_text(
        {
            "page": f"<html><body><p>{signs}</p></body></html>",
            "feed": f"<rss version='2.0'><channel>{item}</channel></rss>",
            "lines": json.dumps({"title": "T", "body": f"<p>{signs}</p>"}),
        }[kind]
    )
    needed = _most_memory(large, tmp_path) - _most_memory(small, tmp_path)
    assert needed < 20 * large.stat().st_size


def _most_memory(path: Path, folder: Path) -> int:
    """What a process that indexes the file needs, in bytes."""
    program = (
        "import resource, subprocess, sys\n"
        "command = [sys.executable, '-m', 'sanbao', 'index', *sys.argv[1:]]\n"
        "subprocess.run(command, check=True, capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    arguments = [str(path), "--index", str(folder / "index")]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True
    )
    return int(done.stdout) * 1024
