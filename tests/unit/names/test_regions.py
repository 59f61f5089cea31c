"""Regions by code and by name, against the Fujian table of GB/T 2260 (2017-06) and its later changes."""

import pytest

from app.names.regions import RegionLevel, contains, current_code, region_by_code, regions_by_name

FUJIAN_2017 = {
    "350100": "福州",
    "350102": "鼓楼",
    "350103": "台江",
    "350104": "仓山",
    "350105": "马尾",
    "350111": "晋安",
    "350121": "闽侯",
    "350122": "连江",
    "350123": "罗源",
    "350124": "闽清",
    "350125": "永泰",
    "350128": "平潭",
    "350181": "福清",
    "350182": "长乐",
    "350200": "厦门",
    "350203": "思明",
    "350205": "海沧",
    "350206": "湖里",
    "350211": "集美",
    "350212": "同安",
    "350213": "翔安",
    "350300": "莆田",
    "350322": "仙游",
    "350400": "三明",
    "350402": "梅列",
    "350403": "三元",
    "350427": "沙县",
    "350481": "永安",
    "350500": "泉州",
    "350527": "金门",
    "350600": "漳州",
    "350625": "长泰",
    "350681": "龙海",
    "350700": "南平",
    "350703": "建阳",
    "350800": "龙岩",
    "350803": "永定",
    "350900": "宁德",
    "350982": "福鼎",
}


@pytest.mark.parametrize(("code", "short"), FUJIAN_2017.items())
def test_every_code_of_2017_is_known(code: str, short: str) -> None:
    region = region_by_code(code)
    assert region is not None
    assert region.name.startswith(short)
    assert region in regions_by_name(short)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("350182", "350112"),
        ("350402", "350404"),
        ("350403", "350404"),
        ("350427", "350405"),
        ("350625", "350605"),
        ("350681", "350604"),
    ],
)
def test_a_dropped_code_leads_to_its_successor(old: str, new: str) -> None:
    assert current_code(old) == new
    assert contains(new, old)


@pytest.mark.parametrize("name", ["福州", "福州市"])
def test_a_prefecture_is_found_by_its_short_and_its_long_name(name: str) -> None:
    first = regions_by_name(name)[0]
    assert (first.code, first.level, first.province_code) == ("350100", RegionLevel.PREFECTURE, "350000")


@pytest.mark.parametrize("name", ["平潭", "平潭县", "平潭综合实验区", "FJ-PT"])
def test_pingtan_is_350128_under_all_its_names(name: str) -> None:
    assert "350128" in {region.code for region in regions_by_name(name)}


def test_a_name_of_two_places_gives_both_and_an_unknown_one_none() -> None:
    assert {"110105", "220104"} <= {region.code for region in regions_by_name("朝阳区")}
    assert regions_by_name("示例") == ()
    assert region_by_code("359999") is None


def test_containment_follows_the_hierarchy() -> None:
    assert contains("350000", "350128")
    assert contains("350100", "350102")
    assert not contains("350200", "350102")
    assert not contains("350102", "350100")
    assert contains("100000", "350102")
