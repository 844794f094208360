"""What does a reader see?

``searching`` and ``reading`` (the pages), ``facets`` (filters to choose and those in force),
``links``, ``timeline`` (the drawing). Here: at which address each page is.
"""

from flask import Blueprint

from sanbao.web.pages import links, reading, searching

pages = Blueprint("pages", __name__)
pages.add_url_rule("/", view_func=searching.search)
pages.add_url_rule("/articles/<article_id:article_id>", view_func=reading.article)
pages.add_url_rule("/docs", view_func=reading.docs)

for template_filter in (links.web_url, links.hostname, reading.headline):
    pages.add_app_template_filter(template_filter)
for template_global in (links.search_url, links.ui_url):
    pages.add_app_template_global(template_global)
