"""The JSON schemas of the answers, from their types: fields for shapes, docstrings for words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from sanbao.search.article import Article
from sanbao.search.results import HitJson, IndexStats, ResultPage
from sanbao.web import answers

Json = dict[str, Any]

ANSWERS = (
    *(ResultPage, answers.Suggestions, Article, answers.IntakeReport, IndexStats),
    *(answers.Analysis, answers.Liveness, answers.Readiness, answers.Problem),
)

_NONE = re.compile(r"\bNone\b")
_SECTION = re.compile(r"\n\n(?:Attributes|Raises):\n")
_ATTRIBUTES = re.compile(r"^ {4}([\w, ]+): (.+(?:\n {8}.+)*)", re.MULTILINE)


def answer_schemas(template: str) -> dict[str, Json]:
    """The schemas of all answers and of what is in them, by name.

    Args:
        template: a reference to a schema, with ``{model}`` for its name.
    """
    mode: JsonSchemaMode = "serialization"
    adapters = [(answer, mode, TypeAdapter[Any](answer)) for answer in ANSWERS]
    _, found = TypeAdapter.json_schemas(
        adapters,
        ref_template=template,
        union_format="primitive_type_array",
        schema_generator=_AnswerSchema,
    )
    schemas: dict[str, Json] = found["$defs"]
    return schemas


class _AnswerSchema(GenerateJsonSchema):
    """What is sent: each field that is not marked as left out at times, and no other."""

    def dataclass_schema(self, schema: Any) -> Json:
        return _described(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: Any) -> Json:
        return _described(super().typed_dict_schema(schema), schema["cls"])

    def field_is_required(self, field: Any, total: bool) -> bool:
        return bool(field.get("required", True))

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> Json:
        return self.generate_inner(schema["schema"])

    def int_schema(self, schema: Any) -> Json:
        return {"type": "integer", "minimum": 0}  # all of them count something

    def normalize_name(self, name: str) -> str:
        return "Hit" if name == HitJson.__name__ else super().normalize_name(name)


def _described(schema: Json, answer: type) -> Json:
    """The schema with the words of the docstring, those about attributes beside each."""
    words = cleandoc(answer.__doc__ or "")
    attributes = _attributes(words)
    properties = {
        name: field | ({"description": attributes[name]} if name in attributes else {})
        for name, field in schema["properties"].items()
    }
    return {
        "type": "object",
        "description": _plain(_SECTION.split(words)[0]),
        "properties": properties,
        "required": schema["required"],
        "additionalProperties": False,
    }


def _attributes(words: str) -> Mapping[str, str]:
    return {
        name: _plain(text)
        for names, text in _ATTRIBUTES.findall(words)
        for name in names.split(", ")
    }


def _plain(text: str) -> str:
    """As users of JSON read it: on one line, in the words of JSON and Markdown."""
    return _NONE.sub("null", " ".join(text.replace("``", "`").split()))
