"""The pages to read: an article, and the description of the API."""

from __future__ import annotations

from flask import abort, render_template, request

from sanbao.search.article import Article
from sanbao.web.display import visible
from sanbao.web.openapi import document
from sanbao.web.params import ArticlePageParameters, PageParameters
from sanbao.web.services import engine


def article(article_id: str) -> str:
    ArticlePageParameters.from_query(request.args)
    found = engine().get(article_id)
    if found is None:
        abort(404)
    return render_template(
        "article.html",
        article=found,
        paragraphs=_paragraphs(found),
        parameters=PageParameters(),
    )


def docs() -> str:
    return render_template("docs.html", api=document())


def headline(found: Article) -> str:
    """The title, or the beginning of the body where there is none."""
    return str(visible(found.title).strip() or visible(found.body).strip()[:60])


def _paragraphs(found: Article) -> list[str]:
    return [line.strip() for line in found.body.splitlines() if line.strip()]
