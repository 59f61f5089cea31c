"""Candidate search against brute force with the same scorer, on synthetic names and disguises."""

import itertools
import random

import pytest

from app.matching import Entry, Index, ListedName

pytestmark = pytest.mark.compiled

REGIONS = ("福建", "厦门市", "上海", "广东省", "", "")
TRADES = ("科技", "投资管理", "文化传播", "大宗商品交易中心", "贵金属经营", "电子商务")
FORMS = ("有限公司", "股份有限公司", "有限责任公司")
CORE = "安邦昌德鼎丰福冠海恒宏华汇嘉金景康联隆明宁鹏启融瑞盛泰通旺祥新鑫信兴亿盈永裕源远正智中众"
ALIKE = {"安": "按", "福": "幅", "华": "桦", "金": "今", "明": "名", "通": "同", "信": "芯", "源": "原"}
"""Confusions of this test's own, not taken from the tables that the matcher loads."""
FORM_ALIKE = {"有": "友又", "限": "县线", "公": "工功", "司": "斯思", "股": "古谷", "份": "分", "责": "则"}
REGION_ALIKE = {
    "福建": ("福州", "厦门", "福健", "福建省泉州市"),
    "厦门市": ("福建", "夏门市", "厦门", "泉州"),
    "上海": ("浦东", "上孩", "上海市"),
    "广东省": ("广州", "深圳市", "广冻省", "东广省"),
}
"""Regions that agree, that do not, and slips in one."""
SPLIT = {"明": "日月", "鹏": "朋鸟", "汇": "氵匚", "恒": "忄亘", "贵": "中贝", "股": "月殳", "限": "阝艮"}


def synthetic_names(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [
        draw.choice(REGIONS)
        + "".join(draw.choices(CORE, k=draw.choice((2, 2, 2, 3, 4))))
        + draw.choice(TRADES)
        + draw.choice(FORMS)
        for _ in range(count)
    ]


def disguised(name: str, draw: random.Random) -> str:
    place = draw.randrange(len(name))
    char = name[place]
    ways = (
        name[:place] + name[place + 1 :],
        name[:place] + draw.choice(CORE) + name[place:],
        name[:place] + draw.choice(CORE) + name[place + 1 :],
        name[:place] + ALIKE.get(char, char) + name[place + 1 :],
        name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
        name[: len(name) - 4],
        f"货款-{name}-手续费",
        name + "泉州分公司",
    )
    return draw.choice(ways)


def slipped_in_form(name: str, draw: random.Random) -> str:
    """Write one to three characters of the legal form otherwise, then disguise the name besides, or not."""
    text = list(name)
    for _ in range(draw.choice((1, 1, 2, 3))):
        place = draw.randrange(len(text) - 6, len(text))
        text[place] = draw.choice(FORM_ALIKE.get(text[place], text[place]))
    written = "".join(text)
    return disguised(written, draw) if draw.random() < 0.7 else written


def taken_apart(name: str, draw: random.Random) -> str:
    """Write one or two characters as their components, then disguise the name besides, or not."""
    parted = draw.sample(sorted(SPLIT), 6)
    written = "".join(SPLIT[char] if char in parted else char for char in name)
    return disguised(written, draw) if draw.random() < 0.5 else written


def in_another_region(name: str, draw: random.Random) -> str:
    """Write another region, or the same otherwise or elsewhere, then disguise the name besides, or not."""
    region = next((region for region in REGIONS if region and name.startswith(region)), "")
    rest = name.removeprefix(region)
    other = draw.choice((*REGION_ALIKE.get(region, ("福建",)), region, ""))
    written = draw.choice(
        (other + rest, rest[:2] + other + rest[2:], f"{rest}（{other}）", rest[1::-1] + other + rest[2:])
    )
    return disguised(written, draw) if draw.random() < 0.7 else written


def swapped_twice(name: str, draw: random.Random) -> str:
    """Swap neighbours, one of them perhaps written as what sounds alike, anywhere in the name."""
    text = list(name)
    for _ in range(draw.choice((1, 1, 2))):
        place = draw.randrange(len(text) - 1)
        text[place : place + 2] = text[place : place + 2][::-1]
        if draw.random() < 0.5:
            text[place] = ALIKE.get(text[place], text[place])
    return "".join(text)


@pytest.mark.parametrize("seed", [1, 2, 3, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 21))])
def test_the_search_returns_what_brute_force_accepts(seed: int) -> None:
    listed = synthetic_names(1500, seed)
    index = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])
    draw = random.Random(seed + 100)
    queries = [disguised(name, draw) for name in draw.sample(listed, 250)] + synthetic_names(150, seed + 200)
    queries += [slipped_in_form(name, draw) for name in draw.sample(listed, 200)]
    queries += [taken_apart(name, draw) for name in draw.sample(listed, 100)]
    queries += [in_another_region(name, draw) for name in draw.sample(listed, 200)]
    queries += [swapped_twice(name, draw) for name in draw.sample(listed, 100)]
    searched = index._engine.pairs(queries)
    brute = index._engine.pairs(queries, exhaustive=True)
    found = set(zip(searched.query.tolist(), searched.listed.tolist(), strict=True))
    wanted = set(zip(brute.query.tolist(), brute.listed.tolist(), strict=True))
    assert len(wanted) > len(queries) // 3
    assert wanted == found


def test_the_tests_confusions_are_in_none_of_the_names_they_disguise() -> None:
    assert not set(itertools.chain(ALIKE.values())) & set(CORE)
