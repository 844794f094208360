"""Searches made to cost as much as they can, and the index that makes them cost it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice, product
from string import ascii_lowercase

from sanbao.search.article import Article

TERMS = 60_000
ARTICLES = 2_400
LONG_ARTICLES = 12

HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 2_000)))
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねの"


def articles() -> Iterator[Article]:
    """Articles with :data:`TERMS` words between them, each in few, and others that many share.

    Some are as long as a book, and full of what is searched for.
    """
    rng = random.Random(5)
    words = ["".join(word) for word in islice(product(ascii_lowercase, repeat=4), 0, None, 7)]
    rare = iter(rng.sample(words, TERMS))
    common = rng.choices(words, k=500)
    for number in range(ARTICLES):
        han = "".join(rng.choices(HAN, [1 / (n + 1) for n in range(len(HAN))], k=40))
        body = [*islice(rare, TERMS // ARTICLES), *rng.choices(common, k=40), han, "経済の", KANA]
        if number < LONG_ARTICLES:
            body *= 150
        yield Article(
            id=f"a{number}",
            title=" ".join((*rng.choices(common, k=4), rng.choice(HAN) + "国")),
            body=" ".join(body),
            language=rng.choice(("en", "ja", "zh-Hans", "zh-Hant")),
            source=f"source {number % 300}",
            categories=(f"category {number % 40}",),
            published=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
        )


def _long(pieces: Iterator[str], between: str = " ", length: int = 1024) -> str:
    text = ""
    for piece in pieces:
        if len(text) + len(between) + len(piece) > length:
            break
        text += between * bool(text) + piece
    return text


def _pairs(form: str = "{}") -> Iterator[str]:
    return (form.format("".join(pair)) for pair in product("tsracmpbdeilnouh", repeat=2))


def _letters(form: str) -> Iterator[str]:
    return (form.format(letter) for letter in cycle(ascii_lowercase))


def _characters(form: str = "{}") -> Iterator[str]:
    return (form.format(character) for character in cycle(HAN))


def _short(form: str, most: int = 256) -> Iterator[str]:
    return islice(_characters(form), most)


_RUN = "".join(random.Random(1).choices(HAN, k=1024))
_NINES = "9" * 900

QUERIES: dict[str, str] = {
    # Length and nesting
    "too long": "a" * 1025,
    "a megabyte": "経" * 20_000,
    "one word": "ab" * 512,
    "one number": "1" * 1024,
    "a number with points": "1." * 512,
    "a number with commas": "1," * 512,
    "apostrophes": "a'" * 512,
    "hyphens": "ab-" * 341,
    "one han word": _RUN,
    "one han character": "国" * 1024,
    "one han phrase": f'"{_RUN[:1022]}"',
    "one han character as a phrase": '"' + "国" * 1022 + '"',
    "one hiragana word": "".join(islice(cycle(KANA), 1024)),
    "one katakana word": "ア" * 1024,
    "prolonged sounds": "ー" * 1024,
    "opened brackets": "(" * 1024,
    "closed brackets": ")" * 1024,
    "empty brackets": "()" * 512,
    "deep brackets": "(" * 500 + "ab" + ")" * 500,
    "brackets as deep as allowed": "(ab OR " * 32 + "cd" + ")" * 32,
    "excluded brackets": "-(" * 512,
    "NOT brackets": "NOT (" * 200 + "ab",
    "deep exclusions": "-(ab " * 32 + "cd" + ")" * 32,
    "full-width brackets": "（" * 1024,
    "minus signs": "-" * 1024,
    "minus signs apart": "- " * 512,
    "NOT": "NOT " * 256,
    "AND": "AND " * 256,
    "OR": "OR " * 341,
    "OR AND NOT": "OR AND NOT " * 93,
    "quotation marks": '"' * 1024,
    "quotation marks of all kinds": '"“”「」『』＂' * 128,
    "opened quotation marks": "「" * 1024,
    "empty quotations": '"" ' * 340,
    "quoted stars": '"*" ' * 256,
    # Clauses
    "words": _long(_letters("{0}{0}x")),
    "distinct words": _long(_pairs()),
    "distinct phrases": _long(_pairs('"{}"')),
    "phrases of two": _long(_pairs('"{0} {0}"')),
    "OR of words": _long(_pairs("{} OR")),
    "OR of phrases": _long(_pairs('"{0}" OR')),
    "AND of words": _long(_pairs("{} AND")),
    "excluded words": _long(_pairs("-{}")),
    "excluded phrases": _long(_pairs('-"{0} {0}"')),
    "han characters": _long(_characters()),
    "256 han characters": _long(_short("{}")),
    "256 han characters or": _long(_short("{} OR", 200)),
    "256 han phrases": _long(_short('"{}"')),
    "256 han exclusions": _long(_short("-{}")),
    "256 han stars": _long(_short("{}*")),
    "han characters with commas": _long(_characters(), ","),
    "title words": _long(_pairs("title:{}")),
    "title han": _long(_short("title:{}")),
    "sources": _long(f"source:s{n}" for n in count()),
    "categories and": _long(f"category:c{n} AND" for n in count()),
    "languages": _long(cycle(("lang:zh", "lang:ja", "lang:en"))),
    "dates": _long(f"date:{year}" for year in range(1900, 2100)),
    "excluded dates": _long(f"-date:{year}" for year in range(1900, 2100)),
    "stop words": "the " * 256,
    "the most common word": "経済の " * 256,
    # Expansion
    "one letter": "a*",
    "letters": _long(_letters("{}*")),
    "two letters": "ab*",
    "words with typing errors": _long(_pairs("{0}{0}{0}~2")),
    "OR of words with typing errors": _long(_pairs("{0}{0}~2 OR")),
    "excluded words with typing errors": _long(_pairs("-{0}{0}~2")),
    "a long word with typing errors": "a" * 1022 + "~2",
    "katakana with typing errors": _long(iter("ア" * n + "～２" for n in count(3))),
    "beginnings": _long(_pairs("{}*")),
    "OR of beginnings": _long(_pairs("{}* OR")),
    "AND of beginnings": _long(_pairs("{}* AND")),
    "excluded beginnings": _long(_pairs("-{}*")),
    "title beginnings": _long(_pairs("title:{}*")),
    "beginnings in brackets": _long(_pairs("({0}* OR {0}a*)")),
    "phrases with a beginning": _long(_pairs("{0}x-{0}*")),
    "beginnings after a common word": _long(_pairs("国{}*")),
    "a star before": "*ab",
    "stars": "*" * 1024,
    "stars apart": "* " * 512,
    "stars inside": "a*b*c*d* " * 100,
    "question marks": "a?????* " * 100,
    "every article": "*",
    "fuzzy": "abcdefgh~9 " * 90,
    "regular expression": "/(([a-z])+.)+[A-Z]([a-z])+$/",
    "range": "[a TO zzzz] {a TO zzzz}",
    "boosts": "ab^nan cd^1e999 ef^-1",
    # Near
    "a far distance": f'"ab cd"~{_NINES}',
    "near of han characters": '"' + _long(_short("{}", 250)) + '"~99999',
    "near of one character": '"' + "国 " * 250 + '"~1000',
    "near of common characters": '"' + " ".join(HAN[:8]) + '"~2',
    "near of kana": '"' + " ".join(KANA) + '"~4',
    "nears": _long((f'"{a} {b}"~9' for a, b in product(HAN[:12], repeat=2))),
    "too many near": '"' + "国 " * 500 + '"~1',
    # Unicode
    "combining marks": "a" + "\u0301" * 1023,
    "combining marks by turns": "a" + "\u0301\u0316" * 511,
    "the longest compatibility form": "\ufdfa" * 1024,
    "the longest compatibility form apart": "\ufdfa " * 256,
    "zero width": "\u200b" * 1024,
    "joiners": "👩\u200d" * 512,
    "tags": "\U000e0041" * 1024,
    "variation selectors": "国\ufe0f" * 512,
    "overrides": "\u202e" * 512 + "ab",
    "jamo": "\u1112\u1161\u11ab" * 341,
    "ligatures": "ﬃ" * 1024,
    "dotted capital": "İ" * 1024,
    "sharp s": "ß" * 1024,
    "voiced marks": "カ\u3099" * 512,
    "NUL": "\0" * 1024,
    "NUL between words": "ab\0" * 341,
    "noncharacters": "\uffff\ufffe" * 512,
    "private use": "\U0010fffd" * 1024,
    "breaks": "。" * 1024,
    "breaks in a phrase": '"' + "ab。" * 340 + '"',
    "new lines": "ab\n" * 341,
}

FILTERS: dict[str, dict[str, list[str]]] = {
    "sources by the hundred": {"source": [f"source {n}" for n in range(256)]},
    "too many sources": {"source": [f"source {n}" for n in range(300)]},
    "filters of all kinds by the hundred": {
        name: [f"{name} {n}" for n in range(200)] for name in ("source", "category", "author")
    },
    "one language a thousand times": {"lang": ["zh"] * 1000},
    "facets by the thousand": {"q": ["国"], "facets": ["lang,source,category"] * 500},
    "a long source": {"source": ["国" * 2000]},
    "a far page": {"q": ["*"], "offset": ["9900"], "limit": ["100"]},
    "too far a page": {"q": ["*"], "offset": ["1000000000000"]},
    "too large a page": {"q": ["*"], "limit": ["1000000000"]},
    "digits": {"q": ["*"], "limit": ["9" * 6000]},
    "a date of digits": {"q": ["*"], "from": ["9" * 2000]},
    "long ago": {"q": ["国"], "from": ["0001-01-01"], "to": ["9999-12-31"]},
}
