"""Imported once by the server that child processes are forked from, so that they start at once."""

from __future__ import annotations

from sanbao.search.analysis import load_dictionaries
from sanbao.search.engines.embedded.warm import warm

load_dictionaries()
warm()
