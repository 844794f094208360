"""The figures as Markdown tables and as a plot."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.engines.agreement import SAME, Agreement
from benchmarks.engines.build import SANBAO
from benchmarks.engines.corpus import StreamName
from benchmarks.engines.engine import Build
from benchmarks.engines.measure import Timing
from benchmarks.engines.process import MB
from benchmarks.engines.queries import QuerySet


@dataclass(frozen=True, slots=True)
class SetResult:
    """What came out for a query set.

    Attributes:
        timings: this engine first.
        error: how far the scores of this engine are from exact ones, relatively, or None.
    """

    query_set: QuerySet
    timings: list[Timing]
    agreements: list[Agreement]
    error: float | None

    def problems(self) -> list[str]:
        """What is wrong with the answers."""
        found = [agreement.problem for agreement in self.agreements]
        if self.error is not None and self.error > SAME:
            found.append(f"scores are wrong by {self.error:.1e}")
        return [f"{self.query_set.title}: {problem}" for problem in found if problem]


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run found; ``builds`` by engine and stream."""

    documents: int
    sets: list[SetResult]
    builds: Mapping[tuple[str, StreamName], Build]

    @property
    def engines(self) -> list[str]:
        """All engines that took part in any set, in order."""
        return list(dict.fromkeys(t.engine for result in self.sets for t in result.timings))


def markdown(results: Results) -> str:
    """Tables of latency, ratios, indexing and agreement."""
    parts = [
        f"# {results.documents:,} documents",
        f"{_machine()}; one thread. Milliseconds, p50 / p95 / p99 over the queries of a set, of "
        "each query the median of its passes.",
        _latency(results),
        f"How many times as long as {results.engines[0]} they take, at p50 (at p95).",
        _ratios(results),
        "Making the index of the same tokens, in eight commits and a merge into one segment: "
        "seconds of the clock, megabytes of files and of resident memory at its peak (and how "
        "many times ours).",
        _builds(results),
        "Do they agree? Queries whose totals or facets differ / how many of the first ten are the "
        "same / the largest relative difference of an n-th score or date.",
        _agreement(results),
    ]
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].split(":")[1].strip() if models else cpu
    return f"{cpu}, Python {platform.python_version()}"


def _latency(results: Results) -> str:
    rows = []
    for result in results.sets:
        found = {timing.engine: timing for timing in result.timings}
        cells = [_percentiles(found.get(engine)) for engine in results.engines]
        rows.append([_title(result), *cells])
    return _table(["queries", *results.engines], rows)


def _percentiles(timing: Timing | None) -> str:
    if timing is None:
        return "-"
    return " / ".join(_three_digits(value) for value in timing.percentiles())


def _ratios(results: Results) -> str:
    rows = []
    for result in results.sets:
        found = {timing.engine: timing.percentiles() for timing in result.timings}
        ours = found[results.engines[0]]
        rows.append(
            [_title(result)]
            + [
                f"{found[engine][0] / ours[0]:.1f} ({found[engine][1] / ours[1]:.1f})"
                if engine in found
                else "-"
                for engine in results.engines[1:]
            ]
        )
    return _table(["queries", *results.engines[1:]], rows)


def _builds(results: Results) -> str:
    rows = []
    for (engine, stream), build in results.builds.items():
        mine = results.builds[SANBAO, stream]
        rows.append(
            [
                stream,
                engine,
                _beside(build.index_seconds, mine.index_seconds, ".1f"),
                _beside(build.merge_seconds, mine.merge_seconds, ".1f"),
                _beside(build.size / MB, mine.size / MB, ".0f"),
                _beside(build.peak / MB, mine.peak / MB, ".0f"),
            ]
        )
    return _table(["stream", "engine", "index", "merge", "size", "peak memory"], rows)


def _beside(value: float, ours: float, digits: str) -> str:
    return f"{value:{digits}} ({value / ours:.2f})"


def _agreement(results: Results) -> str:
    pairs = dict.fromkeys((a.engine, a.other) for r in results.sets for a in r.agreements)
    rows = []
    for result in results.sets:
        found = {(a.engine, a.other): a for a in result.agreements}
        rows.append([_title(result), *(_agreement_cell(found.get(pair)) for pair in pairs)])
    table = _table(["queries", *(f"{one} : {other}" for one, other in pairs)], rows)
    error = max(result.error for result in results.sets if result.error is not None)
    return (
        f"{table}\n\nThe scores of {results.engines[0]} lie at most {error:.1e} from those added "
        "up from the documents' own tokens, and no other engine found a better document."
    )


def _agreement_cell(found: Agreement | None) -> str:
    return f"{found.totals} / {found.overlap:.1%} / {found.keys:.0e}" if found else "-"


def _title(result: SetResult) -> str:
    return f"{result.query_set.title} ({len(result.query_set.queries)})"


def _three_digits(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# The plot: a line from p50 to p99 for each engine and set, over a logarithmic axis.

_COLORS = ("#c0392b", "#2471a3", "#1e8449", "#7d8f2f")
_LEFT, _WIDTH, _TOP_MARGIN = 300, 620, 60
_LANE = 9
_DECADES = (1e-2, 1e-1, 1.0, 1e1, 1e2)


def svg(results: Results) -> str:
    """The latencies as a plot: a dot at p50, a tick at p95, a line to p99."""
    band = _LANE * len(results.engines) + 12
    height = _TOP_MARGIN + band * len(results.sets) + 30
    body = [*_axis(height), *_legend(results.engines)]
    for number, result in enumerate(results.sets):
        body += _band(result, results.engines, _TOP_MARGIN + band * number)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 30} {height}" '
            'font-family="sans-serif" font-size="12">',
            "<title>Milliseconds a query takes</title>",
            '<rect width="100%" height="100%" fill="white"/>',
            *body,
            "</svg>\n",
        ]
    )


def _axis(height: int) -> list[str]:
    lines = []
    for value in _DECADES:
        x = _x(value)
        lines.append(
            f'<line x1="{x:.1f}" y1="{_TOP_MARGIN - 12}" x2="{x:.1f}" y2="{height - 24}" '
            'stroke="#ddd"/>'
        )
        lines.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{value:g} ms</text>')
    return lines


def _legend(engines: Sequence[str]) -> list[str]:
    step = (_LEFT + _WIDTH - 20) // len(engines)
    return [
        f'<circle cx="{20 + step * i}" cy="20" r="4" fill="{color}"/>'
        f'<text x="{30 + step * i}" y="24">{escape(engine)}</text>'
        for i, (engine, color) in enumerate(zip(engines, _COLORS, strict=False))
    ]


def _band(result: SetResult, engines: Sequence[str], top: int) -> list[str]:
    middle = top + _LANE * len(engines) / 2
    title = escape(result.query_set.title)
    lines = [f'<text x="{_LEFT - 10}" y="{middle:.0f}" text-anchor="end">{title}</text>']
    for timing in result.timings:
        lane = engines.index(timing.engine)
        y = top + _LANE * lane + _LANE / 2 - 4
        color = _COLORS[lane]
        p50, p95, p99 = map(_x, timing.percentiles())
        lines.append(
            f'<line x1="{p50:.1f}" y1="{y}" x2="{p99:.1f}" y2="{y}" stroke="{color}"/>'
            f'<line x1="{p95:.1f}" y1="{y - 3}" x2="{p95:.1f}" y2="{y + 3}" stroke="{color}"/>'
            f'<circle cx="{p50:.1f}" cy="{y}" r="3.5" fill="{color}"/>'
        )
    return lines


def _x(milliseconds: float) -> float:
    low, high = math.log10(_DECADES[0]), math.log10(_DECADES[-1])
    share = (math.log10(max(milliseconds, _DECADES[0])) - low) / (high - low)
    return _LEFT + _WIDTH * min(share, 1.0)
