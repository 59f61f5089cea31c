"""What is found stays found when somebody writes more behind, before or around it."""

import random

import pytest
from test_lossless import synthetic_names

from app.matching import Entry, Index, ListedName

pytestmark = pytest.mark.compiled

REGIONS = ("福建", "厦门", "泉州市", "丹东", "天津", "湖南省")
CORES = ("富地样", "样棉", "海丝样", "聚宝样", "汇通样", "万青样", "丹若样本")
TRADES = ("贸易", "商品", "大宗商品", "贵金属", "农产品", "茶叶", "石化", "文化产权", "金融资产", "股权")
VENUES = ("交易中心", "交易所", "交易市场", "电子交易市场", "现货交易中心")
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "")
BRANDS = ("微云样", "海豚样盘", "聚金样宝", "星球样战", "金盛云样", "oyfx样汇", "样币通宝", "云样优选")
LEGAL = ("公司", "有限公司", "有限责任公司")
UNITS = ("厦门运营中心", "邮币卡交易中心", "会员单位", "第388号会员", "291号居间商", "泉州分公司", "福州营业部")
BRAND_WORDS = ("国际", "商城", "外汇", "交易", "平台", "app", "官网", "老师", "充值", "v2.0", "01")
DECORATIONS = (
    "财付通-{}",
    "{}（曾用名：另样商务）",
    "另样商务（原名{}）",
    "【{}】",
    "{}-入金",
    "货款-{}-手续费",
    "20180315{}充值",
)
GLUED = ("统一清算机构{}", "国家税务总局{}", "{}的关联方", "福州市某路{}", "{}住房公积金管理中心")
VENUE_ENDINGS = (
    "交易所",
    "交易中心",
    "交易市场",
    "交易平台",
    "电子交易市场",
    "现货交易中心",
    "交易服务中心",
    "合约市场",
)


def listed_names(draw: random.Random, count: int) -> list[str]:
    """Return venues, companies and brands, each once."""
    found = dict.fromkeys(BRANDS)
    while len(found) < count:
        region, core, trade = draw.choice(REGIONS), draw.choice(CORES), draw.choice(TRADES)
        ending = draw.choice(VENUES) if trade != "贸易" else ""
        found[region + draw.choice((core, core, core, "")) + trade + ending + draw.choice(FORMS)] = None
    return list(found)


def shortened(name: str, draw: random.Random) -> str:
    """Return the name, or region and 字号 of it."""
    form = next((form for form in sorted(FORMS, key=len)[::-1] if form and name.endswith(form)), "")
    stem = name.removesuffix(form)
    core = next((core for core in CORES if core in name), None)
    ways = [name, stem] + ([name[: name.index(core) + len(core)]] if core else [])
    return draw.choice(ways)


def added(name: str, listed: str, draw: random.Random) -> str:
    """Return the name with something added, of a kind that fits it."""
    has_form = name.endswith(("公司", "企业"))
    is_brand = listed in BRANDS
    ways = [draw.choice(DECORATIONS).format(name), name + draw.choice(UNITS)]
    if not has_form:
        ways.append(name + draw.choice(LEGAL))
    if is_brand:
        ways += [name + draw.choice(BRAND_WORDS), draw.choice(BRAND_WORDS[-2:]) + name]
    if name == listed and len(name) > 3:
        ways.append(draw.choice(GLUED).format(name))
    ending = next((ending for ending in sorted(VENUE_ENDINGS, key=len)[::-1] if ending in name), None)
    if ending and not is_brand:
        ways.append(name.replace(ending, draw.choice(VENUE_ENDINGS)))
    return draw.choice(ways)


def lost_pairs(count: int, seed: int) -> tuple[int, list[tuple[str, str, str]]]:
    """Return how many of so many random pairs had their name found, and those of which the longer was lost."""
    draw = random.Random(seed)
    listed = listed_names(draw, 300)
    index = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])
    places = [draw.randrange(len(listed)) for _ in range(count)]
    names = [shortened(listed[place], draw) for place in places]
    longer = [added(name, listed[place], draw) for name, place in zip(names, places, strict=True)]
    found = _found(index, names)
    kept = _found(index, longer)
    started = [i for i, place in enumerate(places) if (i, place) in found]
    return len(started), [(listed[places[i]], names[i], longer[i]) for i in started if (i, places[i]) not in kept]


def _found(index: Index, names: list[str]) -> set[tuple[int, int]]:
    hits = index.search_names(names)
    return set(zip(hits.query.tolist(), hits.entry.tolist(), strict=True))


def test_nothing_that_is_added_hides_a_name() -> None:
    started, lost = lost_pairs(3_000, 1)
    assert started > 2_500
    assert lost == []


def test_a_short_name_is_found_with_a_legal_form_as_without() -> None:
    """The 字号 alone, of two characters too, and region and 字号: a form behind it says no less."""
    listed = [name for name in listed_names(random.Random(13), 300) if any(core in name for core in CORES)]
    index = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])
    short: list[tuple[int, str]] = []
    for place, name in enumerate(listed):
        core = next(core for core in CORES if core in name)
        short += [(place, core), (place, name[: name.index(core) + len(core)])]
    found = _found(index, [name for _, name in short])
    started = [(place, name) for i, (place, name) in enumerate(short) if (i, place) in found]
    assert len({name for _, name in started if len(name) == 2}) > 0
    for form in LEGAL:
        kept = _found(index, [name + form for _, name in started])
        assert [name for i, (place, name) in enumerate(started) if (i, place) not in kept] == []


@pytest.mark.long
def test_nothing_that_is_added_hides_a_name_in_many_pairs() -> None:
    for seed in range(2, 12):
        started, lost = lost_pairs(3_000, seed)
        assert started > 2_500
        assert lost == []


def test_a_listed_name_within_another_is_found_and_never_confirmed() -> None:
    draw = random.Random(9)
    listed = synthetic_names(300, 9)
    index = Index.build([Entry(str(i), (ListedName(name),)) for i, name in enumerate(listed)])
    names = [draw.choice(GLUED).format(name) for name in listed]
    hits = index.search_names(names)
    found = dict(zip(zip(hits.query.tolist(), hits.entry.tolist(), strict=True), hits.strength.tolist(), strict=True))
    same = {name: [i for i, other in enumerate(listed) if other == name] for name in listed}
    assert all(found.get((i, same[name][0]), 9) <= 1 for i, name in enumerate(listed))
    assert min(found.values()) == 1
