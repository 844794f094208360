from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import (  # type: ignore[import-untyped]
    Draft202012Validator,
    ValidationError,
)
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from sanbao.search.article import Article
from sanbao.search.engines import open_writer
from sanbao.search.fields import SORTS
from sanbao.search.request import TIMELINE_UNITS
from sanbao.search.results import Hit
from sanbao.web.openapi import document
from sanbao.web.schemas import ANSWERS as ANSWER_TYPES


def matches(value: object, schema: dict[str, Any]) -> None:
    schema = schema | {"components": document()["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def conforms(value: object, name: str) -> None:
    matches(value, {"$ref": f"#/components/schemas/{name}"})


def operations() -> set[tuple[str, str]]:
    return {
        (path, method)
        for path, operations in document()["paths"].items()
        for method in operations
        if method != "parameters"
    }


def parameters() -> dict[str, Any]:
    listed = document()["paths"]["/api/v1/search"]["get"]["parameters"]
    return {parameter["name"]: parameter["schema"] for parameter in listed}


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    served = client.get("/openapi.json").json
    assert served == document()
    validate(served)


def test_every_operation_is_described_and_no_other(app: Flask) -> None:
    served = {
        (rule.rule.replace("<article_id:", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("api.", "machines.")) and rule.rule != "/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert operations() == served


def test_parameters_are_described_with_what_they_allow() -> None:
    found = parameters()
    assert list(found) == [
        *("q", "lang", "source", "category", "author", "tag", "from", "to", "sort", "limit"),
        *("facets", "timeline", "highlight", "recency", "explain", "offset"),
    ]
    assert found["sort"]["enum"] == list(SORTS)
    assert found["timeline"]["enum"] == list(TIMELINE_UNITS)
    assert found["limit"] | {"type": "integer"} == found["limit"]
    assert (found["limit"]["minimum"], found["limit"]["maximum"]) == (0, 100)
    assert found["lang"]["type"] == "array"


ARTICLE = "/api/v1/articles/{article_id}"
SEARCH = "/api/v1/search"
ANSWERS = [
    (SEARCH, "get", "?q=ferry&facets=lang,source,category&timeline=day", None, 200),
    (SEARCH, "get", "?q=ferry&highlight=off", None, 200),
    (SEARCH, "get", "?q=新渡轮&explain=true", None, 200),
    (SEARCH, "get", "?q=th*&explain=true", None, 200),
    (SEARCH, "get", "?q=ferrry", None, 200),
    (SEARCH, "get", "?q=a&limit=x&colour=red", None, 422),
    (SEARCH, "post", "", {"q": "ferry", "facets": ["lang"]}, 200),
    (SEARCH, "post", "", {"limit": "10"}, 422),
    ("/api/v1/suggest", "get", "?q=新渡", None, 200),
    ("/api/v1/suggest", "get", "", None, 200),
    ("/api/v1/suggest", "get", "?limit=0", None, 422),
    ("/api/v1/articles", "post", "", [{"title": "t"}, {"colour": "red"}, 3], 200),
    ("/api/v1/articles", "post", "", [{"colour": "red"}, 3], 422),
    ("/api/v1/articles", "post", "", [], 422),
    (ARTICLE, "get", "kept", None, 200),
    (ARTICLE, "get", "full", None, 200),
    (ARTICLE, "get", "none", None, 404),
    (ARTICLE, "delete", "none", None, 404),
    (ARTICLE, "delete", "kept", None, 204),
    ("/api/v1/stats", "get", "", None, 200),
    ("/api/v1/analyze", "post", "", {"text": "新渡轮 ferry"}, 200),
    ("/api/v1/analyze", "post", "", {}, 422),
    ("/healthz", "get", "", None, 200),
    ("/readyz", "get", "", None, 200),
]
FULL = Article(
    id="full",
    title="New ferry 新渡轮",
    body="The ferry left.",
    language="zh-Hant",
    url="https://news.example/full",
    source="Harbour Ledger",
    author="Lin, Mei",
    published=datetime(2026, 9, 1, tzinfo=UTC),
    updated=datetime(2026, 9, 2, tzinfo=UTC),
    categories=("Transport",),
    tags=("harbour",),
    image="https://news.example/full.png",
)


@pytest.mark.parametrize(("path", "method", "rest", "body", "status"), ANSWERS)
def test_answers_are_as_described(
    writer_client: FlaskClient,
    writable_folder: Path,
    path: str,
    method: str,
    rest: str,
    body: object,
    status: int,
) -> None:
    with open_writer(writable_folder) as writer:
        writer.add(FULL)
    address = path.replace("{article_id}", "") + rest
    answer = writer_client.open(address, method=method.upper(), json=body)
    assert answer.status_code == status
    described = document()["paths"][path][method]["responses"][str(status)]
    if "$ref" in described:
        described = document()["components"]["responses"]["Problem"]
    content = described.get("content")
    assert content is None or set(content) == {answer.mimetype}
    if content is None:
        assert not answer.data
    else:
        matches(answer.json, content[answer.mimetype]["schema"])


def test_an_answer_of_every_operation_is_validated() -> None:
    good = {(path, method) for path, method, _, _, status in ANSWERS if status < 300}
    assert good == operations()


@pytest.mark.parametrize("answer", ANSWER_TYPES, ids=lambda answer: str(answer.__name__))
def test_pydantic_alone_sees_the_fields_that_are_described(answer: type) -> None:
    seen = TypeAdapter(answer).json_schema(mode="serialization")
    described = document()["components"]["schemas"][answer.__name__]
    assert list(seen["properties"]) == list(described["properties"])


def test_what_is_not_described_is_noticed() -> None:
    hit = Hit(FULL, 1.0).to_dict()
    conforms(hit, "Hit")
    for wrong in (hit | {"id": 1}, hit | {"published": "yesterday"}, hit | {"body": ""}):
        with pytest.raises(ValidationError):
            conforms(wrong, "Hit")
    del hit["tags"]
    with pytest.raises(ValidationError):
        conforms(hit, "Hit")


def test_fields_have_the_words_of_their_docstrings() -> None:
    schemas = document()["components"]["schemas"]
    part, hit = schemas["ScorePart"]["properties"], schemas["Hit"]
    assert hit["description"] == "One article found, without its body."
    assert hit["properties"]["highlight"]["description"] == "null when the request turned it off."
    assert part["length"]["description"] == part["average_length"]["description"]
    assert "`title_grams:" in part["label"]["description"]
    assert not re.search(r"``|:[a-z]+:`|\b(?:Attributes|Raises):", str(schemas))


def test_the_docs_page_shows_every_operation(client: FlaskClient) -> None:
    text = client.get("/docs").text
    for path, method in operations():
        assert f"<b>{method.upper()}</b> {path}" in text
    for name in document()["components"]["schemas"]:
        assert f'id="{name}"' in text
