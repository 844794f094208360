"""Imported once by the server that child processes are forked from, so that they start at once."""

from __future__ import annotations

import os

from sanbao.search.analysis import load_dictionaries
from sanbao.search.engines.embedded.warm import warm

load_dictionaries()
warm()
os.fsync = os.fstat  # type: ignore[assignment]  # as in the tests themselves
