"""How often a client may ask: a bucket of tokens for each, filled again as time passes.

Each worker process counts for itself, so that a client gets at most as many times the rate as there
are workers.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock

MAX_CLIENTS = 10_000
"""Clients that are remembered; then those that have been quiet longest are forgotten."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may still ask.

    Attributes:
        granted: whether this request is within the limit.
        limit: requests a minute, and at once after a pause.
        remaining: how many more are allowed at this moment.
        reset_seconds: until as many as ever are allowed; if not granted, until one is.
    """

    granted: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """The fields by which a client can pace itself."""
        fields = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return fields if self.granted else fields | {"Retry-After": str(self.reset_seconds)}


class RateLimit:
    """At most ``per_minute`` requests a minute of each client; 0 is no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = per_minute
        self._refill = per_minute / 60
        self._clock = clock
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> Allowance | None:
        """Count one request of the client; None when there is no limit."""
        return self._ask(client) if self._capacity else None

    def _ask(self, client: str) -> Allowance:
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.pop(client, (float(self._capacity), now))
            tokens = min(self._capacity, tokens + (now - since) * self._refill)
            granted = tokens >= 1
            if granted:
                tokens -= 1
            self._buckets[client] = tokens, now
            if len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        wanted = (self._capacity if granted else 1) - tokens
        return Allowance(granted, self._capacity, int(tokens), ceil(wanted / self._refill))
