"""Answers as small as the client can read them: zstd, Brotli or gzip.

Flask-Compress does it. What it is asked is here: docs/decisions/0033-compression.md.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress

CODINGS = ("zstd", "br", "gzip")
"""What there is, the best first, for clients that take several as gladly."""
MIN_BYTES = 1000
"""What fits into one packet with its headers is not sent any sooner."""
TYPES = (
    *("text/html", "text/css", "text/javascript", "image/svg+xml"),
    *("application/json", "application/problem+json"),
)


def install(app: Flask) -> None:
    """Compress the answers of an application. Comes after its guard, which logs what is sent."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_ALGORITHM=CODINGS,
        COMPRESS_MIMETYPES=TYPES,
        COMPRESS_MIN_SIZE=MIN_BYTES,
        COMPRESS_STREAMS=False,
    )
    library = Compress(app)

    def compress(response: Response) -> Response:
        if response.status_code != 200 or not _may_choose():
            # No other has set it by now, and to add a header takes a tenth of the time.
            response.headers.add("Vary", "Accept-Encoding")
            return response
        if request.endpoint == "static":  # a small file, which Flask would hand over unread
            response.direct_passthrough = False
            response.make_sequence()
        return library.after_request(response)

    app.after_request(compress)


def _may_choose() -> bool:
    """Whether the library reads the header rightly: "never" (q=0) it takes for "rather not"."""
    return "Accept-Encoding" in request.headers and all(
        quality for coding, quality in request.accept_encodings if coding in CODINGS
    )
