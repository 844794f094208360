"""Inputs that mean harm, each made from a seed and a number, and a process that reads them.

As a program it reads some of them with 512 MB of memory and says what became of each::

    python -m tests.indexer.hostile_inputs SEED FIRST END
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sanbao import indexer
from sanbao.indexer.pipeline import index_paths
from sanbao.search.analysis import load_dictionaries
from sanbao.search.engines.base import CommitReport
from sanbao.search.engines.embedded.document import pack_article
from tests.growth import pace

MEMORY = 512 << 20
"""Bytes that reading may take on top of what the program takes anyway."""

_NEWS = sorted(
    path
    for path in (Path(indexer.__file__).parent / "sample_news").rglob("*")
    if path.is_file() and path.stat().st_size < 40_000
)
_SUFFIXES = (".md", ".html", ".jsonl", ".json", ".xml", ".rss", ".txt", ".txt.gz", ".jsonl.gz")
_TEXTS = (
    *("Ferry stays", "台風で欠航", "微信公开课", "\ufdfa", "a\u0301\u0316", "\u202eabc\u202c"),
    *("\u200b", "\ufeff", "\x00", "\x1b[2J", "\ufffe", "𠮷", "👨\u200d👩", "\u1112\u1161\u11ab"),
    *("\u3164", "２０２６年１１月２０日", "\r", "\x85", "\u2028", "---", "来源：某报", "<<: "),
)
_PIECES = (
    *(b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE x [", b"<!ENTITY a '"),
    *(b"&", b"&#", b"&#0;", b"&#xD800;", b"&a;", b"<script>", b"<p ", b"<table>", b"<svg>"),
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\ud800", b"\\u0000", b"1e999", b"NaN", b"-"),
    *(b"---\n", b"&a ", b"*a", b"!!python/object:x ", b"? ", b"- ", b"|\n", b">\n", b"%", b"\t"),
    *(b"# ", b"> ", b"* ", b"[a](", b"![", b"```\n", b"~~", b"**", b"|", b"{% ", b"`", b"_"),
    *(b"\x00", b"\x1b", b"\x80", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\x1f\x8b"),
    *(b"charset=utf-7", b"encoding='punycode'", b"charset=idna", b"<item>", b"<title>", b"2026"),
)
_FIELDS = (
    *("id", "title", "body", "language", "url", "source", "author", "published", "updated"),
    *("categories", "tags", "image", "date", "lang", "content", "text", "x"),
)


def make(seed: int, number: int) -> tuple[str, bytes]:
    """A name and a content, the same for the same numbers."""
    chance = random.Random(f"{seed} {number}")
    data = chance.choice((_news, _json_lines, _json, _feed, _page, _post, _text))(chance)
    for _ in range(chance.choice((0, 1, 1, 3, 10))):
        data = chance.choice((_cut, _insert, _repeat, _flip, _swap))(chance, data)
    suffix = chance.choice(_SUFFIXES)
    if chance.random() < 0.15:
        data = chance.choice((_cut, _flip, _same))(chance, gzip.compress(data, 1))
    return f"{number}{suffix}", data


def _news(chance: random.Random) -> bytes:
    return chance.choice(_NEWS).read_bytes()


def _json_lines(chance: random.Random) -> bytes:
    return b"\n".join(json.dumps(_record(chance)).encode() for _ in range(chance.randint(1, 4)))


def _json(chance: random.Random) -> bytes:
    records = [_record(chance) for _ in range(chance.randint(0, 4))]
    return json.dumps(records, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _record(chance: random.Random) -> dict[str, Any]:
    return {chance.choice(_FIELDS): _value(chance, 3) for _ in range(chance.randint(0, 8))}


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(9 if depth else 6)
    if kind < 3:
        return chance.choice((_words(chance), "http://[::1", "2026-11-20", "\ud800", "<p>x</p>"))
    if kind < 6:
        return chance.choice((None, True, 0, -1, 10**80, 0.1, "", "x" * 5000))
    if kind < 8:
        return [_value(chance, depth - 1) for _ in range(chance.randint(0, 5))]
    return {_words(chance): _value(chance, depth - 1) for _ in range(chance.randint(0, 3))}


def _feed(chance: random.Random) -> bytes:
    items = "".join(
        f"<item><title>{_words(chance)}</title><description>{_markup(chance)}</description>"
        f"<pubDate>{_words(chance)}</pubDate><link>http://x.example/{number}</link></item>"
        for number in range(chance.randint(0, 4))
    )
    encoding = chance.choice(("utf-8", "gb18030", "shift_jis", "utf-7", "utf-16", "rot13"))
    head = f"<?xml version='1.0' encoding='{encoding}'?>" if chance.random() < 0.7 else ""
    text = f"{head}<rss version='2.0'><channel><title>n</title>{items}</channel></rss>"
    return text.encode(chance.choice(("utf-8", "gb18030", "utf-16")), "replace")


def _page(chance: random.Random) -> bytes:
    meta = f"<meta name='date' content='{_words(chance)}'><title>{_words(chance)}</title>"
    return f"<html><head>{meta}</head><body>{_markup(chance)}</body></html>".encode(
        chance.choice(("utf-8", "gb18030", "euc_jp", "utf-16")), "replace"
    )


def _post(chance: random.Random) -> bytes:
    meta = "\n".join(
        f"{chance.choice(_FIELDS)}: {chance.choice(('', '[', '&a ', '*a', '|', '!!x '))}"
        f"{_words(chance)}"
        for _ in range(chance.randint(0, 5))
    )
    return f"---\n{meta}\n---\n{_markup(chance)}".encode()


def _text(chance: random.Random) -> bytes:
    encoding = chance.choice(("utf-8", "utf-16", "gb18030", "big5", "shift_jis", "iso2022_jp"))
    return (_words(chance) + "\n").encode(encoding, "replace") * chance.randint(1, 30)


def _markup(chance: random.Random) -> str:
    parts: list[str] = []
    for _ in range(chance.randint(0, 30)):
        tag = chance.choice(("p", "div", "a href='x'", "table", "script", "b", "ruby", "li", "h1"))
        parts.append(chance.choice((f"<{tag}>", f"</{tag}>", _words(chance), "* a\n", "> b\n")))
    return "".join(parts)


def _words(chance: random.Random) -> str:
    return " ".join(chance.choices(_TEXTS, k=chance.randint(0, 6)))


def _same(chance: random.Random, data: bytes) -> bytes:
    return data


def _cut(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.randint(0, len(data)) for _ in range(2))
    return chance.choice((data[:end], data[start:], data[:start] + data[end:]))


def _insert(chance: random.Random, data: bytes) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.choice(_PIECES) + data[place:]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    """One piece very often, or part of the input some times."""
    place = chance.randint(0, len(data))
    part = chance.choice((data[place : place + 20], *chance.choices(_PIECES, k=2)))
    times = chance.choice((2, 30, 1000, 20_000)) if len(part) < 20 else 200
    return data[:place] + part * times + data[place:]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if data else 0):
        changed[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(changed)


def _swap(chance: random.Random, data: bytes) -> bytes:
    a, b = chance.choice(_PIECES), chance.choice(_PIECES)
    return data.replace(a, b, 50)


class NullWriter:
    """Analyses articles and forgets them."""

    pack = staticmethod(pack_article)

    def add_packed(self, article_id: str, packed: object) -> None:
        pass

    def commit(self) -> CommitReport:
        return CommitReport()

    rollback = close = commit


def read(path: Path, writer: Any = None) -> SimpleNamespace:
    """What becomes of a file: processor seconds, articles read, and reasons of failures.

    The seconds are those of a machine of the usual pace.
    """
    started = time.process_time()
    report = index_paths([str(path)], writer or NullWriter())
    seconds = (time.process_time() - started) / pace()
    reasons = [failure.reason for failure in report.failures]
    return SimpleNamespace(seconds=seconds, read=report.read, reasons=reasons)


def limit_memory(more: int = MEMORY) -> None:
    """No more memory for this process than it has and so many bytes."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))


def warm_up(folder: Path) -> None:
    """Load whatever the first article of each format would have to wait for."""
    pace()
    load_dictionaries()
    read_all: list[tuple[str, Callable[[random.Random], bytes]]] = [
        *(("a.html", _page), ("a.xml", _feed), ("a.md", _post), ("a.jsonl", _json_lines)),
    ]
    chance = random.Random(0)
    for name, maker in read_all:
        (folder / name).write_bytes(maker(chance))
        read(folder / name)


def outcomes(seed: int, first: int, end: int) -> Iterator[dict[str, Any]]:
    """What becomes of each input of a range."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm_up(folder)
        limit_memory()
        for number in range(first, end):
            file_name, data = make(seed, number)
            (folder / file_name).write_bytes(data)
            yield {"number": number, **vars(read(folder / file_name))}
            (folder / file_name).unlink()


if __name__ == "__main__":
    for outcome in outcomes(*map(int, sys.argv[1:])):
        print(json.dumps(outcome), flush=True)
