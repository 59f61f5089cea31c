"""The cells of people (法定代表人, 实际控制人): names apart from their labels, numbers, roles and remarks."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from app.names.party_words import names_organisation

_HAN: Final = "\u3400-\u9fff\u3007"
_NAME: Final = re.compile(rf"[{_HAN}·*]{{2,8}}|[A-Za-z][A-Za-z .,'-]{{2,60}}")
_PLAIN: Final = re.compile(rf"[{_HAN}·]{{2,4}}")
_BLANK_INSIDE: Final = re.compile(rf"(?<![{_HAN}])([{_HAN}])\s+([{_HAN}]{{1,2}})(?![{_HAN}])")
_MASKED: Final = re.compile(
    rf".*[*].*|[{_HAN}]{{1,2}}(?:某{{1,3}}|某[甲乙丙丁戊]|先生|女士|小姐|总|经理|老板)|某{{1,3}}|(?:.{{0,5}}嫌疑人|被告人?).*"
)
"""张某, 张*, 张先生: no name by which a person can be found.  某 may be the second of three: 张某样."""

_NOBODY: Final = frozenset({"在逃", "另案处理", "另案", "失联", "空缺", "待定", "已故", "死亡", "多人", "不明", "外籍"})
_LABEL: Final = re.compile(
    r"(?:法定代表人|法人代表|法人|(?:主要)?负责人|实际控制人|实控人|控制人|董事长|总经理|执行董事|股东|姓名|现任|现为|已?变更为|原为?|曾任)"
    rf"(?:姓名)?(?:[:是为]|(?<=为))?|现(?=[{_HAN}]{{2,3}}(?:[、,;]|$))"
)
_FACTS: Final = re.compile(
    r"(?:身份证(?:件)?(?:号码?)?|证件号码?|电话|手机|联系方式|联系电话)?[: ]*(?<![\dA-Za-z])"
    r"(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{6}[*]{4,12}[\dXx*]{0,4})(?!\d)"
)
_BRACKET: Final = re.compile(r"\(([^()]{0,60})\)")
_MORE_IN_BRACKET: Final = re.compile(rf"(?:现任|现为|已?变更为|原为?|曾任)[: ]?(?P<name>[{_HAN}·]{{2,4}})")
_BETWEEN: Final = re.compile(r"\s*[、,;/|\n]\s*|\s+(?:和|及|与)?\s*")
_HAS_HAN: Final = re.compile(f"[{_HAN}]")
_DIGIT: Final = re.compile(r"\d")
_TEXT_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class People:
    """The people of a cell.

    ``is_told`` where the cell holds more than their names, ``is_unclear`` where no name is, ``is_masked`` where one of
    them is hidden or lacks its given name.
    """

    names: tuple[str, ...]
    is_told: bool = False
    is_unclear: bool = False
    is_masked: bool = False


def read_people(text: str) -> People:
    """Return the people that a cell names.  An organisation that controls another stays as it is written."""
    if _PLAIN.fullmatch(text):
        return People((text,), is_unclear=text in _NOBODY, is_masked=_MASKED.fullmatch(text) is not None)
    seen = unicodedata.normalize("NFKC", text[:_TEXT_MAX])
    if names_organisation(seen) or not _HAS_HAN.search(seen):
        return People((text,), is_unclear=_DIGIT.search(seen) is not None)
    behind = [match["name"] for inside in _BRACKET.findall(seen) if (match := _MORE_IN_BRACKET.search(inside))]
    bare = _LABEL.sub(" ", _FACTS.sub(" ", _BRACKET.sub(" ", seen)))
    bare, joined = _BLANK_INSIDE.subn(r"\1\2", bare.strip(" :、,;/|"))
    names = [piece for piece in _BETWEEN.split(bare) if piece]
    if not names or not all(_NAME.fullmatch(name) for name in names):
        return People((text,), is_unclear=True)
    is_masked = any(map(_MASKED.fullmatch, names))
    is_told = "".join(names) != "".join(_BETWEEN.split(seen.strip()))
    if not is_told and not joined:
        return People((text,), is_masked=is_masked)
    return People(tuple(dict.fromkeys([*names, *behind])), is_told=is_told, is_masked=is_masked)
