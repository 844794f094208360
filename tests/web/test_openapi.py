from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from sanbao.search.request import SORTS, TIMELINE_UNITS
from sanbao.web.openapi import document


def conforms(value: object, name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


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
        *("q", "lang", "source", "category", "author", "from", "to", "sort", "limit"),
        *("facets", "timeline", "highlight", "recency", "explain", "offset"),
    ]
    assert found["sort"]["enum"] == list(SORTS)
    assert found["timeline"]["enum"] == list(TIMELINE_UNITS)
    assert found["limit"] | {"type": "integer"} == found["limit"]
    assert (found["limit"]["minimum"], found["limit"]["maximum"]) == (0, 100)
    assert found["lang"]["type"] == "array"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/search?q=ferry&facets=lang,source,category&timeline=day", "ResultPage"),
        ("/api/v1/search?q=ferry&highlight=off", "ResultPage"),
        ("/api/v1/search?q=新渡轮&explain=true", "ResultPage"),
        ("/api/v1/articles/" + quote("https://news.example/en/1?print=1"), "Article"),
        ("/api/v1/suggest?q=新渡", "Suggestions"),
        ("/api/v1/suggest", "Suggestions"),
        ("/api/v1/articles/hostile", "Article"),
        ("/api/v1/stats", "IndexStats"),
        ("/api/v1/search?q=a&limit=x", "Problem"),
        ("/api/v1/articles/none", "Problem"),
    ],
)
def test_answers_are_as_described(client: FlaskClient, path: str, name: str) -> None:
    conforms(client.get(path).json, name)


def test_analysis_is_as_described(client: FlaskClient) -> None:
    conforms(client.post("/api/v1/analyze", json={"text": "新渡轮 ferry"}).json, "Analysis")


def test_the_report_is_as_described(writer_client: FlaskClient) -> None:
    report = writer_client.post(
        "/api/v1/articles", json=[{"title": "t"}, {"colour": "red"}, 3]
    ).json
    conforms(report, "IntakeReport")
    assert report is not None
    assert len(report["errors"]) == 2


def test_the_docs_page_shows_every_operation(client: FlaskClient) -> None:
    text = client.get("/docs").text
    for path, method in operations():
        assert f"<b>{method.upper()}</b> {path}" in text
    for name in document()["components"]["schemas"]:
        assert f'id="{name}"' in text
