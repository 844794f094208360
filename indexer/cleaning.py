"""What a page puts around an article goes: navigation, teasers, share bars, credits.

Rules look at the first and last paragraphs only, from the outside inwards, and stop at the
first one that is prose. What a removed line says about the article (its address, source,
author, date) fills the fields that are still empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import takewhile

from sanbao.indexer.dates import find_date
from sanbao.indexer.drafts import Draft, Paragraph
from sanbao.indexer.headline import headline
from sanbao.indexer.text import one_line

_MAX_LINE = 200
"""Furniture is short; what is longer is prose whatever it holds."""
_MAX_BYLINE = 80
_MAX_LABEL = 30

_NEIGHBOUR = re.compile(
    r"(?:<<|>>|«|»)\s*[:：]|(?:上一篇|下一篇|上一則|下一則|前の記事|次の記事)\s*(?:[:：]|$)"
    r"|(?:previous|next) (?:article|post|story)\s*(?:[:：]|$)",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"(?:相关|相關)(?:阅读|閱讀|新闻|新聞|文章|报道|報導|推荐|推薦)|延伸阅读|延伸閱讀|関連(?:記事|ニュース)"
    r"|あわせて読みたい|related (?:articles?|stories|posts?|news|reading)",
    re.IGNORECASE,
)
_BARE_URL = re.compile(r"<?(https?://[^\s<>]+)>?")
_SOURCE_LABEL = "(?:文章|本文|新闻|新聞|消息)?(?:来源|來源)|稿源|出典|出處|出处|source"
_AUTHOR_LABEL = "作者|著者|author"
_CREDIT = re.compile(
    rf"[（(【\[]?\s*(?:{_SOURCE_LABEL})\s*[:：]\s*(?P<source>\w[^:：]{{0,40}}?)\s*[）)】\]]?",
    re.IGNORECASE,
)
_CLOSING_CREDITS = re.compile(
    rf"\s(?:{_AUTHOR_LABEL})\s*[:：]\s*(?P<author>[^:：]{{1,40}}?)"
    rf"\s(?:{_SOURCE_LABEL})\s*[:：]\s*(?P<source>[^|｜]{{1,80}}?)\s*[|｜]?$",
    re.IGNORECASE,
)
_BYLINE_PART = re.compile(
    rf"(?:(?P<source>{_SOURCE_LABEL})|(?P<author>{_AUTHOR_LABEL}))\s*[:：]\s*(?P<name>[^\s:：|｜]+)",
    re.IGNORECASE,
)
_EDITOR = re.compile(r"[（(]?\s{0,9}(?:责任编辑|責任編輯|编辑|編輯|校对)\s*[:：].{1,20}")
_FOLLOW = re.compile(
    r"(?:欢迎|歡迎|请|請|敬请|长按|扫码|扫描)[^。]{0,20}(?:关注|關注|公众号|公眾號|二维码)"
    r"|\b(?:follow us|follow our|subscribe to our|pay attention to (?:our|the official))\b"
    r"|(?:公式|当社)[^。]{0,20}フォロー",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s{0,9}[|｜·•›»]\s*|\s{1,9}/\s+")
_NAVIGATION = re.compile(
    r"返回|首页|首頁|分享|评论|評論|收藏|打印|列印|原文|微博|微信|トップ|戻る|シェア|コメント|印刷"
    r"|\b(?:home|back|share|comments?|print|original link|weibo|facebook|twitter|whatsapp|email)\b",
    re.IGNORECASE,
)
_NAVIGATION_LINE = re.compile(
    r"(?:返回|回到)?(?:首页|首頁|顶部|頂部|列表)|分享(?:到|至)?\s*[:：]?|(?:トップ|一覧)(?:ページ)?(?:へ|に)戻る"
    r"|(?:back to (?:top|home)|share this(?: article| story)?|view comments|original link)",
    re.IGNORECASE,
)


def clean(draft: Draft) -> Draft:
    """The draft without furniture, and with a title. An article of nothing else stays whole."""
    title = one_line(draft.title)
    body = _before_neighbours(draft.body)
    start = _count_while(lambda paragraph: _opens(paragraph, title), body)
    end = len(body) - _count_while(_is_furniture, reversed(body))
    if start < end:
        for paragraph in (*body[:start], *body[end:]):
            _learn(draft, paragraph.text)
        draft.body = body[start:end]
        _take_closing_credits(draft)
    draft.title = title or headline(draft.body)
    return draft


def learn_byline(draft: Draft, page: Iterable[Paragraph]) -> None:
    """Fills empty fields from the first short line with a date: where a page prints its byline."""
    lines = (p.text for p in page if len(p.text) <= _MAX_BYLINE)
    _learn_from_byline(draft, next(filter(find_date, lines), ""))


def _before_neighbours(body: list[Paragraph]) -> list[Paragraph]:
    """The body up to links to other articles, which have teasers after them."""
    for number, paragraph in enumerate(body):
        if number and _introduces_others(paragraph.text):
            return body[:number]
    return body


def _introduces_others(text: str) -> bool:
    return bool(_NEIGHBOUR.match(text) or _RELATED.fullmatch(text.rstrip(":： ")))


def _count_while(holds: Callable[[Paragraph], bool], body: Iterable[Paragraph]) -> int:
    return sum(1 for _ in takewhile(holds, body))


def _opens(paragraph: Paragraph, title: str) -> bool:
    """Whether it is furniture of the start: also the title again, and the byline."""
    return paragraph.text == title or _is_byline(paragraph.text) or _is_furniture(paragraph)


def _is_byline(text: str) -> bool:
    return len(text) <= _MAX_BYLINE and bool(_BYLINE_PART.search(text) and find_date(text))


def _is_furniture(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if paragraph.links_only:
        return True
    if len(text) > _MAX_LINE:
        return False
    patterns = (_BARE_URL, _CREDIT, _EDITOR, _NAVIGATION_LINE)
    whole = any(pattern.fullmatch(text) for pattern in patterns)
    return whole or bool(_FOLLOW.search(text)) or _is_bar(text)


def _is_bar(text: str) -> bool:
    """Whether it is labels in a row, such as ``Home | Share | Comments``."""
    labels = _SEPARATOR.split(text)
    short = all(len(label) <= _MAX_LABEL for label in labels)
    return len(labels) > 1 and short and bool(_NAVIGATION.search(text))


def _learn(draft: Draft, line: str) -> None:
    """Fills empty fields from a line that is taken away."""
    if url := _BARE_URL.fullmatch(line):
        draft.url = draft.url or url[1]
    elif credit := _CREDIT.fullmatch(line):
        draft.source = draft.source or credit["source"]
    elif _is_byline(line):
        _learn_from_byline(draft, line)


def _learn_from_byline(draft: Draft, line: str) -> None:
    draft.published = draft.published or find_date(line)
    for part in _BYLINE_PART.finditer(line):
        if part["source"]:
            draft.source = draft.source or part["name"]
        else:
            draft.author = draft.author or part["name"]


def _take_closing_credits(draft: Draft) -> None:
    """Author and source at the end of the last paragraph."""
    last = draft.body[-1].text
    found = _CLOSING_CREDITS.search(last, max(0, len(last) - _MAX_LINE))
    if found and found.start():
        draft.author = draft.author or found["author"]
        draft.source = draft.source or found["source"]
        draft.body = [*draft.body[:-1], Paragraph(last[: found.start()].rstrip())]
