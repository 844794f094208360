"""Folding: one form for each group of variants, and laws that keep offsets and words intact.

The expected forms belong to the tables of OpenCC 1.4.2.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.han import (
    CHINESE_ONLY,
    FOLD,
    JAPANESE_ONLY,
    SIMPLIFIED,
    TRADITIONAL,
    fingerprint,
    fold,
)

ZH_HANS = Path(__file__).resolve().parents[3].parent / "shared/eval/zh-hans/docs.jsonl.gz"

# The same word in Japanese, traditional and simplified Chinese.
COGNATES = """
経済 經濟 经济
選挙 選舉 选举
労働 勞動 劳动
図書館 圖書館 图书馆
広島 廣島 广岛
電気 電氣 电气
発電 發電 发电
理髪 理髮 理发
渋谷 澀谷 涩谷
弁護 辯護 辩护
芸術 藝術 艺术
対応 對應 对应
関係 關係 关系
東京駅 東京驛 东京驿
戦争 戰爭 战争
両国 兩國 两国
厳重 嚴重 严重
団体 團體 团体
周囲 周圍 周围
実現 實現 实现
写真 寫真 写真
拡大 擴大 扩大
根拠 根據 根据
転換 轉換 转换
宣伝 宣傳 宣传
参拝 參拜 参拜
歳出 歲出 岁出
県庁 縣廳 县厅
最悪 最惡 最恶
総理 總理 总理
権利 權利 权利
検査 檢查 检查
価格 價格 价格
児童 兒童 儿童
処理 處理 处理
効果 效果 效果
円卓 圓卓 圆卓
気候変動 氣候變動 气候变动
独立 獨立 独立
満足 滿足 满足
鉄道 鐵道 铁道
銭湯 錢湯 钱汤
霊魂 靈魂 灵魂
験証 驗證 验证
黒字 黑字 黑字
鉱山 礦山 矿山
囲碁 圍棋 围棋
了解 瞭解 了解
復興 復興 复兴
台湾 臺灣 台湾
濾過 濾過 滤过
""".split()
GROUPS = [COGNATES[i : i + 3] for i in range(0, len(COGNATES), 3)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[-1])
def test_cognates_of_three_writings_fold_to_the_simplified_one(group: list[str]) -> None:
    assert {fold(word) for word in group} == {group[-1]}


def test_everyday_simplified_characters_stay_apart() -> None:
    """Nothing merges 预 with 予 or 联 with 连, though Japanese writes 予 and 連 for both."""
    for pair in ["预予", "联连", "辩瓣", "滤沪", "缺欠", "着著"]:
        assert fold(pair) == pair


@given(st.text())
def test_folding_twice_changes_nothing_and_lengths_stay(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_every_entry_is_one_character_for_one() -> None:
    for code, target in FOLD.items():
        assert len(target) == 1
        assert ord(target) not in FOLD, f"{chr(code)} folds to {target}, which folds on"


@given(st.text(st.characters(max_codepoint=0x33FF)))
def test_what_is_not_han_stays(text: str) -> None:
    assert fold(text) == text


def test_classes_are_small() -> None:
    sizes = Counter(FOLD.values())
    assert max(sizes.values()) <= 5, sizes.most_common(5)


def test_simplified_articles_hardly_change() -> None:
    if not ZH_HANS.exists():
        pytest.skip(f"judged articles not found: {ZH_HANS}")
    with gzip.open(ZH_HANS, "rt", encoding="utf-8") as lines:
        text = "".join(json.loads(line)["body"] for line in lines)
    changed = Counter(a for a, b in zip(text, fold(text), strict=True) if a != b)
    # What does change is Japanese or traditional in quotations, and 乾隆.
    assert changed.total() / len(text) < 0.0003, changed.most_common(20)


def test_forms_of_one_writing() -> None:
    assert set("经发这对图") <= SIMPLIFIED & CHINESE_ONLY
    assert set("經發會對圖") <= TRADITIONAL & CHINESE_ONLY
    assert set("経発図込働") <= JAPANESE_ONLY
    assert set("国会学") <= SIMPLIFIED - CHINESE_ONLY
    assert set("選東長") <= TRADITIONAL - CHINESE_ONLY
    everyday = set("人大中日本年月")
    assert everyday.isdisjoint(SIMPLIFIED | TRADITIONAL | CHINESE_ONLY | JAPANESE_ONLY)


def test_fingerprint_names_the_release_of_the_tables() -> None:
    assert fingerprint() == "1 opencc-1.4.2"
