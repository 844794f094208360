"""The OpenAPI description of the API.

Parameters come from the models that parse them, answers from their types (``schemas``).
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel

from sanbao.search.article import MAX_ID_LENGTH
from sanbao.search.fields import TYPED_NAMES
from sanbao.web.params import AnalyzeParameters, SearchParameters, SuggestParameters
from sanbao.web.schemas import answer_schemas

Json = dict[str, Any]


@cache
def document() -> Json:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sanbao",
            "version": version("sanbao"),
            "description": (
                "Full-text search for Chinese, Japanese and English news. No answer is larger than "
                "1 MB but an article that was stored, given back whole; where one would be, it is "
                "422 and says what to ask less of."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "responses": {"Problem": _problem()},
            "securitySchemes": {"ApiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> Json:
    return {
        "/api/v1/search": {"get": _search_by_query(), "post": _search_by_body()},
        "/api/v1/suggest": {"get": _suggest()},
        "/api/v1/articles": {"post": _add_articles()},
        "/api/v1/articles/{article_id}": {
            "parameters": [_article_id()],
            "get": _get_article(),
            "delete": _delete_article(),
        },
        "/api/v1/stats": {"get": _stats()},
        "/api/v1/analyze": {"post": _analyze()},
        "/healthz": {"get": _healthz()},
        "/readyz": {"get": _readyz()},
    }


def _search_by_query() -> Json:
    return {
        "operationId": "search",
        "summary": "Search articles",
        "description": (
            'Words, "exact phrases", -excluded words, AND, OR, NOT, parentheses, beginnings such '
            'as econom*, misspelt words such as econmy~, words near each other such as "rate '
            'cut"~5 or in one sentence such as "rate cut"~s, and fields: '
            f"{', '.join(f'{name}:' for name in TYPED_NAMES)}. Full-width forms mean the same. "
            "What is not valid is searched as words. The query * finds every article, and so does "
            "an empty query beside a filter. Filters of one kind are alternatives; filters of "
            "different kinds all hold."
        ),
        "parameters": _query_parameters(SearchParameters),
        "responses": _responses(_tagged("A page of results.", _ref("ResultPage")), 422, 429, 503),
    }


def _search_by_body() -> Json:
    return {
        "operationId": "searchByBody",
        "summary": "Search articles with the parameters in the body",
        "requestBody": _json_body(
            _ref("SearchParameters"), {"q": "微信公开课", "lang": ["zh", "ja"]}
        ),
        "responses": _responses(
            {"200": _json("A page of results.", _ref("ResultPage"))},
            *(400, 413, 415, 422, 429, 503),
        ),
    }


def _suggest() -> Json:
    return {
        "operationId": "suggest",
        "summary": "What somebody who is typing may mean",
        "description": (
            "Phrases of titles and titles that begin with the text, as it is written or read: in "
            "kana, romaji (toukyou, tokyo), pinyin with or without tones (weixin, wei1xin4) or the "
            "initials of pinyin (wxgkk). Any text is legal; a text of no use has no suggestions."
        ),
        "parameters": _query_parameters(SuggestParameters),
        "responses": _responses(
            _tagged("Phrases, then titles.", _ref("Suggestions")), 422, 429, 503
        ),
    }


def _add_articles() -> Json:
    batch = {
        "anyOf": [
            _ref("NewArticle"),
            {"type": "array", "items": _ref("NewArticle"), "minItems": 1, "maxItems": 1000},
        ]
    }
    example = {"id": "a-1", "title": "Ferry back in service", "body": "...", "language": "en"}
    lines = {"schema": {"type": "string"}, "example": '{"id": "a-1", "title": "..."}\n'}
    body = _json_body(batch, example)
    body["content"]["application/x-ndjson"] = lines
    return {
        "operationId": "addArticles",
        "summary": "Add articles, or replace those with the same id",
        "description": (
            "One article, an array, or one a line; at most 1,000. One that cannot be indexed is "
            "listed in errors by its place, counted from 0, and does not stop the others. So are "
            "those for which there was no time: a request may take 30 s. Send them again, fewer at "
            "once."
        ),
        "security": [{"ApiKey": []}],
        "requestBody": body,
        "responses": _responses(
            {"200": _json("What became of the articles.", _ref("IntakeReport"))},
            *(400, 401, 403, 413, 415, 422, 429, 503),
        ),
    }


def _get_article() -> Json:
    return {
        "operationId": "getArticle",
        "summary": "One article with its whole text",
        "responses": _responses(_tagged("The article.", _ref("Article")), 404, 429, 503),
    }


def _delete_article() -> Json:
    return {
        "operationId": "deleteArticle",
        "summary": "Delete one article",
        "security": [{"ApiKey": []}],
        "responses": _responses(
            {"204": {"description": "It is deleted."}}, 401, 403, 404, 422, 429, 503
        ),
    }


def _stats() -> Json:
    return {
        "operationId": "stats",
        "summary": "What is in the index",
        "responses": _responses({"200": _json("The figures.", _ref("IndexStats"))}, 422, 429, 503),
    }


def _analyze() -> Json:
    return {
        "operationId": "analyze",
        "summary": "How a text is cut into tokens",
        "description": (
            "Answers why something is found or not. 422: the text is too long once normalized, "
            "becomes too many tokens or takes longer than a search may."
        ),
        "requestBody": _json_body(_ref("AnalyzeParameters"), {"text": "微信公开课"}),
        "responses": _responses(
            {"200": _json("The tokens.", _ref("Analysis"))}, 400, 413, 415, 422, 429, 503
        ),
    }


def _healthz() -> Json:
    return {
        "operationId": "healthz",
        "summary": "Whether the process is alive",
        "responses": {"200": _json("It is.", _ref("Liveness"))},
    }


def _readyz() -> Json:
    return {
        "operationId": "readyz",
        "summary": "Whether searches can be answered",
        "description": (
            "degraded: an older commit is being served, because of the problem. 503: none can be."
        ),
        "responses": _responses({"200": _json("They can.", _ref("Readiness"))}, 503),
    }


def _article_id() -> Json:
    return {
        "name": "article_id",
        "in": "path",
        "required": True,
        "description": "The id of the article; slashes may stand as they are.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH},
    }


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            "schema": _query_schema(schema),
        }
        for name, schema in model.model_json_schema()["properties"].items()
    ]


def _query_schema(schema: Json) -> Json:
    """The schema without null, which a query string cannot say; lists may be repeated."""
    alternatives = [a for a in schema.get("anyOf", []) if a.get("type") != "null"]
    kept = alternatives[0] if alternatives else schema
    return {k: v for k, v in kept.items() if k not in ("description", "title")}


def _schemas() -> Json:
    schemas = answer_schemas(_ref("{model}")["$ref"])
    return {
        "SearchParameters": _model(SearchParameters),
        "AnalyzeParameters": _model(AnalyzeParameters),
        "NewArticle": _new_article(schemas["Article"]),
        **schemas,
    }


def _new_article(article: Json) -> Json:
    return {
        "type": "object",
        "description": "Title or body must hold text; everything else may be left out.",
        "properties": article["properties"],
    }


def _model(model: type[BaseModel]) -> Json:
    schema = model.model_json_schema()
    return {k: v for k, v in schema.items() if k not in ("title", "description")}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _tagged(description: str, schema: Json) -> Json:
    """An answer that the client need not be sent again while it holds."""
    holds = "The answer with the ETag in If-None-Match still holds."
    return {"200": _json(description, schema), "304": {"description": holds}}


def _json_body(schema: Json, example: Json) -> Json:
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _responses(answers: Json, *problems: int) -> Json:
    problem = {"$ref": "#/components/responses/Problem"}
    return answers | {str(status): problem for status in problems}


def _problem() -> Json:
    return {
        "description": "The request failed; detail says why and what to do.",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
