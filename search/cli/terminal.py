"""A page of results for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from rich.console import Console
from rich.text import Text

from sanbao.search.cli.printing import shown
from sanbao.search.results import Explanation, Hit, ResultPage, ScorePart

_MARKED = re.compile("<mark>(.*?)</mark>|([^<]+)", re.DOTALL)


def print_page(page: ResultPage) -> None:
    """Print the hits on stdout: number, title, where and when, extracts, id."""
    console = Console(highlight=False, soft_wrap=True)
    if not page.hits:
        console.print(_nothing(page), markup=False)
        return
    for number, hit in enumerate(page.hits, page.offset + 1):
        _print_hit(console, number, hit)
    if page.explanation:
        _print_explanation(console, page.explanation)
    last = page.offset + len(page.hits)
    more = " or more" * (page.total_relation == "gte")
    took = f"{page.took_ms:.1f} ms"
    console.print(f"{page.offset + 1}-{last} of {page.total}{more}, {took}", style="dim")


def _nothing(page: ResultPage) -> str:
    if page.total_relation == "gte" and not page.total:
        return f"nothing was found for {page.query!r} before the search was stopped"
    if page.total:
        return f"{page.total} articles match, but none stands at offset {page.offset}"
    return f"nothing matches {page.query!r}; try fewer words, or other filters"


def _print_hit(console: Console, number: int, hit: Hit) -> None:
    article = hit.article
    title = hit.highlight.title if hit.highlight else article.title
    published = f"{article.published:%Y-%m-%d}" if article.published else None
    facts = [fact for fact in (article.source, published, article.language) if fact]
    console.print(Text(f"{number:>2}. ").append_text(_styled(title, "bold")))
    console.print(Text(f"    {' · '.join(facts)}", style="cyan"))
    for extract in hit.highlight.body if hit.highlight else ():
        console.print(Text("    ").append_text(_styled(" ".join(extract.split()), "")))
    console.print(Text(f"    {article.url or 'sanbao get ' + article.id}", style="dim"))
    if hit.explanation is not None:
        _print_parts(console, hit.score, hit.explanation)
    console.print()


def _print_parts(console: Console, score: float, parts: Sequence[ScorePart]) -> None:
    console.print(Text(f"    {score:10.4f}  score"))
    for part in parts:
        console.print(
            Text(shown(f"    {part.value:10.4f}  {part.label}{_counts(part)}"), style="dim")
        )


def _counts(part: ScorePart) -> str:
    if part.frequency is None:
        return f"  at most {part.weight:.4f}"
    return f"  {part.frequency} in {part.length}, idf {part.idf:.2f}, weight {part.weight:g}"


def _print_explanation(console: Console, explanation: Explanation) -> None:
    console.print(Text(shown(f"query: {explanation.query}")))
    for text in explanation.matching:
        console.print(Text(f"needs units that weigh {text.needed} together:"))
        for unit in text.units:
            console.print(Text(shown(f"    {unit.weight:>4}  {'|'.join(unit.terms)}"), style="dim"))
    console.print()


def _styled(highlighted: str, style: str) -> Text:
    """Highlighted HTML as terminal text: what stands in ``<mark>`` is reversed."""
    text = Text(style=style)
    for match in _MARKED.finditer(highlighted):
        text.append(unescape(match[1] or match[2]), style="bold red" if match[1] else "")
    return text
