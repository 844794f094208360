"""Bytes to text: UTF-8 when it is UTF-8, else what the bytes say of themselves, else detection."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, read_bom

from sanbao.indexer.drafts import InputError

_DETECTED = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp1252")
_JAPANESE = ("cp932", "euc_jp")
# The detector's measure of disorder. Its own limit, 0.2, turns away 3 % of plain Japanese articles
# (those with many brackets); binary files, for which it is meant, never reach it.
_DISORDER = 0.6
_SAMPLE = 1 << 16
_ASCII = bytes(range(0x20, 0x7F)) + rb"+ADw- \u0041"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.02
_MAX_DAMAGE = 0.05
_HIRAGANA = re.compile("[ぁ-ゖ]")
_MIN_HIRAGANA_SHARE = 0.1


def decode(data: bytes) -> str:
    """The text that ``data`` holds.

    Raises:
        InputError: when it is binary, or in an encoding that cannot be told.
    """
    marked, mark = read_bom(data)
    if marked and mark is not None:
        return _decode_marked(data[len(mark) :], marked)
    if is_binary(data):
        raise InputError("is a binary file, not text; remove it, or extract its text first")
    for encoding in ("utf-8", _declared(data), "iso2022_jp"):
        # ISO-2022-JP is ASCII to every other decoder, but for its escape.
        if encoding and (b"\x1b$" in data) == (encoding in ("iso2022_jp", "iso-2022-jp")):
            text = _decode_tolerantly(data, encoding)
            if text is not None:
                return text
    return _decode_detected(data)


def _declared(data: bytes) -> str | None:
    """The encoding that a page declares, if it is one in which ASCII is ASCII.

    Among the others are UTF-7 and Python's own, such as punycode, which takes quadratic time.
    """
    encoding: str | None = html_body_declared_encoding(data)
    try:
        return (
            encoding if encoding and _ASCII.decode(encoding, "replace") == _ASCII.decode() else None
        )
    except (LookupError, ValueError):
        return None


def is_binary(data: bytes) -> bool:
    """Whether these bytes are no text in any encoding that has no byte order mark."""
    sample = data[:_SAMPLE]
    return len(_CONTROL.findall(sample)) > _MAX_CONTROL_SHARE * len(sample)


def _decode_marked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(f"starts as {encoding} but is not; save it as UTF-8") from None


def _decode_tolerantly(data: bytes, encoding: str) -> str | None:
    """The text, with U+FFFD for the few bytes that are damaged; None when many are."""
    text = data.decode(encoding, "replace")
    foreign = _count_foreign(text)
    return text if text.count("\ufffd") <= _MAX_DAMAGE * foreign else None


def _decode_detected(data: bytes) -> str:
    for encoding in _JAPANESE:
        if _reads_as_japanese(data, encoding):
            return data.decode(encoding, "replace")
    # Whole lines, so that no character is cut.
    sample = data[:_SAMPLE].rpartition(b"\n")[0] or data[:_SAMPLE]
    found = from_bytes(sample, cp_isolation=list(_DETECTED), threshold=_DISORDER).best()
    text = found and _decode_tolerantly(data, found.encoding)
    if not text:
        raise InputError("the encoding cannot be told; save it as UTF-8")
    return text


def _reads_as_japanese(data: bytes, encoding: str) -> bool:
    """Hiragana gives Japanese away: Chinese text, read in its encodings, has next to none."""
    text = _decode_tolerantly(data, encoding)
    if text is None:
        return False
    foreign = _count_foreign(text)
    return len(_HIRAGANA.findall(text)) > _MIN_HIRAGANA_SHARE * foreign


def _count_foreign(text: str) -> int:
    """How many characters are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))
