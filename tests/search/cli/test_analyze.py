"""``sanbao analyze`` has the limits of its HTTP twin."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sanbao.search.cli.asking import analyze
from sanbao.search.errors import InvalidRequest


@pytest.mark.parametrize("text", ["\ufdfa" * 6_000, "経" * 20_000])
def test_a_text_that_becomes_too_much_is_refused(text: str) -> None:
    done = CliRunner().invoke(analyze, [text])
    assert isinstance(done.exception, InvalidRequest)
    assert done.exception.parameter == "text"
    assert not done.stdout
