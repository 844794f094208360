"""Text of articles and readers as it may be shown.

Some characters have no picture but change what is seen around them: they turn the direction of
writing, hide letters, or end a line where none ends. They are left out of pages; the index and the
JSON interface keep what was given.
"""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

# Controls but for tab and newline; zero width spaces; separators of lines, and what embeds,
# overrides or isolates a direction; invisible operators; lone surrogates; interlinear notes; tags.
# Joiners stay, which words and emoji need, and the marks of direction that act as a letter does.
_HIDDEN_RANGES = (
    *((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0x200B, 0x200B), (0x2028, 0x202E)),
    *((0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
    (0xE0000, 0xE007F),
)
_HIDDEN = {code: None for first, last in _HIDDEN_RANGES for code in range(first, last + 1)}


def install(app: Flask) -> None:
    """Give the templates their filter."""
    app.add_template_filter(visible)


def visible(text: str | Markup) -> str | Markup:
    """The text without characters that hide or turn others; safe markup stays safe."""
    return type(text)(text.translate(_HIDDEN))
