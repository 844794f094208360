"""Every article comes first for its own title, typed as it stands."""

from __future__ import annotations

import random
from collections import Counter

from sanbao.search.engines import SearchEngine
from sanbao.search.request import SearchRequest
from tests.search.engines.test_query_laws import real_engine
from tests.search.engines.text_scan import phrase_of


def not_first(engine: SearchEngine, most: int, seed: int) -> list[str]:
    """Those of some articles that do not come first, unless another has the same title."""
    titled = (article for article in engine.articles() if phrase_of(article.title))
    articles = sorted(titled, key=lambda article: article.id)
    titles = Counter(article.title for article in articles)
    wrong = []
    for article in random.Random(seed).sample(articles, min(most, len(articles))):
        hits = engine.search(SearchRequest(text=article.title[:1024], highlight=False)).hits
        first = hits[0].article if hits else None
        if first is None or (first.id != article.id and titles[article.title] == 1):
            wrong.append(f"{article.id} {article.title!r}: {first and first.title!r}")
    return wrong


def test_titles_of_real_articles(location: str) -> None:
    engine = real_engine(location, 60)
    assert not_first(engine, 10_000, seed=1) == []
