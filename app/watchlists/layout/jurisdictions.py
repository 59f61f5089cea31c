"""Regions and jurisdictions as a list names them."""

import re
from typing import Final

from app.names.regions import Region, RegionLevel, region_by_code, regions_by_name
from app.tabular.issue import Issue, doubtful, refused

OUT: Final = "OUT"
"""The jurisdiction of an entity outside the province (省外)."""

_OUT_NAMES: Final = frozenset({"省外", "外省", "out"})
_PINGTAN: Final = "350128"
_PINGTAN_NAMES: Final = frozenset({"平潭", "平潭县", "平潭综合实验区", "fj-pt", "fjpt", _PINGTAN})
_SIX_DIGITS: Final = re.compile(r"\d{6}")
# Counties that belong to no prefecture: 省直辖县级行政区划.
_NO_PREFECTURE: Final = re.compile(r"(?:4290|4690|6590)\d\d")


def read_region(text: str) -> tuple[str | None, Issue | None]:
    """Return a six-digit region code, and what is doubtful about it."""
    if not _SIX_DIGITS.fullmatch(text):
        near = regions_by_name(text)
        return None, refused(
            "BAD_REGION",
            "应为6位行政区划代码（GB/T 2260）",
            "must be a region code of six digits (GB/T 2260)",
            f"{near[0].name} {near[0].code}" if near else "如 350100 / such as 350100",
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


def read_jurisdiction(text: str) -> tuple[str | None, Issue | None]:
    """Return the jurisdiction of an entity: code of a prefecture, 350128 for 平潭, or OUT for 省外.

    A province, for an entity that it supervises itself, is taken with a doubt; a county is refused.
    """
    if text.casefold() in _OUT_NAMES:
        return OUT, None
    if text.casefold() in _PINGTAN_NAMES:
        return _PINGTAN, None
    candidates = _candidates(text)
    prefectures = [region for region in candidates if _is_prefecture(region)]
    if len(prefectures) == 1:
        return prefectures[0].code, None
    if len(prefectures) > 1:
        return None, _bad_jurisdiction("有多个同名辖区", "several have this name", prefectures)
    provinces = [region for region in candidates if region.level is RegionLevel.PROVINCE]
    if provinces:
        return provinces[0].code, doubtful(
            "JURISDICTION_PROVINCE",
            "填写的是省级，一般应为设区市",
            "this is a province; a prefecture is usual",
            "如 福州市 或 350100 / such as 福州市 or 350100",
        )
    parents = [parent for region in candidates if (parent := region_by_code(region.code[:4] + "00"))]
    return None, _bad_jurisdiction(
        "应为设区市的名称或代码" if candidates else "没有这样的辖区",
        "must be a prefecture" if candidates else "there is no such region",
        parents,
    )


def read_list_jurisdiction(text: str) -> tuple[str | None, Issue | None]:
    """Return the code of a list's jurisdiction: any region, from province to county."""
    if text.casefold() in _PINGTAN_NAMES:
        return _PINGTAN, None
    candidates = _candidates(text)
    if candidates:
        return candidates[0].code, None
    return None, _bad_jurisdiction("没有这样的辖区", "there is no such region", [])


def _candidates(text: str) -> tuple[Region, ...]:
    by_code = region_by_code(text)
    return (by_code,) if by_code else regions_by_name(text)


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
