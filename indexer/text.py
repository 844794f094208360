"""Text as an article may hold it: no control characters, no half characters."""

from __future__ import annotations

import re

_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\xad\u200b\u2060\ufeff"  # soft hyphen, zero width: they cut words in two for a tokenizer
    "\ud800-\udfff"  # halves of characters
    "\ufdd0-\ufdef" + "".join(f"{chr(end - 1)}{chr(end)}" for end in range(0xFFFF, 0x110000, 0x10000))
    + "]"  # and what Unicode says is no character
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff"
_BREAK_IN_WIDE_TEXT = re.compile(f"(?<=[{_WIDE}])[ \t]*\n\\s*(?=[{_WIDE}])")
_SPACE = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """The text without characters that no article has, and with ``\\n`` as its line end."""
    if all(map(str.isprintable, text.split("\n"))):
        return text  # no printable character is one of those
    return _UNWANTED.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """The text on one line. A line break between two wide characters is no space there.

    As CSS has it (CSS Text Module Level 3, segment break transformation).
    """
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACE.sub(" ", _BREAK_IN_WIDE_TEXT.sub("", clean_text(text))).strip()
