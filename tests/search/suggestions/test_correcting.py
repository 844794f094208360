from __future__ import annotations

from pathlib import Path

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.request import SearchRequest
from sanbao.search.suggestions import correcting

COPIES = 10


def test_a_rare_word_is_corrected_for_one_that_is_many_times_as_frequent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["the government", *["a government"] * (COPIES - 1), "a goverment", *["rain"] * 90]
    with open_writer(tmp_path / "index") as writer:
        for number, text in enumerate(texts):
            writer.add(Article(id=f"{number}", title="", body=text, language="en"))
    engine = open_engine(tmp_path / "index")
    suggested = []
    monkeypatch.setattr(correcting, "FEW_OF", 100)  # as if there were many more articles
    for times in (COPIES + 1, COPIES):
        monkeypatch.setattr(correcting, "TIMES_AS_MANY", times)
        suggested.append(engine.search(SearchRequest(text="goverment")).suggestion)
    assert suggested == [None, "government"]
