"""The names that indexes hold; never renamed.

Whoosh pickles objects into its table of contents: a segment, its codec, the fields and their
analyzers. Each is pickled as ``sanbao.pickled.<name>``, wherever its class lives today, so that an
index can be opened after a class has moved. Each of these classes says so itself, by its
``__module__``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

NAMES = {
    "ArrayCodec": "sanbao.search.codec.whoosh_codec.codec",
    "ArraySegment": "sanbao.search.codec.whoosh_codec.segment",
    "KeywordsField": "sanbao.search.engines.embedded.field_types",
    "RegisterAnalyzer": "sanbao.search.engines.embedded.field_types",
    "TokensField": "sanbao.search.engines.embedded.field_types",
}
"""Each name, and the module where its class is today."""


def __getattr__(name: str) -> Any:
    # Not imported above, or whoever opens an index would load all, and these classes each other.
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(NAMES[name]), name)
