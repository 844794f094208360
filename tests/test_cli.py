"""The command line as its user meets it: the installed program, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sanbao.search.results import EXPANSION_CUT, NO_WORDS, SHORT_BEGINNING, STOPPED, TOO_MANY
from tests.search.care.damage import change_analysis

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "indexer" / "sample_news"
SEEDS = ROOT.parent / "shared" / "seeds"


def sanbao(*args: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the program in ``cwd`` with a user data folder there."""
    return subprocess.run(
        [sys.executable, "-m", "sanbao", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        env=_environment(cwd, env),
        timeout=120,
    )


def _environment(cwd: Path, extra: dict[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(cwd / "data"),
        "COLUMNS": "100",
        **extra,
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose default index holds the sample news."""
    folder = tmp_path_factory.mktemp("home")
    done = sanbao("index", str(SAMPLES), cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    shown = sanbao("--help", cwd=tmp_path).stdout
    commands = "demo index search suggest get delete stats analyze evaluate serve rebuild warm"
    for command in f"{commands} verify repair snapshot restore".split():
        assert f"\n  {command} " in shown


def test_every_command_is_in_the_readme() -> None:
    from sanbao import commands as program

    readme = (ROOT / "README.md").read_text("utf-8")
    for command in program.COMMANDS:
        assert f"`sanbao {command}" in readme


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("利下げ", "みなと経済新報"),
        ("rate cut election", "Pacific Meridian Wire"),
        ("龍泉窯", "暦日通信"),
        ("4.5亿元 海底电缆", "远岸财经"),
        ("欠航 214便", "暦日通信"),
        ('"高速鉄道"', "鉄路ジャーナル"),
        ("小行星 lang:zh-Hant", "獅嶺早報"),
        ("札幌 -title:高瀬", "东澜日报"),
        ("category:Culture date:2026-10", "Northgate Courier"),
    ],
)
def test_a_query_of_the_documentation_finds_its_article_first(
    home: Path, query: str, source: str
) -> None:
    done = sanbao("search", query, "--json", cwd=home)
    assert json.loads(done.stdout)["hits"][0]["source"] == source


@pytest.mark.parametrize("query", ["VPN", '"salt ferry" OR 塩の渡し OR 鹽渡'])
def test_one_query_finds_a_story_in_three_languages(home: Path, query: str) -> None:
    page = json.loads(sanbao("search", query, "--json", cwd=home).stdout)
    assert {hit["language"][:2] for hit in page["hits"]} == {"zh", "ja", "en"}
    assert page["total"] == 3


def test_search_for_people_shows_where_and_when(home: Path) -> None:
    shown = sanbao("search", "利下げ", cwd=home).stdout
    assert "みなと経済新報 · 2026-09-10 · ja" in shown
    assert "<mark>" not in shown


def test_a_tag_narrows_in_an_option_and_in_the_query(home: Path) -> None:
    by_option = json.loads(sanbao("search", "--tag", "铁路", "--json", cwd=home).stdout)
    typed = json.loads(sanbao("search", "tag:鐵路", "--json", cwd=home).stdout)
    ids = [hit["id"] for hit in by_option["hits"]]
    assert ids
    assert ids == [hit["id"] for hit in typed["hits"]]
    assert all("铁路" in hit["tags"] for hit in by_option["hits"])
    assert by_option["facets"]["author"]


def test_search_explains_its_scores(home: Path) -> None:
    shown = sanbao("search", "利下げ", "--explain", cwd=home).stdout
    assert "text_grams:利下  5 in " in shown
    assert "published:2026-09-10" in shown
    assert "query: 50% of [grams:利下" in shown
    page = json.loads(sanbao("search", "利下げ", "--explain", "--json", cwd=home).stdout)
    hit = page["hits"][0]
    parts = hit["explanation"]["parts"]
    assert sum(part["value"] for part in parts) == pytest.approx(hit["score"], abs=1e-4)


def test_how_much_newness_counts_is_a_setting(home: Path) -> None:
    def newness(*args: str, **env: str) -> list[float]:
        page = json.loads(
            sanbao("search", "VPN", "--explain", "--json", *args, cwd=home, **env).stdout
        )
        parts = [part for hit in page["hits"] for part in hit["explanation"]["parts"]]
        return [part["weight"] for part in parts if part["kind"] == "recency"]

    usual = newness()
    assert len(usual) == 3
    assert newness("--no-recency") == newness("--recency-strength", "0") == []
    assert newness("--recency-strength", "0.02") == pytest.approx([2 * each for each in usual])
    assert newness(SANBAO_RECENCY_STRENGTH="0.02") == newness("--recency-strength", "0.02")


def test_limits_are_settings(home: Path, tmp_path: Path) -> None:
    def search(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        return sanbao("search", "--json", *args, cwd=home, **env)

    assert TOO_MANY in search("利下げ 為替", "--max-query-clauses", "1").stderr
    assert TOO_MANY in search("利下げ 為替", SANBAO_MAX_QUERY_CLAUSES="1").stderr
    settings = tmp_path / "sanbao.toml"
    settings.write_text("[search]\nmax_query_clauses = 1\n", "utf-8")
    from_file = sanbao(
        "search", "利下げ 為替", "--index", f"{home}/data/sanbao/index", cwd=tmp_path
    )
    assert TOO_MANY in from_file.stderr
    allowed = search("a*", "--min-prefix-length", "1", "--max-prefix-terms", "1")
    assert json.loads(allowed.stdout)["total_relation"] == "gte"
    assert EXPANSION_CUT in allowed.stderr


@pytest.mark.parametrize(("text", "warning"), [("。、！", NO_WORDS), ("a*", SHORT_BEGINNING)])
def test_what_was_passed_over_is_told_beside_the_answer(
    home: Path, text: str, warning: str
) -> None:
    done = sanbao("search", text, cwd=home)
    assert (done.returncode, done.stderr.strip()) == (0, f"sanbao: {warning}")
    assert done.stdout


def test_a_search_that_is_stopped_says_so_beside_its_answer(home: Path) -> None:
    stopped = sanbao("search", "利下げ OR 為替", "--max-seconds", "1e-9", cwd=home)
    assert f"sanbao: {STOPPED}" in stopped.stderr
    assert "before the search was stopped" in stopped.stdout
    cut = sanbao("search", "co*", "--max-prefix-terms", "2", cwd=home)
    assert " or more, " in cut.stdout


def test_search_says_what_was_probably_meant(home: Path) -> None:
    found = sanbao("search", "compnay OR xyz", "--json", cwd=home)
    assert json.loads(found.stdout)["suggestion"] == "company OR xyz"
    assert "Did you mean: company OR xyz" in found.stderr


def test_suggest_prints_phrases_with_counts_and_titles(home: Path) -> None:
    printed = sanbao("suggest", "taifu", cwd=home)
    lines = [line.split("\t") for line in printed.stdout.splitlines()]
    assert lines[0] == ["phrase", "台風", "2"]
    assert lines[1][0] == "title"
    assert lines[1][1].startswith("台風２１号")
    answer = json.loads(sanbao("suggest", "taifu", "--limit", "1", "--json", cwd=home).stdout)
    assert answer == {
        "query": "taifu",
        "suggestions": [{"kind": "phrase", "text": "台風", "articles": 2}],
    }


@pytest.mark.parametrize("wrong", [["--lang", "fr"], ["--limit", "0"]])
def test_suggest_refuses_what_it_cannot_do(home: Path, wrong: list[str]) -> None:
    assert sanbao("suggest", "a", *wrong, cwd=home).returncode == 2


def test_get_prints_the_article_that_search_found(home: Path) -> None:
    hit = json.loads(sanbao("search", "利下げ", "--json", cwd=home).stdout)["hits"][0]
    article = json.loads(sanbao("get", hit["id"], "--json", cwd=home).stdout)
    assert article["title"] == hit["title"]
    assert article["body"]


def test_stats_and_analyze_speak_json(home: Path) -> None:
    stats = json.loads(sanbao("stats", "--json", cwd=home).stdout)
    assert stats["articles"] == 38
    assert stats["languages"] == {"zh": 14, "en": 12, "ja": 12}
    analysis = json.loads(sanbao("analyze", "広州のWeChat", "--json", cwd=home).stdout)
    assert {"广州", "wechat"} <= {token["text"] for token in analysis["tokens"]}


def test_a_word_with_a_minus_is_part_of_the_query(home: Path) -> None:
    with_it = json.loads(sanbao("search", "札幌", "--json", cwd=home).stdout)["total"]
    without = json.loads(sanbao("search", "札幌", "-title:高瀬", "--json", cwd=home).stdout)[
        "total"
    ]
    assert 0 < without < with_it


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["search", ""], 2, "give words to search for"),
        (["delete", "--query", "a*"], 2, "nothing was deleted"),
        (["search", "x", "--limit", "101"], 2, "between 0 and 100"),
        (["search", "x", "--from", "soon"], 2, "from: 'soon' is not a date"),
        (["search", "x", "--from", "2026-02", "--to", "2026-01"], 2, "before from="),
        (["search", "x", "--lang", "fr"], 2, "'fr' is none of"),
        (["search", "x", "--colour"], 2, "--colour"),
        (["search", "x", "--recency-half-life", "0"], 2, "must be above 0 days, is 0"),
        (["search", "x", "--recency-half-life", "nan"], 2, "must be above 0 days, is nan"),
        (["search", "x", "--recency-strength", "1.5"], 2, "between 0 and 1, is 1.5"),
        (["serve", "--recency-strength", "-1"], 2, "between 0 and 1, is -1"),
        (["search", "x", "--max-query-depth", "65"], 2, "depth must be at most 64, is 65"),
        (["search", "x", "--max-seconds", "nan"], 2, "seconds must be above 0, is nan"),
        (["serve", "--max-query-clauses", "0"], 2, "clauses must be above 0, is 0"),
        (["search", "x", "--index", "nowhere"], 1, "there is no index at nowhere"),
        (["get", "nobody"], 1, "no article 'nobody'"),
        (["unknown"], 2, "No such command"),
    ],
)
def test_bad_input_is_told_in_one_line(
    home: Path, args: list[str], status: int, message: str
) -> None:
    done = sanbao(*args, cwd=home)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_page_past_the_end_says_so(home: Path) -> None:
    done = sanbao("search", "VPN", "--offset", "50", cwd=home)
    assert done.returncode == 0
    assert "3 articles match, but none stands at offset 50" in done.stdout


def test_settings_come_from_flag_then_environment_then_file(tmp_path: Path) -> None:
    (tmp_path / "sanbao.toml").write_text('index = "from-file"\n[search]\nlimit = 1\n', "utf-8")
    sanbao("index", str(SAMPLES), cwd=tmp_path)
    assert list((tmp_path / "from-file").glob("*.manifest"))
    assert len(json.loads(sanbao("search", "VPN", "--json", cwd=tmp_path).stdout)["hits"]) == 1
    env = sanbao("stats", cwd=tmp_path, SANBAO_INDEX="from-env")
    assert "there is no index at from-env" in env.stderr
    flag = sanbao("stats", "--index", "from-flag", cwd=tmp_path, SANBAO_INDEX="from-env")
    assert "there is no index at from-flag" in flag.stderr


def test_a_broken_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sanbao.toml").write_text("index = ", "utf-8")
    done = sanbao("stats", cwd=tmp_path)
    assert done.returncode == 2
    assert "sanbao.toml: not valid TOML" in done.stderr


def test_rebuild_mends_an_index_of_another_analysis(tmp_path: Path) -> None:
    index = tmp_path / "index"
    sanbao("index", str(SAMPLES), "--index", str(index), cwd=tmp_path)
    change_analysis(index, {"Japanese words": "0 older"})

    refused = sanbao("search", "VPN", "--index", str(index), cwd=tmp_path)
    assert refused.returncode == 1
    assert "other Japanese words (0 older" in refused.stderr
    assert f"sanbao rebuild --index {index}" in refused.stderr

    assert "38 articles" in sanbao("rebuild", "--index", str(index), cwd=tmp_path).stderr
    found = sanbao("search", "VPN", "--json", "--index", str(index), cwd=tmp_path)
    assert json.loads(found.stdout)["total"] == 3


@pytest.mark.skipif(not SEEDS.is_dir(), reason="needs ../shared/seeds")
@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("微信支付撬动社会消费", "2022微信公开课开讲"),
        ("张小龙缺席", "张小龙缺席的2022微信公开课Pro，到底讲了哪些干货？"),
        ("音视频会员 先看后付", "支付分推出音视频会员“先看后付”"),
        ("WeChatオープンクラス 有料サブスクリプション", "WeChatオープンクラス"),
        ("WeChat open class spoilers", "2022 WeChat Open Class PRO"),
    ],
)
def test_each_seed_is_first_for_a_query_in_its_language(
    seeds_home: Path, query: str, title: str
) -> None:
    hits = json.loads(sanbao("search", query, "--json", cwd=seeds_home).stdout)["hits"]
    assert title in hits[0]["title"]


@pytest.fixture(scope="module")
def seeds_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    assert sanbao("index", str(SEEDS), cwd=folder).returncode == 0
    return folder


class Demo:
    """A running `sanbao demo`."""

    def __init__(self, cwd: Path) -> None:
        self.port = _free_port()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sanbao", "demo", "--port", str(self.port)],
            cwd=cwd,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(cwd, {}),
        )

    def fetch(self, path: str) -> str:
        """The answer at ``path``, once the server is up."""
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                    return str(answer.read().decode())
            except urllib.error.URLError:
                assert self.process.poll() is None, self.process.stderr
                assert time.monotonic() < self.started + 60
                time.sleep(0.05)

    def stop(self) -> str:
        """Stop it as Ctrl-C does; what it said."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_demo_serves_and_a_second_start_doubles_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        demo = Demo(tmp_path)
        assert json.loads(demo.fetch("/api/v1/stats"))["articles"] == 38
        said = demo.stop()
        assert f"http://127.0.0.1:{demo.port}" in said
        assert said.count("?q=") == 3
        assert demo.process.returncode == 0


@pytest.mark.slow
def test_the_first_search_compiles_and_says_so(home: Path, tmp_path: Path) -> None:
    """Which takes longer than a search may, so it must not count."""
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first, second = (sanbao("search", "VPN", "--json", cwd=home, **cache) for _ in range(2))
    assert "compiling" in first.stderr
    assert second.stderr == ""
    for done in (first, second):
        page = json.loads(done.stdout)
        assert (page["total"], page["partial"]) == (3, False)


def test_synonyms_are_a_flag_a_variable_and_a_setting(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("zyzzyva => 龍泉窯", "utf-8")
    (tmp_path / "sanbao.toml").write_text('synonyms = "synonyms.txt"')
    index = str(home / "data" / "sanbao" / "index")

    def titles(*args: str, cwd: Path = home, **env: str) -> list[str]:
        done = sanbao("search", "zyzzyva", "--json", *args, cwd=cwd, **env)
        assert done.returncode == 0, done.stderr
        return [hit["title"] for hit in json.loads(done.stdout)["hits"]]

    assert titles() == []
    assert titles("--synonyms", str(file))
    assert titles("--synonyms", str(file)) == titles(SANBAO_SYNONYMS=str(file))
    assert titles("--index", index, cwd=tmp_path) == titles(SANBAO_SYNONYMS=str(file))


@pytest.mark.parametrize("command", [("search", "rate"), ("serve", "--port", "0")])
def test_a_broken_file_of_synonyms_ends_the_program(
    home: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("rate cut, easing\nalone")
    done = sanbao(*command, "--synonyms", str(file), cwd=home)
    assert done.returncode == 1
    assert f"sanbao: {file}, line 2: 'alone' names only one thing" in done.stderr
    assert "Traceback" not in done.stderr
