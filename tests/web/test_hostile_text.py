"""Whatever an article or a reader writes, a page has the elements it would have without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from lxml import html

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from sanbao.web.display import visible
from tests.web.hostile import BAD_LINKS, GOOD_LINKS, PAYLOADS, UNSEEN

ELEMENTS = set(
    "html head meta title link body a header p span nav ul li search form label input button main "
    "article h1 h2 div aside details summary section ol mark time bdi figure svg rect figcaption "
    "footer code dl dt dd table thead tbody tr th td".split()
)
ATTRIBUTES = set(
    "aria-current aria-describedby aria-hidden aria-label aria-labelledby autocomplete charset "
    "class content data-suggest data-text data-title datetime dir enterkeyhint for form height "
    "hidden href hreflang id lang maxlength method action name placeholder preserveaspectratio rel "
    "role scope tabindex type value viewbox width x y".split()
)
HOSTILE = [payload for payload in PAYLOADS if payload.strip()]

Skeleton = list[tuple[str, tuple[str, ...]]]


def article_with(number: int, text: str) -> Article:
    return unchecked(
        id=f"n{number} {text}",
        title=f"harbour {text} end",
        body=f"The harbour {text} and the harbour {text} again.",
        language="en",
        url="https://news.example/" + re.sub(r"[\s\\]", "", text),
        source=f"source {text} {number}",
        author=f"author {text}",
        categories=(f"category {text}",),
        tags=(f"tag {text}",),
        image=f"https://news.example/{text}",
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An index of nothing but hostile articles, and a harmless one, number -1."""
    folder: Path = tmp_path_factory.mktemp("hostile") / "index"
    with open_writer(folder) as writer:
        writer.add(article_with(-1, "plain"))
        for number, text in enumerate(HOSTILE):
            writer.add(article_with(number, text))
        for number, url in enumerate((*BAD_LINKS, *GOOD_LINKS)):
            writer.add(unchecked(id=f"link {number}", title="quay", url=url, image=url))
        for number, character in enumerate(UNSEEN):
            writer.add(unseen(number, character))
    engine = open_engine(folder)
    yield create_app(engine).test_client()
    engine.close()


def unchecked(**values: Any) -> Article:
    """An article as nobody can index one: pages are safe without the checks at the door, too."""
    return Article.from_trusted(Article(id="x", title="x").to_dict() | values)


def unseen(number: int, character: str) -> Article:
    text = f"ab{character}cd"
    return unchecked(
        id=f"unseen {number}",
        title=f"pier {text}",
        body=f"The pier {text}.",
        source=text,
        author=text,
        categories=(text,),
        tags=(text,),
    )


def tree_of(client: FlaskClient, path: str, status: int = 200) -> html.HtmlElement:
    response = client.get(path, headers={"Accept-Language": "en"})
    assert response.status_code == status, response.text
    assert response.content_type == "text/html; charset=utf-8"
    return html.document_fromstring(response.get_data(), parser=html.HTMLParser(encoding="utf-8"))


def skeleton(tree: html.HtmlElement) -> Skeleton:
    """The elements of a page in order, each with the names of its attributes."""
    return [(str(element.tag), tuple(sorted(element.attrib))) for element in tree.iter()]


def check(tree: html.HtmlElement) -> None:
    """Only elements and attributes of our templates, and links only to where they may lead."""
    for element in tree.iter():
        if element.tag == "script" and element.getparent().tag == "head":
            assert dict(element.attrib) == {"src": "/static/suggest.js", "defer": "defer"}
            continue
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        target = element.get("href") or element.get("action") or "/"
        outward = target.startswith("https://news.example/") and element.get("rel")
        assert re.match(r"/(?![/\\])|#", target) or outward == "noopener noreferrer", target


def article_path(article_id: str) -> str:
    return f"/articles/{quote(article_id, safe='')}"


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda n: f"payload{n}")
def test_an_article_stays_text(hostile: FlaskClient, number: int) -> None:
    text = HOSTILE[number]
    tree = tree_of(hostile, article_path(f"n{number} {text}"))
    check(tree)
    assert tree.xpath("string(//h1)") == f"harbour {text} end"
    assert tree.xpath("string(//div[@class='text']/p)").startswith(f"The harbour {text} and")
    harmless = skeleton(tree_of(hostile, article_path("n-1 plain")))
    assert skeleton(tree) == harmless


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda n: f"payload{n}")
def test_what_a_reader_asks_stays_text(hostile: FlaskClient, number: int) -> None:
    text = HOSTILE[number]
    parameters = {"q": "harbour", "source": text, "category": text, "author": text}
    filtered = tree_of(hostile, f"/?{urlencode(parameters)}")
    check(filtered)
    chips = [chip.text_content() for chip in filtered.xpath("//ul[@class='chips']/li//bdi")]
    assert chips == [text.strip()] * 3
    refused = {"q": text, "lang": text, "from": text, "to": text, "sort": text, text: text}
    tree = tree_of(hostile, f"/?{urlencode(refused)}", 422)
    check(tree)
    assert tree.xpath("string(//input[@id='q']/@value)") == text
    assert tree.xpath("string(//input[@id='from']/@value)") == text


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda n: f"payload{n}")
def test_json_is_never_taken_for_a_page(hostile: FlaskClient, number: int) -> None:
    text = HOSTILE[number]
    answers = [
        hostile.get(f"/api/v1/articles/{quote(f'n{number} {text}', safe='')}"),
        hostile.get("/api/v1/search", query_string={"q": text, "limit": 3}),
        hostile.get("/api/v1/search", query_string={"lang": text, text: text}),
        hostile.get(f"/api/v1/articles/{quote(text, safe='')}"),
        hostile.get(f"/api/v1/{quote(text, safe='')}"),
    ]
    for answer in answers:
        assert answer.mimetype in ("application/json", "application/problem+json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        json.loads(answer.text)
    assert answers[0].json is not None
    assert answers[0].json["title"] == f"harbour {text} end"


def test_pages_of_hostile_hits_have_only_our_elements(hostile: FlaskClient) -> None:
    for page in range(1, 4):
        tree = tree_of(hostile, f"/?q=harbour&limit=100&page={page}&explain=true")
        check(tree)
    assert len(tree.xpath("//ol[@class='hits']/li")) > 50
    check(tree_of(hostile, "/"))


def test_highlights_are_escaped_text_with_marks_only(hostile: FlaskClient) -> None:
    seen = 0
    for offset in range(0, 300, 100):
        query = {"q": "harbour script alert", "limit": 100, "offset": offset}
        page = hostile.get("/api/v1/search", query_string=query).json
        assert page is not None
        for hit in page["hits"]:
            original = hostile.get(f"/api/v1/articles/{quote(hit['id'], safe='')}").json
            assert original is not None
            assert shown(hit["highlight"]["title"]) == original["title"]
            for extract in hit["highlight"]["body"]:
                assert shown(extract).strip("… ") in original["body"]
                seen += 1
    assert seen > 200


def shown(highlight: str) -> str:
    """The text of a highlight, which must be nothing but escaped text and marks."""
    bare = re.sub("</?mark>", "", highlight)
    assert not re.search("[<>]", bare)
    # An ampersand begins a whole character reference, also where an extract was cut.
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt|quot|#x27|#39);)*", bare, re.DOTALL)
    return unescape(bare)


@pytest.mark.parametrize("number", range(len(BAD_LINKS)), ids=lambda n: f"link{n}")
def test_what_is_no_web_address_is_no_link(hostile: FlaskClient, number: int) -> None:
    tree = tree_of(hostile, f"/articles/link%20{number}")
    targets = tree.xpath("//main//a/@href")
    assert targets == []
    assert not tree.xpath("//img")


@pytest.mark.parametrize("number", range(len(GOOD_LINKS)), ids=lambda n: f"link{n}")
def test_a_web_address_is_a_link_that_tells_nothing(hostile: FlaskClient, number: int) -> None:
    tree = tree_of(hostile, f"/articles/link%20{len(BAD_LINKS) + number}")
    (link,) = tree.xpath("//main//a[not(starts-with(@href, '/'))]")
    assert link.get("href") == GOOD_LINKS[number]
    assert link.get("rel") == "noopener noreferrer"


def test_no_hit_links_to_what_is_no_web_address(hostile: FlaskClient) -> None:
    tree = tree_of(hostile, "/?q=quay&limit=100")
    outward = tree.xpath("//p[@class='original']/a/@href")
    assert sorted(outward) == sorted(GOOD_LINKS)


@pytest.mark.parametrize("number", range(len(UNSEEN)), ids=lambda n: f"U+{ord(UNSEEN[n]):04X}")
def test_what_turns_or_hides_text_is_not_shown(hostile: FlaskClient, number: int) -> None:
    for path in (f"/articles/unseen%20{number}", "/?q=pier&limit=100"):
        shown_text = hostile.get(path).text
        assert UNSEEN[number] not in shown_text.replace("\n", "")
    tree = tree_of(hostile, f"/articles/unseen%20{number}")
    assert tree.xpath("string(//h1)").replace(" ", "") == "pierabcd"


def test_a_title_from_right_to_left_keeps_to_itself(hostile: FlaskClient) -> None:
    tree = tree_of(hostile, article_path("n-1 plain"))
    assert tree.xpath("//h1/@dir | //div[@class='text']/p/@dir") == ["auto", "auto"]
    isolated = [element.text for element in tree.xpath("//main//bdi")]
    assert isolated == ["category plain", "source plain -1", "author plain", "tag plain"]
    hits = tree_of(hostile, "/?q=harbour+plain&limit=1")
    assert hits.xpath("//ol[@class='hits']//h2/@dir") == ["auto"]
    assert hits.xpath("string(//ol[@class='hits']//bdi)") == "source plain -1"


def test_joiners_and_marks_of_direction_are_needed() -> None:
    for text in ("\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647"):
        assert visible(text) == text
