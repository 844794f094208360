"""Whoosh alone opens our folder and finds what we find; and nothing of Whoosh is changed for it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.request import SearchRequest

ARTICLES = [
    Article(
        id="rates",
        title="Rates are rising",
        body="The central bank raised its rate again, by 0.5 percent. U.S. markets fell.",
        language="en",
        source="Donglan Daily",
        published=datetime(2026, 11, 3, tzinfo=UTC),
    ),
    Article(
        id="course",
        title="微信公開課",
        body="開始了。有4.5億人在北京。",
        language="zh-Hant",
        source="Harbour",
        categories=("Sea", "Trade"),
        author="Ada",
        published=datetime(2026, 11, 1, tzinfo=UTC),
    ),
    Article(
        id="strike",
        title="東京都知事",
        body="ストライキの予定が発表された。取引先も。",
        language="ja",
        source="Harbour",
        published=datetime(2026, 11, 2, tzinfo=UTC),
    ),
    Article(
        id="ferry",
        title="Salt ferry",
        body="It cost $3 million. The bank of the central harbour waited for it.",
        language="en",
        source="Harbour",
    ),
    Article(id="clinic", title="北京的医院", body="知事没有来。东京都很远。", language="zh-Hans"),
]

CASES = [
    ("text_words", "rates", "rates"),
    ("text_words", "RAISE", "RAISE"),
    ("text_words", "Rates rising", "Rates rising"),
    ("text_words", "ferry OR markets", "ferry OR markets"),
    ("text_words", "bank NOT ferry", "bank -ferry"),
    ("text_words", "bank source:Harbour", "bank source:Harbour"),
    ("text_words", "微信", "微信"),
    ("text_words", "公开课", "公开课"),
    ("text_words", "北京", "北京"),
    ("text_words", "ストライキ", "ストライキ"),
    ("text_words", "知事", "知事"),
    ("text_words", "取引先", "取引先"),
    ("text_words", "450000000", "450000000"),
    ("text_words", "nothing", "nothing"),
    ("title_words", "ferry", "title:ferry"),
    ("title_words", "bank", "title:bank"),
    ("text_grams", '"central bank"', '"central bank"'),
    ("text_grams", '"bank of the central"', '"bank of the central"'),
    ("text_grams", '"東京都知事"', '"東京都知事"'),
    ("text_grams", "东京都", '"东京都"'),
    ("text_grams", '"U.S. markets"', '"U.S. markets"'),
    ("text_grams", "mark*", "mark*"),
    ("title_grams", '"北京的医院"', 'title:"北京的医院"'),
    ("source", "harbour", "source:Harbour"),
    ("source", '"Donglan Daily"', 'source:"Donglan Daily"'),
    ("language", "zh", "lang:zh"),
    ("language", "zh-Hant", "lang:zh-hant"),
    ("category", "Trade", "category:Trade"),
    ("author", "ada", "author:Ada"),
]
"""A field, what is typed into Whoosh's parser for it, and what is typed into ours."""

WHOOSH_ALONE = """
import json, sys
from whoosh.index import open_dir
from whoosh.qparser import QueryParser

def asked(searcher, field, text, **how):
    query = QueryParser(field, searcher.schema).parse(text)
    hits = searcher.search(query, limit=None, **how)
    return [json.loads(hit["article"])["id"] for hit in hits]

assert not [name for name in sys.modules if name.partition(".")[0] == "sanbao"]
folder, cases = json.load(sys.stdin)
with open_dir(folder).searcher() as searcher:
    answers = [asked(searcher, *case[:2]) for case in cases]
    newest = asked(searcher, "source", "harbour", sortedby="published", reverse=True)
    query = QueryParser("source", searcher.schema).parse("harbour")
    groups = searcher.search(query, groupedby="lang_facet").groups()
json.dump([answers, newest, sorted(group.decode() for group in groups)], sys.stdout)
"""

Answer = tuple[list[list[str]], list[str], list[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles, in two segments."""
    folder = tmp_path_factory.mktemp("index")
    with open_writer(folder) as writer:
        for number, article in enumerate(ARTICLES):
            writer.add(article)
            if number == 2:
                writer.commit()
    return folder


@pytest.fixture(scope="module")
def whoosh_alone(folder: Path) -> Answer:
    """What a new process says that knows Whoosh, and nothing of us but the folder."""
    run = subprocess.run(
        [sys.executable, "-c", WHOOSH_ALONE],
        input=json.dumps([str(folder), CASES]),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    answers, newest, groups = json.loads(run.stdout)
    return answers, newest, groups


@pytest.mark.parametrize("number", range(len(CASES)), ids=[" ".join(case) for case in CASES])
def test_whoosh_finds_what_we_find(number: int, folder: Path, whoosh_alone: Answer) -> None:
    page = open_engine(folder).search(SearchRequest(text=CASES[number][2], limit=100))
    assert sorted(whoosh_alone[0][number]) == sorted(hit.article.id for hit in page.hits)


def test_most_cases_find_some_and_not_all(whoosh_alone: Answer) -> None:
    sizes = [len(found) for found in whoosh_alone[0]]
    assert sum(0 < size < len(ARTICLES) for size in sizes) == len(CASES) - 2


def test_whoosh_sorts_and_groups_by_our_columns(whoosh_alone: Answer) -> None:
    _, newest, groups = whoosh_alone
    assert newest == ["strike", "course", "ferry"]
    assert groups == ["en", "ja", "zh"]


METHODS_OF_WHOOSH = """
import importlib, json, pkgutil, sys, types
import whoosh.highlight, whoosh.index, whoosh.qparser, whoosh.searching, whoosh.sorting

def held(modules):
    found = {}
    for name, module in modules.items():
        for key, value in vars(module).items():
            found[name, key] = value
            if isinstance(value, type):
                own = vars(value).items()
                found.update({(value.__module__, value.__name__, k): v for k, v in own})
    kept = (types.FunctionType, type, property, classmethod, staticmethod)
    return {name: value for name, value in found.items() if isinstance(value, kept)}

def changed():
    after = held(modules)
    names = before.keys() | after.keys()
    return sorted(".".join(name) for name in names if after.get(name) is not before.get(name))

modules = {name: each for name, each in sys.modules.items() if name.split(".")[0] == "whoosh"}
before = held(modules)
import sanbao.search
for module in pkgutil.walk_packages(sanbao.search.__path__, "sanbao.search."):
    if "evaluation" not in module.name:  # which needs what is installed for it alone
        importlib.import_module(module.name)
assert "sanbao.search.codec.whoosh_codec.codec" in sys.modules
imported = changed()
from sanbao.search.codec.whoosh_codec.speed_up import speed_up_whoosh
speed_up_whoosh()
json.dump([len(before), imported, changed()], sys.stdout)
"""


def test_nothing_of_whoosh_is_changed_before_somebody_asks() -> None:
    run = subprocess.run([sys.executable, "-c", METHODS_OF_WHOOSH], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    looked_at, by_imports, by_asking = json.loads(run.stdout)
    assert looked_at > 1_000
    assert by_imports == []
    assert by_asking == [
        "whoosh.query.terms.Wildcard._btexts",
        "whoosh.reading.MultiReader.terms_within",
    ]
