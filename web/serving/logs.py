"""The log: one JSON object a line on standard error, safe to read on a terminal.

Values come from requests, so characters that move a cursor, end a line or turn the direction of
writing are escaped, and long values are cut. What looks like a key of ours is blacked out, wherever
it stands.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from gunicorn.glogging import Logger

from sanbao.web.guarding.keys import PREFIX, TOKEN_LENGTH

FIELD_BYTES = 1024
_FRAMES = 20
# Controls, and what is invisible: directions, joiners, line separators, tags, lone surrogates.
_UNSAFE = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{{TOKEN_LENGTH - len(PREFIX)}}}")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, event, and its ``fields``."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _cut(record.getMessage()),
        }
        fields: dict[str, object] = getattr(record, "fields", {})
        event |= {name: _safe_value(value) for name, value in fields.items()}
        if record.exc_info and record.exc_info[1]:
            event["exception"] = _frames(record.exc_info[1])
        return _UNSAFE.sub(_escaped, json.dumps(event, ensure_ascii=False))


class ServerLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own messages in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())


ACCESS = "sanbao.web.access"
"""The logger of every request, also of those that no view sees."""


def configure(access_log: bool) -> None:
    """Send what the web package logs to standard error. For a process that serves.

    Args:
        access_log: whether every request is logged.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("sanbao.web")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.getLogger(ACCESS).setLevel(logging.INFO if access_log else logging.WARNING)


def _safe_value(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float)) else _cut(str(value))


def _cut(text: str) -> str:
    """The text without keys and in at most :data:`FIELD_BYTES` of UTF-8."""
    # A key that the end would cut in two is still seen whole here.
    text = _KEY.sub(f"{PREFIX}…", text[: FIELD_BYTES + TOKEN_LENGTH])
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) <= FIELD_BYTES:
        return text
    return encoded[: FIELD_BYTES - 3].decode("utf-8", "ignore") + "…"


def _frames(error: BaseException) -> list[str]:
    lines = "".join(traceback.format_exception(error)).splitlines()
    return [_cut(line) for line in lines[-_FRAMES:]]


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs)
