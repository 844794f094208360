"""The list of fields, and that every way in is made from it."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis import terms
from sanbao.search.analysis.grams import PART_GAP
from sanbao.search.analysis.keyword import keyword
from sanbao.search.article import LANGUAGES, Article
from sanbao.search.cli.asking import search
from sanbao.search.engines.embedded.document import PACKED_FIELDS
from sanbao.search.engines.embedded.schema import pack_values, schema, unpack_values
from sanbao.search.fields import (
    FACETS,
    FIELDS,
    FILTERS,
    FILTERS_BY_NAME,
    SENTENCE_END_TERM,
    TYPED_NAMES,
    counted_values,
    tokens_of,
)
from sanbao.search.query.tree import Keyword
from sanbao.search.query.understanding import parse_query
from sanbao.search.ranking.weights import TITLE_COPIES

words = st.text("ab 微信東京らーめん。.!", max_size=30)
labels = st.lists(st.sampled_from(["Ａ 報", "a 報", "経済", "x"]), max_size=3, unique=True)
articles = st.builds(
    Article,
    id=st.just("1"),
    title=words.map(lambda text: text + "x"),
    body=words,
    language=st.sampled_from(["zh-Hans", "zh-Hant", "ja", "en", "und"]),
    source=st.sampled_from([None, "Ａ 報"]),
    author=st.sampled_from([None, "Lin, Mei"]),
    categories=labels.map(tuple),
    tags=labels.map(tuple),
)


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda each: each.name)
def test_a_filter_is_an_option_a_name_in_a_query_and_a_field(wanted):
    value = LANGUAGES[0] if wanted.allowed else "Ａ  報"
    assert (
        Keyword(wanted.field, keyword(value))
        in parse_query(f'x {wanted.name.upper()}:"{value}"').walk()
    )
    option = next(each for each in search.params if each.name == wanted.name)
    assert isinstance(option, click.Option)
    assert option.multiple
    assert option.help
    assert wanted.help in option.help
    assert wanted.field in schema()
    assert wanted.name in TYPED_NAMES


def test_every_field_is_in_the_index_and_what_is_counted_has_a_column():
    names = {field.name for field in FIELDS}
    assert names == {field.name for field in PACKED_FIELDS}
    columns = {f"{name}_facet" for name in FACETS}
    assert set(schema().names()) == {*names, *columns, "article", "published"}
    assert [name for name, each in FILTERS_BY_NAME.items() if each.counted] == list(FACETS)


@given(articles)
def test_the_values_of_filters_and_facets_are_those_of_the_article(article):
    found = tokens_of(article)
    assert set(found["language"].terms) >= {keyword(article.language)}
    assert list(found["tag"].terms) == [keyword(tag) for tag in article.tags]
    assert list(found["author"].terms) == [keyword("Lin, Mei")] * (article.author is not None)
    counted = counted_values(article)
    assert list(counted) == list(FACETS)
    assert tuple(counted["category"]) == article.categories
    assert tuple(counted["author"]) == ((article.author,) if article.author else ())
    for values in counted.values():
        assert unpack_values(pack_values(values)) == list(values)


@given(articles)
def test_the_text_is_copies_of_the_title_and_the_body_apart(article):
    found = tokens_of(article)
    title, body = (terms(text, article.language) for text in (article.title, article.body))
    assert sorted(found["text_words"].terms) == sorted(title.words * TITLE_COPIES + body.words)
    placed = dict(zip(found["text_grams"].positions, found["text_grams"].terms, strict=True))
    ends = set(found["text_sentences"].positions)
    start = 0
    for part in [*[title] * TITLE_COPIES, body]:
        assert [placed.pop(start + n) for n in range(len(part.grams))] == part.grams
        assert {start + n for n in [*part.sentence_ends, len(part.grams)]} <= ends
        start += len(part.grams) + PART_GAP
    assert not placed
    assert set(found["text_sentences"].terms) == {SENTENCE_END_TERM}
    assert found["title_grams"].terms == title.grams
