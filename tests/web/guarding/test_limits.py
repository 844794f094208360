"""Buckets of tokens: how many, how fast again, and for how many clients."""

from __future__ import annotations

from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from sanbao.web.guarding.limits import MAX_CLIENTS, RateLimit


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def granted(limit: RateLimit, client: str = "a") -> bool:
    allowance = limit.take(client)
    assert allowance is not None
    return allowance.granted


def test_a_minute_fills_an_empty_bucket() -> None:
    clock = Clock()
    limit = RateLimit(60, clock)
    assert [granted(limit) for _ in range(61)] == [True] * 60 + [False]
    clock.now += 1.01
    assert [granted(limit) for _ in range(2)] == [True, False]
    clock.now += 3600
    assert sum(granted(limit) for _ in range(100)) == 60


@given(
    per_minute=st.integers(1, 500),
    steps=st.lists(st.tuples(st.floats(0, 90), st.integers(1, 40)), max_size=40),
)
def test_nobody_gets_more_than_the_rate_allows(
    per_minute: int, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    limit = RateLimit(per_minute, clock)
    got, began = 0, clock.now
    for seconds, requests in steps:
        clock.now += seconds
        got += sum(granted(limit) for _ in range(requests))
        assert got <= per_minute * (1 + (clock.now - began) / 60) + 1e-6


@given(per_minute=st.integers(1, 500), asked=st.integers(1, 1000))
def test_whoever_waits_as_told_is_let_in(per_minute: int, asked: int) -> None:
    clock = Clock()
    limit = RateLimit(per_minute, clock)
    for _ in range(asked):
        allowance = limit.take("a")
    assert allowance is not None
    if not allowance.granted:
        clock.now += int(allowance.headers()["Retry-After"])
        assert granted(limit)


def test_clients_do_not_share_and_the_quiet_are_forgotten() -> None:
    limit = RateLimit(1, Clock())
    assert granted(limit, "first")
    assert not granted(limit, "first")
    for number in range(MAX_CLIENTS):
        assert granted(limit, str(number))
    assert granted(limit, "first")
    assert len(limit._buckets) == MAX_CLIENTS


def test_no_limit() -> None:
    assert RateLimit(0).take("a") is None


def test_threads_together_get_no_more_than_one_would() -> None:
    limit = RateLimit(100, Clock())
    got: list[bool] = []

    def ask() -> None:
        got.extend(granted(limit) for _ in range(50))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100
