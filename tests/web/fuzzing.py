"""Searches at random over real HTTP: a grammar gone wrong, bytes, and all of Unicode."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Thread
from urllib.parse import quote, urlencode, urlsplit

from lxml import html

from sanbao.search.fields import TYPED_NAMES

CANARY = "<canary id=c>"
ATTRIBUTE_CANARY = "\"'` canary=1 x="

WORDS = (
    *("ferry", "rate", "cut", "mayor", "a", "the", "2026", "1,000.5", "covid-19", "l'art", "ﬁn"),
    *(
        "渡轮",
        "渡輪",
        "フェリー",
        "市長",
        "国",
        "の",
        "ー",
        "港湾で",
        "新しい",
        "𠮷",
        "한국",
        "Ωμέγα",
    ),
    *("script", "alert", "lt", "amp", "mark", CANARY, ATTRIBUTE_CANARY, "&lt;canary&gt;"),
)
SIGNS = (
    *(
        '"',
        "“",
        "”",
        "＂",
        "「",
        "」",
        "『",
        "』",
        "(",
        ")",
        "（",
        "）",
        "-",
        "－",
        "*",
        "＊",
        "~",
        "～",
    ),
    *(
        ":",
        "：",
        "..",
        " ",
        "　",
        "\t",
        "\n",
        "\0",
        "。",
        "、",
        "!",
        "?",
        "/",
        "\\",
        "%",
        "&",
        "=",
        "+",
    ),
    *("AND", "OR", "NOT", "and", "~5", "~0", "~99999999999999999999", "^2", "[a TO z]", "{", "}"),
    *(f"{name}:" for name in TYPED_NAMES),
    *("Title：", "none:", "title"),
    *("2022", "2026-09", "2026-13", "7d", "99999y", "2026-09..2026-10", "..", "9999-12-31", "0000"),
)
ODD = (
    *(
        "\u0301",
        "\u0316",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ufdfa",
        "\ufe0f",
        "\u3099",
    ),
    *(
        "\U000e0041",
        "\ufffe",
        "\U0010ffff",
        "İ",
        "ß",
        "ﷺ",
        "½",
        "㎏",
        "Ⅻ",
        "ｶﾞ",
        "👩‍👩‍👧",
        "\x1b[31m",
        "\x7f",
    ),
)
PARAMETERS = {
    "limit": ("0", "1", "100", "101", "-1", "1.5", "", "1e3", "9" * 5000, "１０", "null"),
    "offset": ("0", "5", "9999", "1000000000000", "-1", "x"),
    "page": ("1", "2", "0", "99999999999999999999", "x"),
    "lang": ("zh", "ja,en", "zh-Hant", "fr", ",", CANARY),
    "source": ("青屏新闻", "Harbour Ledger", "", CANARY, "\0", "x" * 1025),
    "category": ("交通", ATTRIBUTE_CANARY, "\u202e"),
    "author": ("Lin, Mei", CANARY),
    "from": ("2026", "7d", "2026-02-30", CANARY, "9" * 99),
    "to": ("2026-09", "1h", "0000", "", "２０２６"),
    "sort": ("newest", "oldest", "relevance", CANARY),
    "facets": ("lang", "lang,source,category", "lang," * 50, CANARY),
    "timeline": ("auto", "day", "century"),
    "highlight": ("on", "off", "maybe"),
    "recency": ("off", "1"),
    "explain": ("true", "on", "2"),
    "ui": ("ja", "zh-Hans", "tlh"),
    CANARY: ("1",),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``body`` makes it a POST."""

    path: str
    body: bytes | None = None


@dataclass
class Report:
    """What came of many requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    answered: list[tuple[float, Ask]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def slowest(self, count: int) -> list[tuple[float, Ask]]:
        """The requests whose answers took longest, with their seconds, longest first."""
        return sorted(self.answered, key=lambda each: -each[0])[:count]

    def quantile(self, share: float) -> float:
        """The time within which such a share of the answers came."""
        return sorted(seconds for seconds, _ in self.answered)[int(share * len(self.answered))]

    def __str__(self) -> str:
        spread = [f"p{100 * share:g} {1000 * self.quantile(share):.0f} ms" for share in (0.5, 0.99)]
        ((longest, ask),) = self.slowest(1)
        return (
            f"{len(self.answered)} requests, {dict(self.statuses)}, {', '.join(spread)}, "
            f"max {1000 * longest:.0f} ms: {ask}"
        )


def fuzz(address: str, seed: int, trials: int, clients: int = 2) -> Report:
    """Ask so many times in all; every answer is checked."""
    report = Report()
    threads = [
        Thread(target=_ask_all, args=(address, seed * clients + n, trials // clients, report))
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return report


def asks(seed: int, count: int) -> Iterator[Ask]:
    """The requests of a seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _ask(rng)


def _ask(rng: random.Random) -> Ask:
    form = rng.random()
    if form < 0.1:
        raw = bytes(rng.choices(range(256), k=rng.randint(1, 60)))
        return Ask(f"{_place(rng)}?q={quote(raw)}")
    if form < 0.3:
        return Ask("/api/v1/search", _body(rng))
    given = {"q": _text(rng)} | _others(rng)
    return Ask(f"{_place(rng)}?{urlencode(given, errors='surrogatepass')}")


def _place(rng: random.Random) -> str:
    return rng.choice(("/", "/api/v1/search"))


def _others(rng: random.Random) -> dict[str, str]:
    names = rng.sample(list(PARAMETERS), rng.choice((0, 0, 1, 2)))
    return {name: rng.choice(PARAMETERS[name]) for name in names}


def _text(rng: random.Random) -> str:
    size = rng.choice((1, 2, 3, 5, 8, 20, 200))
    kind = rng.random()
    if kind < 0.7:
        pieces = rng.choices((*WORDS, *SIGNS), k=size)
    elif kind < 0.9:
        pieces = rng.choices((*WORDS, *SIGNS, *ODD), k=size)
    else:
        pieces = [chr(rng.randrange(0x110000)) for _ in range(size)]
    text = rng.choice(("", " ")).join(pieces)
    return text[:1030] if size == 200 else text


def _body(rng: random.Random) -> bytes:
    values: dict[str, object] = {"q": _text(rng)}
    for name, value in _others(rng).items():
        values[name] = rng.choice((value, [value], 10**30, -1, 1.5, None, True, {}, [[]], "\ud800"))
    body = json.dumps(values).encode()
    if rng.random() < 0.1:  # torn and spoilt
        place = rng.randrange(len(body))
        body = body[:place] + bytes([rng.randrange(256)]) + body[place + rng.randrange(3) :]
    return body


def _ask_all(address: str, seed: int, count: int, report: Report) -> None:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    for number, ask in enumerate(asks(seed, count)):
        started = time.perf_counter()
        try:
            status, content_type, body = send(connection, ask)
        except (OSError, HTTPException) as error:
            report.failures.append(f"seed {seed}, request {number}: {error!r}: {ask}")
            connection.close()
            continue
        report.answered.append((time.perf_counter() - started, ask))
        report.statuses[status] += 1
        if wrong := wrong_with(status, content_type, body):
            report.failures.append(f"seed {seed}, request {number}: {wrong}: {ask}")
    connection.close()


def send(connection: HTTPConnection, ask: Ask) -> tuple[int, str, bytes]:
    """Status, type and body of the answer."""
    headers = {"Content-Type": "application/json"} if ask.body is not None else {}
    connection.request("GET" if ask.body is None else "POST", ask.path, ask.body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers.get_content_type(), answer.read()


def wrong_with(status: int, content_type: str, body: bytes) -> str | None:
    """What is wrong with an answer, if anything is."""
    if status not in (200, 400, 422):
        return f"status {status}"
    if content_type == "text/html":
        return "the canary is out" if _is_canary_in(body.decode()) else None
    if content_type not in ("application/json", "application/problem+json"):
        return f"type {content_type}"
    found = json.loads(body)
    for hit in found.get("hits", ()):
        marked = hit["highlight"] or {"title": "", "body": []}
        if any(map(_is_canary_in, [marked["title"], *marked["body"]])):
            return "the canary is out of a highlight"
    return None


def _is_canary_in(text: str) -> bool:
    """Whether any of it, or of the title of the hostile article, is markup by now."""
    if "canary" not in text and "alert(1)" not in text:
        return False
    page = html.fromstring(f"<div>{text}</div>")
    foreign = "//script[not(@src='/static/suggest.js' and not(node()))]"
    return bool(page.xpath(f"//canary | //*[@canary] | {foreign} | //*[@onerror]"))
