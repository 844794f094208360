from __future__ import annotations

import pytest

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.han import COMMON_CHINESE, COMMON_JAPANESE, unfold
from sanbao.search.analysis.homophones import homophones


@pytest.mark.parametrize(
    ("one", "other"),
    [("者", "社"), ("各", "阁"), ("爱", "相"), ("力", "利"), ("剂", "济"), ("航", "行")],
)
def test_characters_that_sound_alike(one: str, other: str) -> None:
    assert other in homophones(one)
    assert one in homophones(other)


@pytest.mark.parametrize(("one", "other"), [("社", "国"), ("微", "信"), ("a", "b"), ("の", "之")])
def test_characters_that_do_not(one: str, other: str) -> None:
    assert other not in homophones(one)


def test_no_character_is_its_own_homophone_and_all_are_folded() -> None:
    for character in map(fold, sorted(COMMON_CHINESE | COMMON_JAPANESE)[::50]):
        found = homophones(character)
        assert character not in found
        assert all(fold(each) == each for each in found)


@pytest.mark.parametrize(
    ("language", "written"), [("zh-Hans", "经济发展"), ("zh-Hant", "經濟發展"), ("ja", "経済発展")]
)
def test_unfolding(language: str, written: str) -> None:
    assert unfold("经济发展", language) == written
    assert fold(written) == "经济发展"
