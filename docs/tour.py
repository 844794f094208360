"""All of Sanbao once, to be read downward. Run it: ``python docs/tour.py``."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sanbao

# An index is a folder. This one is gone at the end.

workspace = tempfile.TemporaryDirectory()
location = Path(workspace.name, "index")

# Articles are plain text with a title, and whatever else is known of them. Their text is cut into
# words by their language, and into pairs of characters that are the same in every language.

ARTICLES = [
    sanbao.Article(
        id="zh-1",
        title="鹿鸣湖水位创新低，渡船停航",
        body="鹿鸣湖的水位本周降到十年来最低。渡船公司说，停航至少两周。\n村民改走山路，要多花一个小时。",
        language="zh-Hans",
        source="鹿鸣晚报",
        author="苏禾",
        categories=("交通",),
        published=datetime(2026, 9, 3, 8, 0, tzinfo=UTC),
    ),
    sanbao.Article(
        id="zh-2",
        title="圖書館推出夜間閱讀室",
        body="市立圖書館的夜間閱讀室十月開放，學生可以讀到午夜。",
        language="zh-Hant",
        source="鹿鳴周刊",
        categories=("文化",),
        published=datetime(2026, 10, 1, 2, 0, tzinfo=UTC),
    ),
    sanbao.Article(
        id="ja-1",
        title="湖の水位が低下、渡し船が運休",
        body="鹿鳴湖の水位が十年で最も低くなり、渡し船は二週間運休する。住民はバスで遠回りする。",
        language="ja",
        source="みずうみ新聞",
        author="早瀬つかさ",
        categories=("交通",),
        published=datetime(2026, 9, 4, 1, 0, tzinfo=UTC),
    ),
    sanbao.Article(
        id="ja-2",
        title="スーパーコンピューターで湖の天気を予報",
        body="大学のスーパーコンピューターが、湖の霧を三時間前に予報する。",
        language="ja",
        source="みずうみ新聞",
        categories=("科学",),
        published=datetime(2026, 10, 9, 1, 0, tzinfo=UTC),
    ),
    sanbao.Article(
        id="en-1",
        title="Ferries stop as Luming Lake runs low",
        body="The water of Luming Lake is lower than at any time in ten years. "
        "Ferries will not sail for two weeks, and villagers take the mountain road.",
        language="en",
        source="Lakeside Courier",
        author="Ada Fenwick",
        categories=("Transport",),
        published=datetime(2026, 9, 4, 9, 30, tzinfo=UTC),
    ),
    sanbao.Article(
        id="en-2",
        title="Night trains return to the valley",
        body="From October a sleeper train runs through the mountain valley every night. "
        "The railway expects forty thousand passengers a year.",
        language="en",
        source="Lakeside Courier",
        categories=("Transport",),
        published=datetime(2026, 10, 10, 7, 0, tzinfo=UTC),
    ),
]

# Records become articles too, and so do files (`sanbao.index_paths`). Their
# language is found and their id made where they are not given.

fog = sanbao.article_from_record(
    {
        "id": "en-3",
        "title": "Fog closes the lake road",
        "body": "Drivers to the mountain villages wait for the sun.",
        "published": "2026-10-11",
        "tags": ["weather"],
    }
)
print("a record is in:", fog.language)

with sanbao.write(location) as writer:  # nothing is visible before the commit, which is at the end
    for article in [*ARTICLES, fog]:
        writer.add(article)


def show(what: str, page: sanbao.ResultPage) -> None:
    """What was found, best first."""
    print(f"{what}: {' '.join(hit.article.id for hit in page.hits)}")


synonyms = Path(workspace.name, "synonyms.txt")
synonyms.write_text("boat => ferry, 渡船, 渡し船\n", "utf-8")
index = sanbao.open(location, synonyms=synonyms)

# Words, in each language and in several at once. What was found is marked.

show("Chinese", index.search("渡船停航"))
show("Japanese", index.search("渡し船 運休"))
show("English, in any form", index.search("ferry stopping"))
show("one form for variants", index.search("图书馆 阅读"))
show("languages mixed", index.search("ferry OR 渡船 OR 渡し船", sort="oldest"))
print("marked:", index.search("二週間").hits[0].highlight.body[0])

# The query language: phrases, exclusion, beginnings, one sentence, typing errors, fields.

show("a phrase", index.search('"sleeper train"'))
show("one without the other", index.search("湖 -渡し船 lang:ja"))
show("a beginning", index.search("passeng*"))
show("in one sentence", index.search('"水位 最低"~s'))
show("misspelt", index.search("valey~"))
show("in the title", index.search("title:天気"))

# Filters, facets, a timeline, an order.

show("with a tag", index.search("road", tag="weather"))
show("of a source", index.search("*", source="Lakeside Courier", sort="newest"))
show("of a month, in two languages", index.search(from_="2026-09", to="2026-09", lang=["ja", "en"]))
page = index.search("*", facets=["lang", "author"], timeline="month", limit=0)
print("languages:", {each.value: each.count for each in page.facets["lang"]})
print("months:", {f"{each.start:%Y-%m}": each.count for each in page.timeline})

# What may be meant: by somebody who is typing, in any writing, and by somebody who has mistyped.

print("typing lum:", index.suggest("lum")[0].text)
print("typing tushu:", index.suggest("tushu")[0].text)
print("did you mean:", index.search("mountan road").suggestion)

# What else it can be written as: the file of synonyms.

show("synonyms", index.search("boat", sort="oldest"))

# Why: how the query was understood, and what a score is made of.

page = index.search("ferries lake", explain=True)
print("understood:", page.understood)
best = page.hits[0]
for part in best.explanation:
    print(f"  {part.value:6.3f}  {part.kind:8}  {part.label}")
print("the parts add up:", abs(sum(part.value for part in best.explanation) - best.score) < 1e-6)

# One article, all of them, and what there is. Indexing an id again replaces its article.

print("one:", index.get("ja-2").title)
print("all:", len(list(index.articles())))
with sanbao.write(location) as writer:
    writer.add(replace(fog, title="Fog lifts from the lake road"))
    writer.delete("en-2")
    print("a commit:", writer.commit())
stats = index.stats()  # an index that is open sees what was committed
print(f"{stats.articles} articles, from {stats.oldest} to {stats.newest}")

# What cannot be answered says why; what can be typed always has an answer.

try:
    index.search("lake", lang="fr")
except sanbao.SearchError as error:
    print("refused:", error)
print("never an error:", index.search("?! (").warnings[0])

index.close()
workspace.cleanup()
