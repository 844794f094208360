"""`import sanbao`, as a Python program uses it."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sanbao
from sanbao.search import errors

ROOT = Path(__file__).resolve().parents[1]

LOADED_AT_ONCE = {"sanbao", "typing", "_typing", "typing.io", "typing.re", "collections.abc"}
"""All that ``import sanbao`` may load beside what Python has loaded already."""

HEAVY = {"numpy", "numba", "whoosh", "rjieba", "fugashi", "lxml", "flask", "click"}

TYPES = (
    "Article SearchRequest Period Limits Recency ResultPage Hit Highlight FacetValue "
    "TimelineBucket ScorePart Explanation TextMatching WeighedUnit Suggestion IndexStats "
    "SearchError InvalidArticle InvalidRequest IndexProblem IndexNotFound IndexLocked"
).split()
"""What passes in and out."""

ARTICLES = (
    sanbao.Article(
        id="zh",
        title="青岬湾新渡轮启航",
        body="青岬湾的新渡轮周五启航，二十分钟就能到对岸。",
        language="zh-Hans",
        source="东澜日报",
        categories=("交通",),
    ),
    sanbao.Article(
        id="ja",
        title="岬湾に新しいフェリーが就航",
        body="岬湾の新しいフェリーが金曜日に就航し、対岸まで二十分で渡れる。",
        language="ja",
        source="入江新報",
        author="佐和田",
    ),
    sanbao.Article(
        id="en",
        title="New ferry sails across Cape Bay",
        body="The new ferry across Cape Bay sails on Friday and takes twenty minutes.",
        language="en",
        source="Cape Bay Courier",
        published=datetime.now(UTC),
    ),
)


def run(program: str) -> list[str]:
    """The lines that a program prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_it_loads_nothing_else() -> None:
    program = "import sys; old = {*sys.modules}; import sanbao; print(*{*sys.modules} - old)"
    loaded = run(program)
    assert "sanbao" in loaded
    assert set(loaded) <= LOADED_AT_ONCE


def test_its_types_load_no_engine() -> None:
    names = ", ".join(f"sanbao.{name}" for name in TYPES)
    loaded = run(f"import sys, sanbao; {names}; print(*sys.modules)")
    assert not HEAVY.intersection(loaded)


def test_type_checkers_see_the_names_that_there_are() -> None:
    """The imports that only they read are those that happen."""
    tree = ast.parse(inspect.getsource(sanbao))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.asname: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: (place, name) for name, place in sanbao._PLACES.items()}
    assert seen.keys() <= set(dir(sanbao))
    assert {"open", "write", *TYPES} <= seen.keys()
    for name in seen:
        assert getattr(sanbao, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = sanbao.nothing


def test_every_error_of_an_index_has_a_name_there() -> None:
    raised = {
        name
        for name, error in vars(errors).items()
        if isinstance(error, type) and issubclass(error, sanbao.SearchError)
    }
    assert {name for name in raised if hasattr(sanbao, name)} == raised - {"UnusableFile"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sanbao.write(tmp_path / "index") as writer:
        for article in ARTICLES:
            writer.add(article)
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[sanbao.Index]:
    with sanbao.open(folder) as index:
        yield index


def ids(page: sanbao.ResultPage) -> list[str]:
    return [hit.article.id for hit in page.hits]


@pytest.mark.parametrize(
    ("query", "found"), [("渡轮启航", "zh"), ("フェリー 就航", "ja"), ("sailing ferries", "en")]
)
def test_an_article_is_found_in_each_language(index: sanbao.Index, query: str, found: str) -> None:
    page = index.search(query)
    assert ids(page)[0] == found
    assert page.hits[0].article == index.get(found)
    assert "<mark>" in page.hits[0].highlight.title


def test_a_filter_has_a_value_or_several(index: sanbao.Index) -> None:
    both = "ferry OR フェリー OR 渡轮"
    assert sorted(ids(index.search(both))) == ["en", "ja", "zh"]
    assert ids(index.search(both, lang="ja")) == ["ja"]
    assert sorted(ids(index.search(both, lang=["ja", "zh"]))) == ["ja", "zh"]
    assert ids(index.search(source="入江新報", author="佐和田")) == ["ja"]
    assert ids(index.search(category=iter(["交通"]))) == ["zh"]
    assert ids(index.search(both, lang="ja", source="Cape Bay Courier")) == []


def test_a_page_has_all_that_was_asked_for(index: sanbao.Index) -> None:
    page = index.search("*", facets="lang", limit=2, offset=1, highlight=False, explain=True)
    assert (page.total, len(page.hits)) == (3, 2)
    assert {value.value: value.count for value in page.facets["lang"]} == {
        "zh": 1,
        "ja": 1,
        "en": 1,
    }
    assert page.hits[0].highlight is None
    assert page.explanation is not None


def test_a_request_says_the_same(index: sanbao.Index) -> None:
    asked = index.search("ferry", lang="en", from_="2020", sort="newest", recency=False)
    request = sanbao.SearchRequest.from_params(
        q="ferry", lang=("en",), from_="2020", sort="newest", recency=False
    )
    answered = index.answer(request)
    assert (asked.understood, asked.hits) == (answered.understood, answered.hits)
    assert "2020" in asked.understood


def test_suggestions_are_in_the_languages_asked_for(index: sanbao.Index) -> None:
    (suggestion,) = index.suggest("new fe", limit=1)
    assert suggestion.text.startswith("New ferry")
    assert index.suggest("new fe", lang="ja") == ()
    assert index.suggest("qingjia", lang=["zh", "ja"])[0].text.startswith("青岬")


def test_what_is_in_the_index_can_be_read(index: sanbao.Index) -> None:
    assert sorted(index.articles(), key=lambda article: article.id) == sorted(
        ARTICLES, key=lambda article: article.id
    )
    assert index.stats().articles == 3
    assert index.get("nobody") is None


def test_a_writer_commits_at_the_end_and_takes_back_at_an_exception(
    folder: Path, index: sanbao.Index
) -> None:
    with pytest.raises(ZeroDivisionError), sanbao.write(folder) as writer:
        writer.delete("en")
        raise ZeroDivisionError
    assert index.get("en")
    with sanbao.write(str(folder)) as writer:
        writer.delete("en")
        assert index.get("en")
        assert writer.commit() == sanbao.CommitReport(deleted=1)
    assert index.get("en") is None


def test_there_is_one_writer(folder: Path) -> None:
    with sanbao.write(folder), pytest.raises(sanbao.IndexLocked):
        sanbao.write(folder)


def test_records_become_articles_with_an_id_and_a_language(folder: Path) -> None:
    article = sanbao.article_from_record(
        {"title": "ローカル線の駅に図書館", "published": "2026-09-01"}
    )
    assert (article.language, bool(article.id)) == ("ja", True)
    with pytest.raises(sanbao.InvalidArticle, match="unknown field"):
        sanbao.article_from_record({"headline": "x"})


def test_files_are_indexed(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(
        "---\ntitle: 灯台の一般公開\n---\n灯台が公開された。\n", "utf-8"
    )
    with sanbao.write(tmp_path / "index") as writer:
        report = sanbao.index_paths([str(tmp_path / "one.md")], writer)
    assert (report.added, report.failed) == (1, 0)
    with sanbao.open(tmp_path / "index") as index:
        assert index.search("灯台").total == 1


def test_settings_reach_the_engine(folder: Path, tmp_path: Path) -> None:
    synonyms = tmp_path / "synonyms.txt"
    synonyms.write_text("steamer => ferry\n", "utf-8")
    with sanbao.open(folder, synonyms=str(synonyms)) as index:
        assert ids(index.search("steamer"))[0] == "en"
    short = sanbao.Limits(query_length=3)
    with sanbao.open(folder, limits=short) as index, pytest.raises(sanbao.QueryTooLarge):
        index.search("ferry")
    for strength in (0.0, 0.5):
        with sanbao.open(folder, recency=sanbao.Recency(strength=strength)) as index:
            parts = index.search("ferry", explain=True).hits[0].explanation
            assert any(part.kind == "recency" for part in parts) == bool(strength)


def test_what_is_wrong_is_said(tmp_path: Path, index: sanbao.Index) -> None:
    with pytest.raises(sanbao.IndexNotFound):
        sanbao.open(tmp_path / "nowhere")
    with pytest.raises(sanbao.InvalidRequest, match="lang: 'fr' is none of"):
        index.search("ferry", lang="fr")
    with pytest.raises(sanbao.InvalidRequest, match="language: is no filter; known are lang,"):
        index.search("ferry", language="ja")
    for name in ("mood", "now", "q"):
        with pytest.raises(sanbao.InvalidRequest, match=f"{name}: is no filter"):
            index.search("ferry", **{name: "x"})
    with pytest.raises(ValueError, match="the location is empty"):
        sanbao.write("")
    assert issubclass(sanbao.IndexNotFound, sanbao.SearchError)


def test_no_value_of_a_filter_is_no_filter(index: sanbao.Index) -> None:
    total = index.search("ferry").total
    for nothing in (None, "", (), [" "]):
        assert index.search("ferry", source=nothing, lang=nothing).total == total
    assert (
        index.search("ferry", lang="ja,zh").total == index.search("ferry", lang=["ja", "zh"]).total
    )


def test_closing_twice_is_legal(folder: Path) -> None:
    with sanbao.open(folder) as index:
        index.close()


def test_the_example_of_the_readme_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "README.md", "exec"), {})
    said = [line.removeprefix("# ") for line in program.splitlines() if line.startswith("# ")]
    assert said
    assert capsys.readouterr().out.splitlines() == said
