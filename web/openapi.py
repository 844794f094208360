"""The OpenAPI description of the API. Parameters come from the models that parse them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any, get_args

from pydantic import BaseModel

from sanbao.search.article import LANGUAGES, MAX_ID_LENGTH
from sanbao.search.results import PartKind, SuggestionKind
from sanbao.web.params import AnalyzeParameters, SearchParameters, SuggestParameters

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
NUMBER_OR_NULL: Json = {"type": ["number", "null"]}
COUNT: Json = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Json = {"type": ["integer", "null"], "minimum": 0}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
TEXTS: Json = {"type": "array", "items": TEXT}
INSTANT_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
LANGUAGE: Json = {"type": "string", "enum": list(LANGUAGES)}
COUNTS: Json = {"type": "object", "additionalProperties": COUNT}


@cache
def document() -> Json:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sanbao",
            "version": version("sanbao"),
            "description": "Full-text search for Chinese, Japanese and English news.",
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
            'cut"~5 or in one sentence such as "rate cut"~s, and fields: title:, source:, lang:, '
            "category:, author:, date:. Full-width "
            "forms mean the same. What is not valid is searched as words. The query * finds every "
            "article, and so does an empty query beside a filter. Filters of one kind are "
            "alternatives; filters of different kinds all hold."
        ),
        "parameters": _query_parameters(SearchParameters),
        "responses": _responses(
            {"200": _json("A page of results.", _ref("ResultPage"))}, 422, 429, 503
        ),
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
            {"200": _json("Phrases, then titles.", _ref("Suggestions"))}, 422, 429, 503
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
            "listed in errors by its place, counted from 0, and does not stop the others."
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
        "responses": _responses({"200": _json("The article.", _ref("Article"))}, 404, 429, 503),
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
        "responses": _responses({"200": _json("The figures.", _ref("IndexStats"))}, 429, 503),
    }


def _analyze() -> Json:
    return {
        "operationId": "analyze",
        "summary": "How a text is cut into tokens",
        "description": "Answers why something is found or not.",
        "requestBody": _json_body(_ref("AnalyzeParameters"), {"text": "微信公开课"}),
        "responses": _responses(
            {"200": _json("The tokens.", _ref("Analysis"))}, 400, 413, 415, 422, 429
        ),
    }


def _healthz() -> Json:
    alive = _object({"status": {"const": "ok"}})
    return {
        "operationId": "healthz",
        "summary": "Whether the process is alive",
        "responses": {"200": _json("It is.", alive)},
    }


def _readyz() -> Json:
    state = {
        "type": "object",
        "properties": {
            "status": {"enum": ["ready", "degraded"]},
            "generation": COUNT,
            "problem": TEXT,
        },
        "required": ["status", "generation"],
        "additionalProperties": False,
    }
    return {
        "operationId": "readyz",
        "summary": "Whether searches can be answered",
        "description": (
            "degraded: an older commit is being served, because of the problem. 503: none can be."
        ),
        "responses": _responses({"200": _json("They can.", state)}, 503),
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
    return {
        "SearchParameters": _model(SearchParameters),
        "AnalyzeParameters": _model(AnalyzeParameters),
        "ResultPage": _object(
            {
                "query": TEXT,
                "understood": TEXT,
                "languages": TEXTS,
                "total": COUNT,
                "total_relation": {"enum": ["eq", "gte"]},
                "offset": COUNT,
                "limit": COUNT,
                "took_ms": NUMBER,
                "suggestion": TEXT_OR_NULL,
                "hits": {"type": "array", "items": _ref("Hit")},
                "facets": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": _ref("FacetValue")},
                },
                "timeline": {"type": "array", "items": _ref("TimelineBucket")},
                "explain": _or_null(_ref("Explanation")),
                "partial": {"type": "boolean"},
                "warnings": TEXTS,
            }
        )
        | {
            "description": (
                "understood says what was searched for, suggestion is the query with a misspelled "
                "word replaced, or null. When partial is true, a part of the query "
                "was passed over or the search was cut short by a limit of the server, and "
                "warnings say which. A total_relation of gte says that there may be more than "
                "total."
            )
        },
        "Suggestions": _object(
            {
                "query": TEXT,
                "suggestions": {"type": "array", "items": _ref("Suggestion")},
                "took_ms": NUMBER,
            }
        ),
        "Suggestion": _object(
            {
                "kind": {"enum": list(get_args(SuggestionKind))},
                "text": TEXT,
                "articles": COUNT_OR_NULL,
            }
        )
        | {"description": "articles is how many have the phrase in their title; null for a title."},
        "Hit": _object(
            {
                "id": TEXT,
                "score": NUMBER,
                "language": LANGUAGE,
                "title": TEXT,
                "url": TEXT_OR_NULL,
                "source": TEXT_OR_NULL,
                "author": TEXT_OR_NULL,
                "published": INSTANT_OR_NULL,
                "categories": TEXTS,
                "tags": TEXTS,
                "image": TEXT_OR_NULL,
                "highlight": _or_null(_ref("Highlight")),
                "explanation": _or_null(_ref("ScoreExplanation")),
            }
        ),
        "Highlight": _object({"title": TEXT, "body": TEXTS})
        | {"description": "HTML-escaped text in which matches stand in <mark>."},
        "FacetValue": _object({"value": TEXT, "count": COUNT}),
        "TimelineBucket": _object({"date": {"type": "string", "format": "date"}, "count": COUNT}),
        "Explanation": _object(
            {
                "query": TEXT,
                "matching": {"type": "array", "items": _ref("TextMatching")},
            }
        )
        | {"description": "How the query was understood and answered; only with explain=true."},
        "TextMatching": _object(
            {"units": {"type": "array", "items": _ref("WeighedUnit")}, "needed": COUNT}
        )
        | {"description": "An article needs units that weigh as much together."},
        "WeighedUnit": _object({"terms": TEXTS, "weight": COUNT}),
        "ScoreExplanation": _object(
            {"score": NUMBER, "parts": {"type": "array", "items": _ref("ScorePart")}}
        )
        | {"description": "What adds up to the score; only with explain=true."},
        "ScorePart": _object(
            {
                "kind": {"enum": list(get_args(PartKind))},
                "label": TEXT,
                "value": NUMBER,
                "weight": NUMBER,
                "idf": NUMBER_OR_NULL,
                "frequency": COUNT_OR_NULL,
                "length": COUNT_OR_NULL,
                "average_length": NUMBER_OR_NULL,
            }
        ),
        "Article": _object(_article_fields()),
        "NewArticle": {"type": "object", "properties": _article_fields()}
        | {"description": "Title or body must hold text; everything else may be left out."},
        "IntakeReport": {
            "type": "object",
            "properties": {
                "indexed": COUNT,
                "updated": COUNT,
                "errors": {"type": "array", "items": _ref("ItemError")},
            },
            "required": ["indexed", "updated", "errors"],
        },
        "ItemError": _object({"item": COUNT, "field": TEXT_OR_NULL, "reason": TEXT}),
        "IndexStats": _object(
            {
                "articles": COUNT,
                "languages": COUNTS,
                "sources": COUNTS,
                "oldest": INSTANT_OR_NULL,
                "newest": INSTANT_OR_NULL,
                "size_bytes": COUNT,
                "generation": COUNT,
            }
        ),
        "Analysis": _object(
            {
                "language": LANGUAGE,
                "candidates": TEXTS,
                "tokens": {"type": "array", "items": _ref("Token")},
            }
        ),
        "Token": _object(
            {"analyzer": TEXT, "text": TEXT, "position": COUNT, "start": COUNT, "end": COUNT}
        ),
        "Problem": {
            "type": "object",
            "description": "What went wrong (RFC 9457).",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "errors": {"type": "array", "items": {"type": "object"}},
                "request_id": TEXT,
            },
            "required": ["type", "title", "status", "detail"],
        },
    }


def _article_fields() -> Json:
    return {
        "id": TEXT,
        "title": TEXT,
        "body": TEXT,
        "language": LANGUAGE,
        "url": TEXT_OR_NULL,
        "source": TEXT_OR_NULL,
        "author": TEXT_OR_NULL,
        "published": INSTANT_OR_NULL,
        "updated": INSTANT_OR_NULL,
        "categories": TEXTS,
        "tags": TEXTS,
        "image": TEXT_OR_NULL,
    }


def _model(model: type[BaseModel]) -> Json:
    schema = model.model_json_schema()
    return {k: v for k, v in schema.items() if k not in ("title", "description")}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


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
