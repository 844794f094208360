"""Whole articles of real sentences, and real questions, to ask the product itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.engines.corpus import (
    CATEGORIES,
    DAY,
    DAYS,
    FIRST_DAY,
    SENTENCE,
    SOURCES,
    judged_documents,
)

_SEED = 11
_SENTENCES = (2, 5, 8, 12, 30)
_SENTENCES_WEIGHTS = (2, 5, 5, 2, 1)
_NEIGHBOURHOOD = 60


def write_articles(path: Path, count: int, eval_folder: Path) -> None:
    """Write so many articles as JSON lines, without their language, unless they are there."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        for article in _articles(count, eval_folder):
            file.write(json.dumps(article, ensure_ascii=False) + "\n")
    part.rename(path)


def questions(eval_folder: Path, count: int) -> list[str]:
    """Questions that people asked of the judged documents."""
    return random.Random(_SEED).sample(all_questions(eval_folder), count)


def titles(eval_folder: Path, count: int) -> list[str]:
    """Titles of judged documents: mostly names, a word or two."""
    return random.Random(_SEED).sample(all_titles(eval_folder), count)


def all_questions(eval_folder: Path) -> list[str]:
    """Every question, once."""
    lines = (
        line.split("\t")[1].strip()
        for path in sorted(eval_folder.glob("*/queries.tsv"))
        for line in path.read_text("utf-8").splitlines()
    )
    return list(dict.fromkeys(filter(None, lines)))


def all_titles(eval_folder: Path) -> list[str]:
    """Every title, once."""
    found = {record["title"].replace("_", " ").strip() for record in judged_documents(eval_folder)}
    return sorted(filter(None, found))


def _articles(count: int, eval_folder: Path) -> Iterator[dict[str, Any]]:
    """Articles of neighbouring and of distant sentences of one language."""
    rng = random.Random(_SEED)
    by_language: dict[str, list[str]] = {}
    for record in judged_documents(eval_folder):
        by_language.setdefault(record["lang"], []).extend(SENTENCE.findall(record["body"]))
    languages = list(by_language)
    language_weights = [len(sentences) for sentences in by_language.values()]
    source_weights = list(accumulate(1 / n for n in range(1, len(SOURCES) + 1)))
    for number in range(count):
        sentences = by_language[rng.choices(languages, language_weights)[0]]
        (length,) = rng.choices(_SENTENCES, _SENTENCES_WEIGHTS)
        centre = rng.randrange(len(sentences))
        near = sentences[centre : centre + _NEIGHBOURHOOD]
        published = datetime.fromtimestamp(FIRST_DAY + rng.randrange(DAYS * DAY), UTC)
        yield {
            "id": f"article-{number}",
            "title": rng.choice(near).strip()[:40],
            "body": " ".join(rng.choice(rng.choice((near, sentences))) for _ in range(length)),
            "source": rng.choices(SOURCES, cum_weights=source_weights)[0],
            "categories": [rng.choice(CATEGORIES)],
            "published": published.isoformat(),
        }
