"""Commands that ask the index: search, suggest, get, stats, analyze, rebuild."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import click

from sanbao.search.article import Article, format_instant
from sanbao.search.cli.printing import print_json, shown
from sanbao.search.cli.settings import (
    filter_option,
    filter_options,
    index_option,
    json_option,
    limit_options,
    recency_options,
    synonyms_option,
)
from sanbao.search.fields import FACETS, LANGUAGE, SORTS, TYPED_NAMES, Sort
from sanbao.search.limits import Deadline, Limits
from sanbao.search.ranking.recency import Recency
from sanbao.search.request import SearchRequest

PATIENCE_SECONDS = 600.0
"""On the command line nobody else waits."""


class QueryCommand(click.Command):
    """A command whose words may start with a minus, as ``-word`` means "without" in a query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" not in args:
            words = [arg for arg in args if _EXCLUDED_WORD.fullmatch(arg) and arg != "-h"]
            args = [*(arg for arg in args if arg not in words), "--", *words]
        return super().parse_args(ctx, args)


_EXCLUDED_WORD = re.compile(r"-[^-\d].*", re.DOTALL)

_SEARCH_HELP = f"""Search the index for QUERY.

\b
Words:     微信公开课          most of them must match
Phrase:    "exact words"      「」 and “” work too
Not:       -word
Either:    a OR b, (a b) OR c
Beginning: econom*
Misspelt:  econmy~            ガンダン～
Near:      "rate cut"~5       in one sentence: "rate cut"~s
Fields:    {" ".join(f"{name}:" for name in TYPED_NAMES)}2026-09..2026-10
"""


@click.command(cls=QueryCommand, help=_SEARCH_HELP)
@click.argument("query", nargs=-1)
@filter_options
@click.option("--from", "from_", metavar="DATE", help="Published on or after: 2022-01, 7d.")
@click.option("--to", metavar="DATE", help="Published up to and including.")
@click.option("--sort", type=click.Choice(SORTS), default="relevance", show_default=True)
@click.option("--limit", type=int, default=10, show_default=True)
@click.option("--offset", type=int, default=0, show_default=True)
@click.option("--no-recency", is_flag=True, help="Do not favour newer articles.")
@click.option("--explain", is_flag=True, help="Show what each score is made of.")
@recency_options
@limit_options(Limits(seconds=PATIENCE_SECONDS))
@synonyms_option
@index_option
@json_option
def search(
    query: tuple[str, ...],
    from_: str | None,
    to: str | None,
    sort: str,
    limit: int,
    offset: int,
    no_recency: bool,
    explain: bool,
    recency: Recency,
    limits: Limits,
    synonyms: Path | None,
    index: Path,
    as_json: bool,
    **filters: Any,
) -> None:
    """Print the page of results, and on stderr what it lacks."""
    from sanbao.search.engines import open_engine

    request = SearchRequest.from_params(
        q=" ".join(query),
        from_=from_,
        to=to,
        sort=cast(Sort, sort),
        limit=limit,
        offset=offset,
        facets=FACETS if as_json else (),
        recency=not no_recency,
        explain=explain,
        **filters,
    )
    page = open_engine(index, recency, limits, synonyms).search(request)
    for warning in page.warnings:
        click.echo(f"sanbao: {warning}", err=True)
    if page.suggestion:
        click.echo(shown(f"Did you mean: {page.suggestion}"), err=True)
    if as_json:
        print_json(page.to_dict())
    else:
        from sanbao.search.cli.terminal import print_page

        print_page(page)


@click.command()
@click.argument("text", nargs=-1)
@filter_option(LANGUAGE)
@click.option("--limit", type=click.IntRange(1, 20), default=8, show_default=True)
@index_option
@json_option
def suggest(
    text: tuple[str, ...], lang: tuple[str, ...], limit: int, index: Path, as_json: bool
) -> None:
    """Print what somebody may mean who has typed TEXT so far.

    Phrases, with how many articles have each in their title, then titles. TEXT may be in kana,
    romaji (toukyou), pinyin (weixin, wei1xin4) or the initials of pinyin (wxgkk).
    """
    from sanbao.search.engines import open_engine

    typed = " ".join(text)
    engine = open_engine(index, limits=Limits(seconds=PATIENCE_SECONDS))
    found = engine.suggest(typed, limit, lang)
    if as_json:
        print_json({"query": typed, "suggestions": [asdict(each) for each in found]})
        return
    for suggestion in found:
        count = "" if suggestion.articles is None else f"\t{suggestion.articles}"
        click.echo(f"{suggestion.kind}\t{suggestion.text}{count}")


@click.command()
@click.argument("article_id", metavar="ID")
@index_option
@json_option
def get(article_id: str, index: Path, as_json: bool) -> None:
    """Print the article with this ID."""
    from sanbao.search.engines import open_engine

    article = open_engine(index).get(article_id)
    if article is None:
        click.echo(f"sanbao: no article {article_id!r} in the index at {index}", err=True)
        sys.exit(1)
    if as_json:
        print_json(article.to_dict())
    else:
        _print_article(article)


@click.command()
@index_option
@json_option
def stats(index: Path, as_json: bool) -> None:
    """Print what is in the index."""
    from sanbao.search.engines import open_engine

    figures = open_engine(index).stats().to_dict()
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        label = name.replace("_", " ")
        if isinstance(value, Mapping):
            click.echo(f"{label}:")
            for key, count in value.items():
                click.echo(f"  {count:>7}  {key}")
        else:
            click.echo(f"{label}: {'-' if value is None else value}")


@click.command()
@click.argument("text")
@click.option("--lang", help="Analyse as this language. Default: detected.")
@json_option
def analyze(text: str, lang: str | None, as_json: bool) -> None:
    """Show the tokens that TEXT becomes, as it is indexed and searched."""
    from sanbao.search.analysis import describe

    description = describe(text, lang, Deadline(PATIENCE_SECONDS))
    if as_json:
        print_json(description)
        return
    click.echo(f"language: {description['language']}")
    click.echo(f"searched as: {', '.join(description['candidates'])}")
    analyzer = None
    for token in description["tokens"]:
        if token["analyzer"] != analyzer:
            analyzer = token["analyzer"]
            click.echo(f"{analyzer}:")
        span = text[token["start"] : token["end"]]
        click.echo(shown(f"  {token['position']:>4}  {token['text']}  ({span})"))


@click.command()
@index_option
def rebuild(index: Path) -> None:
    """Build the index anew from the articles in it, after the text analysis has changed."""
    from sanbao.search.engines.embedded.rebuild import rebuild_index

    count = rebuild_index(index)
    click.echo(f"rebuilt the index at {index}: {count} articles", err=True)


@click.command()
def warm() -> None:
    """Compile what searching needs, so that no later command has to wait for it."""
    from sanbao.search.engines.embedded.warm import warm as compile_kernels

    click.echo("compiling; the first time this takes a minute", err=True)
    compile_kernels()


def _print_article(article: Article) -> None:
    facts = [article.source, article.author, format_instant(article.published), article.language]
    click.echo(article.title)
    click.echo(" · ".join(fact for fact in facts if fact))
    if article.url:
        click.echo(article.url)
    if article.categories or article.tags:
        click.echo(", ".join((*article.categories, *(f"#{tag}" for tag in article.tags))))
    click.echo()
    click.echo(article.body)
