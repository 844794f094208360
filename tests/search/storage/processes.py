"""Child processes of the tests, forked from a server that has loaded the dictionaries already."""

from __future__ import annotations

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.search.storage.warmed"])
