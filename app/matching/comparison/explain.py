"""Why a pair was accepted, for an analyst with five seconds: part by part, in Chinese and English."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.matching.comparison.alignment import (
    INITIAL,
    MISSING,
    PINYIN,
    SAME,
    SHAPE,
    SOUND,
    SOUTHERN,
    SPLIT,
    SWAPPED,
    UNLIKE,
    VARIANT,
)
from app.matching.model.types import Explanation, NameDifference, PartEvidence
from app.names.segmentation import BRANCH, CORE, DIGITS, FORM, NOISE, PLACE, REGION, TRADE

LIKENESS_TEXTS: Final = {
    SAME: ("same", "一致", "same"),
    VARIANT: ("variant", "数字异写", "the same numeral"),
    SOUND: ("sound", "同音", "sounds alike"),
    SHAPE: ("shape", "形近", "looks alike"),
    SOUTHERN: ("similar_sound", "音近", "sounds nearly alike"),
    PINYIN: ("pinyin", "拼音", "spelled in pinyin"),
    INITIAL: ("initial", "拼音首字母", "pinyin initial"),
    SPLIT: ("split", "拆字", "split into components"),
    UNLIKE: ("unlike", "不同", "differs"),
    SWAPPED: ("swapped", "字序颠倒", "neighbours swapped"),
    MISSING: ("missing", "缺字", "missing"),
}
"""Code, Chinese and English of every likeness."""
PART_TEXTS: Final = {
    REGION: ("region", "地区", "region"),
    CORE: ("core", "字号", "trade name"),
    TRADE: ("trade", "行业", "trade"),
    FORM: ("form", "组织形式", "legal form"),
    BRANCH: ("branch", "分支", "branch"),
    PLACE: ("branch", "分支", "branch"),
    DIGITS: ("number", "序号", "number"),
    NOISE: ("other", "其他", "other"),
}
_PART_ORDER: Final = ("core", "region", "trade", "form", "branch", "number", "other")
_WORSE: Final = (SAME, VARIANT, SOUND, SHAPE, SPLIT, PINYIN, SOUTHERN, SWAPPED, INITIAL, UNLIKE, MISSING)
_UNITS: Final = {
    "会员": ("会员单位", "a member"),
    "代理": ("代理机构", "an agent"),
    "居间": ("居间商", "an intermediary"),
    "运营中心": ("下属机构", "a unit"),
    "服务中心": ("下属机构", "a unit"),
    "分公司": ("分支机构", "a branch"),
    "分行": ("分支机构", "a branch"),
    "支行": ("分支机构", "a branch"),
    "营业部": ("分支机构", "a branch"),
    "办事处": ("分支机构", "a branch"),
    "分中心": ("分支机构", "a branch"),
}
"""What an addition to a listed name says that its holder is to the listed one."""
_NO_DIFFERENCE: Final = frozenset({SAME, MISSING})


@dataclass(frozen=True, slots=True)
class Aligned:
    """One alignment: the listed characters, and of each its part, its likeness and where in the query it is met.

    ``used`` has for each character of the query (``given``) 1 + the listed character that it meets, or 0.
    """

    listed: str
    parts: Sequence[int]
    likeness: Sequence[int]
    met_from: Sequence[int]
    met_to: Sequence[int]
    given: str
    used: Sequence[int]


def explain_pair(pair: Aligned, strength_zh: str, strength_en: str) -> Explanation:
    """Return the explanation of one aligned pair."""
    evidence = _part_evidence(pair)
    differences = _differences(pair)
    zh = "，".join(part.text_zh for part in evidence)
    en = ", ".join(part.text_en for part in evidence)
    if differences:
        zh += "；" + "，".join(difference.text_zh for difference in differences[:3])
        en += "; " + ", ".join(difference.text_en for difference in differences[:3])
    return Explanation(f"{strength_zh}：{zh}", f"{strength_en}: {en}", (), evidence, differences)


def _part_evidence(pair: Aligned) -> tuple[PartEvidence, ...]:
    codes = [PART_TEXTS[part][0] for part in pair.parts]
    places_of: dict[str, list[int]] = {}
    for i, code in enumerate(codes):
        places_of.setdefault(code, []).append(i)
    given_of = dict.fromkeys(places_of, "")
    for char, met in zip(pair.given, pair.used, strict=True):
        if met:
            given_of[codes[met - 1]] += char
    found = []
    for code in _PART_ORDER:
        places = places_of.get(code)
        if not places:
            continue
        _, part_zh, part_en = PART_TEXTS[pair.parts[places[0]]]
        kinds = [pair.likeness[i] for i in places]
        different = set(kinds)
        if different == {SAME}:
            worst = SAME
            text_zh, text_en = f"{part_zh}一致", f"{part_en} agrees"
        elif different == {MISSING}:
            worst = MISSING
            text_zh, text_en = f"{part_zh}未出现", f"{part_en} absent"
        else:
            told = [kind for kind in _WORSE if kind != SAME and kind in different]
            worst = told[-1]
            text_zh = part_zh + "、".join(f"{LIKENESS_TEXTS[k][1]}{kinds.count(k)}字" for k in told)
            text_en = f"{part_en}: " + ", ".join(f"{kinds.count(k)} {LIKENESS_TEXTS[k][2]}" for k in told)
        listed = "".join([pair.listed[i] for i in places])
        found.append(PartEvidence(code, listed, given_of[code], LIKENESS_TEXTS[worst][0], text_zh, text_en))
    return tuple(found)


def _differences(pair: Aligned) -> tuple[NameDifference, ...]:
    found = []
    for i, kind in enumerate(pair.likeness):
        if kind in _NO_DIFFERENCE:
            continue
        char = pair.listed[i]
        given = pair.given[pair.met_from[i] : pair.met_to[i]]
        code, zh, en = LIKENESS_TEXTS[kind]
        found.append(
            NameDifference(code, char, given, f"「{char}」写作「{given}」（{zh}）", f"{char} written {given} ({en})")
        )
    for start, end in _missing_runs(pair):
        text = pair.listed[start:end]
        _, part_zh, part_en = PART_TEXTS[pair.parts[start]]
        if pair.parts[start] == CORE or not _is_left_out(pair, start, end):
            found.append(NameDifference("missing", text, "", f"缺「{text}」", f"{text} is missing"))
        else:
            zh, en = f"未写{part_zh}「{text}」", f"{part_en} {text} is left out"
            found.append(NameDifference("missing", text, "", zh, en))
    for start, end in _runs(j for j, met in enumerate(pair.used) if not met):
        text = pair.given[start:end]
        unit = next((word for word in _UNITS if word in text), None)
        if unit is None:
            found.append(NameDifference("extra", "", text, f"多「{text}」", f"{text} is extra"))
        else:
            zh, en = f"另有「{text}」（{_UNITS[unit][0]}）", f"{text} besides ({_UNITS[unit][1]})"
            found.append(NameDifference("extra", "", text, zh, en))
    return tuple(found)


def _missing_runs(pair: Aligned) -> list[tuple[int, int]]:
    """Return the runs of listed characters that are not met, each within one part."""
    found: list[tuple[int, int]] = []
    for start, end in _runs(i for i, kind in enumerate(pair.likeness) if kind == MISSING):
        first = start
        for i in range(start + 1, end + 1):
            if i == end or pair.parts[i] != pair.parts[first]:
                found.append((first, i))
                first = i
    return found


def _is_left_out(pair: Aligned, start: int, end: int) -> bool:
    """Whether a run is all that its part has: the part is left out, not misspelled."""
    before = start > 0 and pair.parts[start - 1] == pair.parts[start]
    behind = end < len(pair.parts) and pair.parts[end] == pair.parts[start]
    return not before and not behind


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
