"""Text as an article may hold it, and as a message may: no control characters."""

from __future__ import annotations

import re
import unicodedata

_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{plane | 0xFFFE:c}{plane | 0xFFFF:c}" for plane in range(0, 0x110000, 0x10000)
)
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\xad\u200b\u2060\ufeff"  # soft hyphen, zero width: they cut words in two for a tokenizer
    f"\ud800-\udfff{_NO_CHARACTERS}]"  # halves of characters, and no characters
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


def visible(text: str) -> str:
    """The text with what a terminal would obey, or a reader not see, as escapes: ``\\x1b``."""
    return "".join(
        character.encode("unicode_escape").decode() if _is_unseen(character) else character
        for character in text
    )


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
