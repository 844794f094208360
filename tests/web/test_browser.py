"""The pages in a real browser, on a real server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from sanbao.search.article import Article
from sanbao.search.engines import open_writer
from tests.web.conftest import SERVE, serving
from tests.web.hostile import PAYLOADS

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60_000
"""Milliseconds after which a test gives up."""
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

pytestmark = [
    pytest.mark.browser,
    # Where the project is checked (CI is set) a missing browser fails.
    pytest.mark.skipif(
        not CHROMIUM.exists() and "CI" not in os.environ, reason=f"{CHROMIUM} is not installed"
    ),
]

Opener = Callable[..., Page]

READING_PAGE = "/articles/" + quote("https://news.example/ja/3?print=1", safe="")
PAGES = [
    "/",
    "/?q=港湾",
    "/?q=ferry&lang=en&page=9",
    "/?q=港湾&explain=true",
    "/?q=a&from=x",
    "/docs",
    READING_PAGE,
    "/none",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Opener]:
    """Opens a path of the server; the test fails if a page complained or asked elsewhere."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_path(path: str = "/", **settings: Any) -> Page:
        settings = {"locale": "en-GB", "base_url": server} | settings
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        # The browser logs the status of a page that is meant to be refused or not found.
        page.on(
            "console",
            lambda m: None if "status of 4" in m.text else complaints.append(m.text),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda r: None if r.url.startswith(server) else complaints.append(r.url),
        )
        page.goto(path)
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert complaints == []


def search(page: Page, text: str) -> None:
    page.locator("#q").fill(text)
    page.locator("#q").press("Enter")


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize(
    ("query", "language"), [("新渡轮", "zh"), ("フェリー", "ja"), ("ferry", "en")]
)
def test_searching_in_each_language(open_page: Opener, query: str, language: str) -> None:
    page = open_page()
    search(page, query)
    first = page.locator(".hits article").first
    expect(first).to_have_attribute("lang", re.compile(f"^{language}"))
    expect(first.locator("h2 mark").first).to_be_visible()


def box_and_options(page: Page) -> tuple[Locator, Locator]:
    return page.get_by_role("combobox", name="Search the news"), page.get_by_role("option")


def test_suggestions_are_chosen_by_the_keys(open_page: Opener) -> None:
    page = open_page("/?lang=zh-Hans&q=*")
    box, options = box_and_options(page)
    box.fill("")
    box.press_sequentially("xindu")
    expect(options.first).to_have_text("新渡轮首日载客 8")
    expect(options.last).to_contain_text("Title")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text(re.compile("Suggestions: [1-8]"))
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    active = options.first.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", str(active))
    box.press("Enter")
    expect(page).to_have_url(re.compile("lang=zh-Hans"))
    expect(page.locator("#q")).to_have_value("新渡轮首日载客")
    expect(page.locator(".hits article")).to_have_count(8)


def test_suggestions_go_away(open_page: Opener) -> None:
    page = open_page()
    box, options = box_and_options(page)
    box.press_sequentially("ferr")
    expect(options.first).to_be_visible()
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("ferr")
    box.press_sequentially("y")
    expect(options.first).to_be_visible()
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("8 articles")


def test_a_suggestion_is_chosen_by_the_pointer(open_page: Opener) -> None:
    page = open_page(viewport={"width": 360, "height": 700})
    box, options = box_and_options(page)
    box.press_sequentially("フェリ")
    options.first.click()
    expect(page.locator("#q")).to_have_value("フェリー")


def test_keys_of_an_input_method_are_its_own(open_page: Opener) -> None:
    page = open_page()
    box, options = box_and_options(page)
    box.press_sequentially("ferr")
    expect(options.first).to_be_visible()
    composing = {"key": "ArrowDown", "isComposing": True, "bubbles": True, "cancelable": True}
    box.dispatch_event("keydown", composing)
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))


@pytest.mark.parametrize("scripts", [True, False])
def test_filtering_paging_and_reading(open_page: Opener, scripts: bool) -> None:
    page = open_page("/?q=港湾", java_script_enabled=scripts)
    expect(page.get_by_role("heading", level=1)).to_have_text("24 articles")
    page.get_by_role("link", name="Chinese 16").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("16 articles")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pager [aria-current]")).to_have_text("2")
    expect(page.locator(".hits article")).to_have_count(6)
    page.locator(".hits h2 a").first.click()
    expect(page.locator(".text p")).to_have_count(2)


def test_dates_are_filled_in_beside_the_query(open_page: Opener) -> None:
    page = open_page("/?q=港湾")
    page.get_by_label("From").fill("2026-09-03")
    page.get_by_label("To").fill("2026-09-04")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("6 articles")
    page.get_by_role("link", name="Remove: From 2026-09-03").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("12 articles")


def test_filters_stand_open_on_wide_pages_and_fold_on_narrow_ones(open_page: Opener) -> None:
    wide = open_page("/?q=港湾", viewport={"width": 1280, "height": 800})
    expect(wide.get_by_role("link", name="Chinese 16")).to_be_visible()
    narrow = open_page("/?q=港湾", viewport={"width": 390, "height": 800})
    expect(narrow.get_by_role("link", name="Chinese 16")).to_be_hidden()
    narrow.get_by_text("Narrow the search").click()
    expect(narrow.get_by_role("link", name="Chinese 16")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_parts_of_a_score_unfold_and_fit(open_page: Opener, width: int) -> None:
    path, viewport = "/?q=港湾&explain=true", {"width": width, "height": 700}
    page = open_page(path, viewport=viewport, java_script_enabled=False)
    table = page.locator(".explanation table").first
    expect(table).to_be_hidden()
    page.locator(".explanation summary").first.click()
    expect(table).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_parts_of_a_score_stand_out_from_their_ground(open_page: Opener, scheme: str) -> None:
    page = open_page("/?q=港湾&explain=true", color_scheme=scheme)
    page.locator(".explanation summary").first.click()
    assert page.evaluate(LOW_CONTRAST) == []


def test_the_page_follows_the_readers_choice_of_light_or_dark(open_page: Opener) -> None:
    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    assert _brightness(background(light)) > 200
    assert _brightness(background(dark)) < 60


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window(open_page: Opener, path: str, width: int) -> None:
    page = open_page(path, viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_page: Opener, path: str, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme)
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-TW", "zh-Hant"), ("zh-CN", "zh-Hans"), ("ja-JP", "ja"), ("fr-FR", "en")],
)
def test_the_browsers_language_is_the_pages(open_page: Opener, locale: str, language: str) -> None:
    expect(open_page(locale=locale).locator("html")).to_have_attribute("lang", language)


def test_the_language_switch_works_and_is_remembered(open_page: Opener) -> None:
    page = open_page("/?q=港湾")
    page.get_by_role("link", name="日本語").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("24件の記事")
    search(page, "ferry")
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_the_keyboard_reaches_the_content_first(open_page: Opener) -> None:
    page = open_page("/?q=港湾")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()


def test_glyphs_are_those_of_the_articles_language(open_page: Opener) -> None:
    page = open_page("/?q=港湾&limit=100")
    families = {
        article.get_attribute("lang"): article.evaluate("e => getComputedStyle(e).fontFamily")
        for article in page.locator(".hits article").all()
    }
    assert "CJK SC" in families["zh-Hans"]
    assert "CJK TC" in families["zh-Hant"]
    assert "CJK JP" in families["ja"]


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on an index of articles that try to run a script."""
    folder = tmp_path_factory.mktemp("hostile") / "index"
    with open_writer(folder) as writer:
        for number, text in enumerate(PAYLOADS):
            writer.add(
                Article(
                    id=f"n{number} {text}",
                    title=f"harbour {text}",
                    body=f"The harbour {text} again.",
                    url=f"javascript:alert({number})"
                    if number % 2
                    else f"https://a.example/{text}",
                    source=text,
                    author=text,
                    categories=(text,),
                    tags=(text,),
                    image=text or None,
                )
            )
    with serving(SERVE, str(folder)) as (address, _):
        yield address


def test_hostile_articles_run_nothing(browser: Browser, hostile_server: str) -> None:
    context = browser.new_context(base_url=hostile_server)
    page = context.new_page()
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda m: None if "status of 4" in m.text else seen.append(m.text))
    page.on("request", lambda r: None if r.url.startswith(hostile_server) else seen.append(r.url))
    paths = [
        *("/", "/?q=harbour&limit=100", "/?q=harbour&limit=100&page=3&explain=true"),
        *(f"/?{urlencode({'q': t, 'source': t, 'from': t, t: t})}" for t in PAYLOADS[::20]),
        *(f"/articles/{quote(f'n{n} {PAYLOADS[n]}', safe='')}" for n in range(0, len(PAYLOADS), 9)),
    ]
    for path in paths:
        page.goto(path)
        assert page.url.startswith(hostile_server)
        assert page.evaluate(FOREIGN) == []
        page.mouse.move(300, 300)
    context.close()
    assert seen == []


def test_no_page_of_another_site_can_frame_or_read_ours(browser: Browser, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("https://evil.example/", lambda route: route.fulfill(body=FRAMING % server))
    page.goto("https://evil.example/")
    page.wait_for_function("document.title === 'unread'")
    assert all(frame.url != f"{server}/" for frame in page.frames[1:])
    context.close()


def _brightness(colour: str) -> float:
    channels = [float(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    return sum(channels) / 3


# Texts whose contrast with the nearest coloured ground is below 4.5 (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """
() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [a, b] = [parse(getComputedStyle(element).color), ground(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${contrast.toFixed(2)}: ${walker.currentNode.data.trim()}`);
  }
  return low;
}
"""

# Elements and attributes on a page that could act, had an article brought them.
FOREIGN = """
() => [...document.querySelectorAll("*")].flatMap(element => [
  ...(/^(script|iframe|object|embed|base|style|img|video|audio|math|frame)$/i.test(element.localName)
    && !element.matches("head > script[src='/static/suggest.js']") ? [element.localName] : []),
  ...[...element.attributes]
    .filter(a => /^on|^style$|^srcdoc$|xlink/i.test(a.name) || /^\\s*javascript:/i.test(a.value)
      && a.name !== "value")
    .map(a => a.name),
])
"""

FRAMING = """<!doctype html><title>-</title><iframe src="%s/"></iframe>
<script>
fetch(document.querySelector("iframe").src + "api/v1/search?q=ferry")
  .then(() => document.title = "read", () => document.title = "unread");
</script>
"""
