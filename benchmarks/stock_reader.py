"""What Whoosh does on the array codec beside what it does on its own.

    python -m benchmarks.stock_reader --documents 20000

Indexes the same articles twice, in four segments: with Whoosh's own codec and with ours. Then runs
each operation on both by turns, checks that the answers are equal, and writes the medians of the
passes and their ratio as Markdown.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from whoosh import fields, index, query
from whoosh.analysis import SpaceSeparatedTokenizer, Token
from whoosh.highlight import ContextFragmenter, HtmlFormatter, highlight

from benchmarks.engines.articles import write_articles
from sanbao.indexer.intake import article_from_record
from sanbao.search.analysis import analyze, words_analyzer
from sanbao.search.article import Article
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.speed_up import speed_up_whoosh
from sanbao.search.highlights.highlighter import Highlighter
from sanbao.search.query.understanding import parse_query

ROOT = Path(__file__).resolve().parents[1]
SEGMENTS = 4
WORDS = 40
PASSES = 7
SEED = 5

Operation = Callable[["Side"], object]


@dataclass(frozen=True)
class Side:
    """An index and the questions that are put to it.

    Attributes:
        words: of the bodies, frequent ones more often, at least two characters long.
        articles: those that the words are from.
    """

    index: index.FileIndex
    searcher: Any
    words: list[str]
    articles: list[Article]

    @property
    def reader(self) -> Any:
        """The reader of all segments."""
        return self.searcher.reader()


@dataclass(frozen=True)
class Row:
    """An operation and how many seconds of the processor it took."""

    name: str
    stock: float
    ours: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stock_reader")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    out = ROOT / "docs" / "benchmarks" / "stock_reader.md"
    parser.add_argument("--out", type=Path, default=out)
    options = parser.parse_args()
    speed_up_whoosh()
    with tempfile.TemporaryDirectory() as folder:
        sides = build(Path(folder), options.documents, options.eval)
        rows = [measure(name, operation, sides) for name, operation in operations().items()]
    options.out.write_text(report(rows, options.documents), "utf-8")


def build(folder: Path, count: int, eval_folder: Path) -> tuple[Side, Side]:
    """Index the articles with both codecs, the stock one first."""
    write_articles(folder / "articles.jsonl", count, eval_folder)
    lines = (folder / "articles.jsonl").read_text("utf-8").splitlines()
    articles = [article_from_record(json.loads(line)) for line in lines]
    documents = [document(article) for article in articles]
    chosen = random.Random(SEED).sample(range(count), WORDS)
    words = [sample_word(documents[number]) for number in chosen]
    sides = []
    for codec in (None, ArrayCodec()):
        path = folder / type(codec).__name__
        path.mkdir()
        opened = write(path, documents, codec)
        sides.append(Side(opened, opened.searcher(), words, [articles[i] for i in chosen]))
    return sides[0], sides[1]


def document(article: Article) -> dict[str, Any]:
    """The article as Whoosh's schema wants it, its words cut by our analyzers."""
    words = analyze(article.body, words_analyzer(article.language))
    return {
        "id": article.id,
        "title": article.title,
        "body": " ".join(token.text for token in words),
        "source": article.source,
        "published": article.published.replace(tzinfo=None) if article.published else None,
    }


def sample_word(entry: dict[str, Any]) -> str:
    """A word of the document, of two characters at least."""
    words = [word for word in entry["body"].split() if len(word) > 1]
    chosen: str = random.Random(entry["id"]).choice(words)
    return chosen


def write(folder: Path, documents: Sequence[dict[str, Any]], codec: object) -> index.FileIndex:
    """An index of the documents in four segments."""
    schema = fields.Schema(
        id=fields.ID(unique=True, stored=True),
        title=fields.STORED(),
        body=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), stored=True),
        source=fields.ID(sortable=True, stored=True),
        published=fields.DATETIME(sortable=True),
    )
    made = index.create_in(folder, schema)
    for start in range(SEGMENTS):
        writer = made.writer(codec=codec)
        for entry in documents[start::SEGMENTS]:
            writer.add_document(**entry)
        writer.commit(merge=False)
    return index.open_dir(folder)


def operations() -> dict[str, Operation | tuple[Operation, Operation]]:
    """By name: what is run on both sides, or on the stock one and in its place on ours."""
    return {
        "open a reader": open_reader,
        "term_info": term_info,
        "doc_frequency": doc_frequency,
        "stored fields of a document": stored_fields,
        "values of a column": column_values,
        "all terms of a field": lexicon,
        "terms that begin with two characters": prefix_terms,
        "terms that match `*x?`": lambda side: pattern_terms(side, "*{last}?"),
        "terms that match `a?b*`": lambda side: pattern_terms(side, "{first}?{last}*"),
        "suggestions within one edit": suggestions,
        "search: one term": lambda side: search(side, term),
        "search: three terms, any": lambda side: search(side, any_of_three),
        "search: prefix": lambda side: search(side, prefix),
        "search: wildcard": lambda side: search(side, wildcard),
        "search: fuzzy term": lambda side: search(side, fuzzy),
        "search: regular expression": lambda side: search(side, expression),
        "search, sorted by a date": lambda side: search(side, term, sortedby="published"),
        "search, grouped by source": lambda side: search(side, term, groupedby="source"),
        "highlights of a document": (whoosh_highlights, our_highlights),
    }


def open_reader(side: Side) -> object:
    """Once for each word, to be as many as the others."""
    for _ in side.words:
        side.index.reader().close()
    return None


def term_info(side: Side) -> object:
    """The statistics that Whoosh's scorers ask for."""
    found = [leaf.term_info("body", word) for leaf, word in leaf_words(side)]
    return [(info.weight(), info.doc_frequency(), info.max_weight()) for info in found]


def doc_frequency(side: Side) -> object:
    return [side.reader.doc_frequency("body", word) for word in side.words]


def leaf_words(side: Side) -> Iterator[tuple[Any, str]]:
    """Each word with a segment that has it."""
    leaves = [leaf for leaf, _ in side.reader.leaf_readers()]
    for word in side.words:
        yield next(leaf for leaf in leaves if ("body", word) in leaf), word


def stored_fields(side: Side) -> object:
    return [side.reader.stored_fields(doc)["title"] for doc in range(len(side.words))]


def column_values(side: Side) -> object:
    columns = [side.reader.column_reader(field) for field in ("published", "source")]
    return [column[doc] for column in columns for doc in range(0, side.reader.doc_count_all(), 7)]


def lexicon(side: Side) -> object:
    return sum(1 for _ in side.reader.lexicon("body"))


def prefix_terms(side: Side) -> object:
    return [sorted(side.reader.expand_prefix("body", word[:2])) for word in side.words]


def pattern_terms(side: Side, pattern: str) -> object:
    """For a few words, since Whoosh takes long."""
    questions = [
        query.Wildcard("body", pattern.format(first=word[0], last=word[-1]))
        for word in side.words[:4]
    ]
    return [sorted(question.expanded_terms(side.reader)) for question in questions]


def suggestions(side: Side) -> object:
    return [side.searcher.suggest("body", word, maxdist=1, prefix=1) for word in side.words[:4]]


def search(side: Side, question: Callable[[Side, int], query.Query], **options: Any) -> object:
    """The ten best for some questions, or all where they are to be sorted or grouped."""
    found = []
    for number in range(0, len(side.words), 4):
        results = side.searcher.search(question(side, number), limit=10, **options)
        found.append([(hit.docnum, hit.score) for hit in results])
        if "groupedby" in options:
            found.append(results.groups())
    return found


def term(side: Side, number: int) -> query.Query:
    return query.Term("body", side.words[number])


def any_of_three(side: Side, number: int) -> query.Query:
    return query.Or([query.Term("body", word) for word in side.words[number : number + 3]])


def prefix(side: Side, number: int) -> query.Query:
    return query.Prefix("body", side.words[number][:2])


def wildcard(side: Side, number: int) -> query.Query:
    word = side.words[number]
    return query.Wildcard("body", f"*{word[1:]}?")


def fuzzy(side: Side, number: int) -> query.Query:
    return query.FuzzyTerm("body", side.words[number], maxdist=1, prefixlength=1)


def expression(side: Side, number: int) -> query.Query:
    return query.Regex("body", f"{side.words[number][:1]}.+[ens]$")


def whoosh_highlights(side: Side) -> object:
    """Whoosh analyses the text once more, here as it was for the index."""
    for word, article in zip(side.words, side.articles, strict=True):
        analyzer = partial(whoosh_tokens, analyzer=words_analyzer(article.language))
        highlight(article.body, {word}, analyzer, ContextFragmenter(), HtmlFormatter())
    return None


def whoosh_tokens(text: str, analyzer: str, **options: object) -> Iterator[Token]:
    """Our tokens as Whoosh's, which are one that changes."""
    made = Token(chars=True)
    for token in analyze(text, analyzer):
        made.text, made.pos, made.startchar, made.endchar = token
        yield made


def our_highlights(side: Side) -> object:
    for word, article in zip(side.words, side.articles, strict=True):
        Highlighter(parse_query(word)).highlight(article)
    return None


def measure(
    name: str, operation: Operation | tuple[Operation, Operation], sides: tuple[Side, Side]
) -> Row:
    """Run it on both by turns, after once to warm up and to compare."""
    pair = operation if isinstance(operation, tuple) else (operation, operation)
    expected, answer = (each(side) for each, side in zip(pair, sides, strict=True))
    assert answer == expected, name
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(PASSES):
        for each, side, times in zip(pair, sides, seconds, strict=True):
            started = time.process_time()
            each(side)
            times.append(time.process_time() - started)
    return Row(name, statistics.median(seconds[0]), statistics.median(seconds[1]))


def report(rows: Sequence[Row], documents: int) -> str:
    """The page, as Markdown."""
    lines = [
        "# Whoosh on the array codec\n",
        f"{documents} articles in {SEGMENTS} segments; stock Whoosh 3.54 reads and searches them",
        "through its own interface, once on its own codec and once on ours. Milliseconds of the",
        f"processor, medians of {PASSES} passes, both by turns; every answer was compared.\n",
        "| | its own codec | array codec | times as fast |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.stock * 1e3:.2f} | {row.ours * 1e3:.2f} "
        f"| {row.stock / row.ours:.1f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
