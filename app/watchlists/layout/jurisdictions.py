"""Regions and jurisdictions as a list names them."""

import re
from typing import Final

from app.names.fold import fold, is_gb2312
from app.names.regions import Region, RegionLevel, contains, region_by_code, regions_by_name
from app.tabular.issue import Issue, doubtful, refused

OUT: Final = "OUT"
"""The jurisdiction of an entity outside the province (省外)."""

_OUT_NAMES: Final = frozenset({"省外", "外省", "out"})
_PINGTAN: Final = "350128"
_PINGTAN_NAMES: Final = frozenset({"平潭", "平潭县", "平潭综合实验区", "fj-pt", "fjpt", _PINGTAN})
_SIX_DIGITS: Final = re.compile(r"\d{6}")
_WITH_CODE: Final = re.compile(r"(?P<before>\d{6})? ?[(]?(?P<name>[^\d()]{1,40}?)[)]? ?[(]?(?P<after>\d{6})?[)]?")
_COUNTRY: Final = re.compile("^(?:中华人民共和国|中国)(?=.{2})")
_FUJIAN: Final = "350000"
_ALL_OF_FUJIAN: Final = frozenset({"闽", "福建全省", "全闽"})
_OF_THE_PROVINCE: Final = re.compile("(?:本|全)省|省(?:属|本级|直|级|管)|全域")
_ABROAD: Final = re.compile("境外|国外|海外|外国|港澳台")
_WITHOUT_PREFECTURES: Final = frozenset({"110000", "120000", "310000", "500000", "710000", "810000", "820000"})
_NEAR_MAX: Final = 4
_SHORT_CODE: Final = re.compile(r"\d{2}(?:\d{2}){0,5}")
# Counties that belong to no prefecture: 省直辖县级行政区划.
_NO_PREFECTURE: Final = re.compile(r"(?:4290|4690|6590)\d\d")


def read_region(text: str) -> tuple[str | None, Issue | None]:
    """Return a six-digit region code, and what is doubtful about it."""
    if not _SIX_DIGITS.fullmatch(text):
        return None, refused(
            "BAD_REGION",
            "应为6位行政区划代码（GB/T 2260）",
            "must be a region code of six digits (GB/T 2260)",
            "、".join(_with_parent(region) for region in _meant(text)[:_NEAR_MAX]) or "如 350100 / such as 350100",
        )
    if region_by_code(text):
        return text, None
    if region_by_code(text[:2] + "0000"):
        return text, doubtful(
            "REGION_UNKNOWN",
            "行政区划代码表中没有此代码",
            "the code is not in the table of GB/T 2260",
            "核对代码 / check the code",
        )
    return None, refused(
        "BAD_REGION", "没有这样的行政区划代码", "there is no such region code", "如 350100 / such as 350100"
    )


def _meant(text: str) -> list[Region]:
    """Return the regions that a text may mean where a code is asked for; those of the province first."""
    if _SHORT_CODE.fullmatch(text):
        region = region_by_code(text[:6].ljust(6, "0"))
        return [region] if region else []
    return sorted(_candidates(text), key=lambda region: not region.code.startswith(_FUJIAN[:2]))


def _with_parent(region: Region) -> str:
    parent = region_by_code(region.prefecture_code or region.province_code)
    above = f"（{parent.name}）" if parent and parent != region and region.level is RegionLevel.COUNTY else ""
    return f"{region.name} {region.code}{above}"


def read_jurisdiction(text: str) -> tuple[str | None, Issue | None]:
    """Return the jurisdiction of an entity: code of a prefecture, 350128 for 平潭, or OUT for 省外.

    A province, for an entity that it supervises itself, is taken with a doubt; a county is refused, but where its
    prefecture is written before it.
    """
    if text.casefold() in _OUT_NAMES:
        return OUT, None
    if text.casefold() in _PINGTAN_NAMES:
        return _PINGTAN, None
    candidates = _candidates(text)
    found = [one for one in candidates if _is_prefecture(one) or (one.code == _PINGTAN and len(candidates) == 1)]
    if found:
        several = _bad_jurisdiction("有多个同名辖区", "several have this name", found)
        return (found[0].code, None) if len(found) == 1 else (None, several)
    provinces = [region for region in candidates if region.level is RegionLevel.PROVINCE]
    if provinces:
        return provinces[0].code, None if provinces[0].code in _WITHOUT_PREFECTURES else _PROVINCE_WRITTEN
    return _of_counties(text, candidates)


def _of_counties(text: str, counties: tuple[Region, ...]) -> tuple[str | None, Issue | None]:
    """Return the prefecture of a county where it is written too; else why the text is no jurisdiction."""
    parents = [parent for region in counties if (parent := region_by_code(region.code[:4] + "00"))]
    if len(counties) == 1 and parents and _is_written(parents[0], text):
        return parents[0].code, doubtful(
            "JURISDICTION_READ",
            f"写到了区县，按设区市“{parents[0].name}”读取",
            f"a county is written; it is read as its prefecture {parents[0].name}",
            "核对无误即可 / nothing to do where it is right",
        )
    why_zh, why_en = "没有这样的辖区", "there is no such region"
    if counties:
        why_zh, why_en = "应为设区市的名称或代码", "must be a prefecture"
    elif _ABROAD.search(text):
        why_zh, why_en = "境外没有属地监管辖区，写“省外”", "write 省外 for an entity abroad"
    elif _OF_THE_PROVINCE.search(text) and (fujian := region_by_code(_FUJIAN)):
        why_zh, why_en, parents = "写明是哪个省", "say which province", [fujian]
    return None, _bad_jurisdiction(why_zh, why_en, parents)


def _is_written(region: Region, text: str) -> bool:
    simple = _simplified(text)
    return region.short in simple and region.name != simple


def read_list_jurisdiction(text: str) -> tuple[str | None, Issue | None]:
    """Return the code of a list's jurisdiction: any region, from province to county."""
    if text.casefold() in _PINGTAN_NAMES:
        return _PINGTAN, None
    candidates = _candidates(text)
    if candidates:
        return candidates[0].code, None
    return None, _bad_jurisdiction("没有这样的辖区", "there is no such region", [])


def _candidates(text: str) -> tuple[Region, ...]:
    """Return the regions that a text may name: by code or name, or by both, or from the province down."""
    if by_code := region_by_code(text):
        return (by_code,)
    if text in _ALL_OF_FUJIAN:
        return regions_by_name("福建省")
    if found := regions_by_name(text):
        return found
    match = _WITH_CODE.fullmatch(text)
    if match is None:
        return ()
    codes = {code for code in (match["before"], match["after"]) if code}
    found = tuple(_from_above(_COUNTRY.sub("", _simplified("".join(match["name"].split()))), None))
    if codes:
        found = tuple(region for region in found if codes == {region.code})
    return found


def _from_above(text: str, above: Region | None) -> list[Region]:
    """Return the regions that a text names from the larger to the smaller: 福建省厦门市思明区."""
    if text in _PINGTAN_NAMES and (region := region_by_code(_PINGTAN)):
        return [region]
    whole = [region for region in regions_by_name(text) if _is_in(region, above)]
    if whole:
        return whole
    for end in range(len(text) - 1, 1, -1):
        for region in regions_by_name(text[:end]):
            if _is_in(region, above) and (below := _from_above(text[end:], region)):
                return below
    return []


def _is_in(region: Region, above: Region | None) -> bool:
    return above is None or (region.code != above.code and contains(above.code, region.code))


def _simplified(text: str) -> str:
    return text if all(map(is_gb2312, text)) else "".join(fold(char) or char for char in text)


def _is_prefecture(region: Region) -> bool:
    return region.level is RegionLevel.PREFECTURE or bool(_NO_PREFECTURE.fullmatch(region.code))


def _bad_jurisdiction(why_zh: str, why_en: str, near: list[Region]) -> Issue:
    return refused(
        "BAD_JURISDICTION",
        f"属地监管辖区有误：{why_zh}",
        f"wrong jurisdiction: {why_en}",
        "、".join(dict.fromkeys(f"{region.name} {region.code}" for region in near))
        or "如 福州市、350100 或 省外 / such as 福州市, 350100 or 省外",
    )


_PROVINCE_WRITTEN: Final = doubtful(
    "JURISDICTION_PROVINCE",
    "填写的是省级，一般应为设区市",
    "this is a province; a prefecture is usual",
    "如 福州市 或 350100 / such as 福州市 or 350100",
)
