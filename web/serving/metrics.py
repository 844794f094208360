"""Figures for Prometheus, of all worker processes together, at an address of their own.

Each worker writes what it counts into files of its own (prometheus-client's multiprocess mode), and
any of them answers with the sum. What a worker that died has counted stays counted. See
docs/decisions/0035-metrics.md.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import Flask, Response, g, request

from sanbao.search.engines import SearchEngine
from sanbao.search.errors import SearchError
from sanbao.search.request import SearchRequest
from sanbao.search.results import ResultPage
from sanbao.web.services import Intake, IntakeReport

HOST = "127.0.0.1"
PATIENCE_SECONDS = 5
"""For whoever asks for the figures."""
_NO_ROUTE = "none"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """What one server counts. Made once, in the process whose forks are the workers.

    Args:
        listener: where the figures are asked for.
        committed_at: seconds since 1970 at which a commit of the index was made, by its number.
    """

    def __init__(self, listener: socket.socket, committed_at: Callable[[int], float]) -> None:
        self._process = os.getpid()
        self._folder = tempfile.mkdtemp(prefix="sanbao-metrics-")
        os.environ[_FOLDER] = self._folder  # which prometheus_client reads when it is imported
        from prometheus_client import CollectorRegistry, Counter, Histogram
        from prometheus_client.multiprocess import MultiProcessCollector

        self._listener = listener
        self._committed_at = committed_at
        self._registry = CollectorRegistry()
        MultiProcessCollector(self._registry, self._folder)  # type: ignore[no-untyped-call]
        self._requests = Counter(
            "sanbao_requests", "Requests answered.", ("route", "status"), registry=None
        )
        self._seconds = Histogram(
            *("sanbao_request_seconds", "Seconds that an answer took.", ("route",)),
            buckets=_BUCKETS,
            registry=None,
        )
        self._cut = Counter(
            "sanbao_searches_cut_short", "Searches that a limit cut short.", registry=None
        )
        self._refused = Counter(
            "sanbao_articles_refused", "Articles over HTTP that were not indexed.", registry=None
        )

    @property
    def address(self) -> str:
        """Where the figures are."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}/metrics"

    def engine(self, engine: SearchEngine) -> SearchEngine:
        """The engine, whose searches are counted and whose index is told of."""
        self._registry.register(_IndexFigures(engine, self._committed_at))
        counted: Any = _CountedEngine(engine, self._cut.inc)
        return counted  # type: ignore[no-any-return]

    def intake(self, intake: Intake) -> Intake:
        """The intake, whose refusals are counted."""
        return _CountedIntake(intake, self._refused.inc)

    def install(self, app: Flask) -> None:
        """Count what the application answers."""
        app.after_request(self._count)

    def start(self) -> None:
        """Answer in a thread of this process, which is a worker."""
        from prometheus_client import make_wsgi_app

        server = WSGIServer((HOST, 0), _Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = self._listener
        server.server_name, server.server_port = self._listener.getsockname()
        server.setup_environ()
        server.set_app(make_wsgi_app(self._registry))
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def forget(self, worker: Any) -> None:
        """A worker has ended: what it counted stays, what it was is no more."""
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid, self._folder)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Remove the files, unless this is a worker, which comes by here as well at its end."""
        if os.getpid() == self._process:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self, response: Response) -> Response:
        # The rule, of which there are few, and not the address, of which there is no end.
        route = request.url_rule.rule if request.url_rule else _NO_ROUTE
        self._requests.labels(route, response.status_code).inc()
        self._seconds.labels(route).observe(time.perf_counter() - g.started)
        return response


def listen(port: int) -> socket.socket:
    """A socket at which figures are asked for, by this machine alone.

    Raises:
        OSError: when the port is taken; OverflowError: when it is none.
    """
    return socket.create_server((HOST, port))


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


class _CountedEngine:
    def __init__(self, engine: SearchEngine, count: Callable[[], None]) -> None:
        self._engine = engine
        self._count = count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def search(self, request: SearchRequest) -> ResultPage:
        page = self._engine.search(request)
        if page.partial:
            self._count()
        return page


class _CountedIntake:
    def __init__(self, intake: Intake, count: Callable[[float], None]) -> None:
        self._intake = intake
        self._count = count

    def accept(self, records: Iterable[Mapping[str, object]]) -> IntakeReport:
        report = self._intake.accept(records)
        self._count(len(report.to_dict()["errors"]))
        return report

    def delete(self, article_id: str) -> bool:
        return self._intake.delete(article_id)


class _IndexFigures:
    """What is in the index when somebody asks."""

    def __init__(self, engine: SearchEngine, committed_at: Callable[[int], float]) -> None:
        self._engine = engine
        self._committed_at = committed_at

    def collect(self) -> Iterator[Any]:
        from prometheus_client.metrics_core import GaugeMetricFamily

        for name, help_text, value in self._figures():
            yield GaugeMetricFamily(f"sanbao_index_{name}", help_text, value=value)

    def describe(self) -> tuple[()]:
        """Nothing beforehand: to be registered asks for nothing of the index."""
        return ()

    def _figures(self) -> Iterator[tuple[str, str, float]]:
        problem = "1 if the newest commit cannot be served, else 0."
        try:
            trouble = self._engine.problem()
            stats = self._engine.stats()
        except SearchError:
            yield "problem", problem, 1
            return
        yield "problem", problem, float(trouble is not None)
        yield "generation", "Number of the commit that is served.", stats.generation
        yield "articles", "Articles that can be found.", stats.articles
        yield "bytes", "What the folder of the index takes.", stats.size_bytes
        try:
            age = time.time() - self._committed_at(stats.generation)
        except (OSError, SearchError):  # a newer commit has taken its place meanwhile
            return
        yield "commit_age_seconds", "Since the commit that is served was made.", age
