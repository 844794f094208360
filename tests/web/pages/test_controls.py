"""No control character that somebody puts into an address comes back in a page or a header."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

CONTROLS = "".join(map(chr, (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))))
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.parametrize(
    "name",
    [
        *("q", "source", "author", "tag", "category", "from", "to", "lang", "sort", "page", "ui"),
        f"odd{CONTROLS}",
    ],
)
@pytest.mark.parametrize("path", ["/", "/articles/rates", f"/articles/{CONTROLS}", "/docs", "/no"])
def test_no_control_character_is_repeated(client: FlaskClient, path: str, name: str) -> None:
    for asked in ({name: f"a{CONTROLS}b"}, {"q": "ferry", name: f"a{CONTROLS}b"}):
        response = client.get(path, query_string=asked)
        assert response.status_code in (200, 404, 422)
        assert not _RAW.search(response.text)
        assert not _RAW.search(str(response.headers).replace("\r\n", ""))


def test_what_is_searched_for_stays_in_the_box_but_for_controls(client: FlaskClient) -> None:
    shown = client.get("/", query_string={"q": "new\x00 \x1b[31mferry\x9b"}).text
    assert 'value="new [31mferry"' in shown
