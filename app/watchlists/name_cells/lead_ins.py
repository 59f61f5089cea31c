"""What is written directly before a name that begins with its region: a number, a code, a date, a label, another name.

A name by itself may have its region in the middle (样本集团福州…), so that only what is known to be no part of a name
is taken away from the first name of a cell; behind a first name, what is not known is refused.
"""

import re
from typing import Final, NamedTuple

from app.names.regions import RegionLevel, regions_by_name
from app.watchlists.name_cells.reading import FORMER, LEGAL
from app.watchlists.name_cells.words import COMPANY, DATE, HAN, ORGANISATION

PRESENT: Final = "PRESENT"
"""The name behind is the one that the entity has now."""

_CITIES: Final = (RegionLevel.PROVINCE, RegionLevel.PREFECTURE)
_ISLAND: Final = "350128"
_REGION_CHARS: Final = (4, 3, 2)
_BEFORE_MAX: Final = 30
_COMPANY_IN_TEXT: Final = re.compile(rf"[{HAN}（）()·]{{2,60}}?(?:有限责任公司|股份有限公司|有限公司)")
_NO_HAN: Final = re.compile(f"[^{HAN}]+")
_NUMBER: Final = re.compile(
    rf"(?:0\d{{1,5}}|\d{{5,12}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}|[A-Z]{{1,4}}-?\d{{2,8}})[ .:_-]{{0,2}}"
    rf"(?=[{HAN}]{{4}})"
)
"""A running number, a code of an office or a date, with which no name begins."""

_LATIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9&.-]{1,20}")
_COUNTED: Final = re.compile(
    r"(?:第?[一二三四五六七八九十\d]{1,3}(?:是|个|家)|其[一二三四五六七八九十]|[首其]先|其次|再次|最后|新增|增加|删除|保留|移出"
    r"|序号?\d{1,4}|\d{1,4}号(?:会员)?|[甲乙丙丁戊]|原|附)[:、. ]?"
)
_OF_ANOTHER: Final = (
    "包括|包含|含|同|即|系|实|实际|实际名称|工商登记(?:名称)?|注册名称?|登记名称?|收款方|收款人|收款单位|付款方|合作(?:单位|方)"
    "|关联(?:企业|公司|单位|方)|运营(?:单位|公司|方|商|主体)|(?:网站|ICP)?备案(?:主体|单位|公司)|主办单位|技术支持|居间商"
    "|代理商|会员单位|(?:控股|大|主要)?股东|投资方|出资人|实际控制人|母公司|子公司|分公司|受托方|委托方|aka|a[.]k[.]a[.]"
)
_WAS: Final = re.compile(
    "(?:其?前身|前|以前|从前|之前|之前的?名称|老名字|老名称|历史名称|历史名|旧名称|原登记|曾|曾经|formerly|f/?k/?a)"
    "[:为是系叫]?[: ]?"
)
_IS_NOW: Final = re.compile(
    r"(?:于?\d[\d年月日./-]{3,12}起?)?(?:[已后现又再]{1,3})?(?:更名|改名|改称|改|变更)[为成至]?[:为是系叫]?[: ]?"
)
_IS_ANOTHER: Final = re.compile(f"(?:{_OF_ANOTHER})[:为是系叫]?[: ]?")
_SAYS: Final = ((_WAS, FORMER), (_IS_NOW, PRESENT), (_IS_ANOTHER, LEGAL))


class LeadIn(NamedTuple):
    """What is before a name (``kind`` is the type of the name), whether it is a short name, or another organisation."""

    text: str
    name: str
    kind: str | None = None
    is_short_name: bool = False
    is_refused: bool = False


def lead_in_of(text: str) -> LeadIn | None:
    """Return what is before the company whose region is in the middle of a text; None where there is none."""
    if not COMPANY.search(text) or not ORGANISATION.search(text):
        return None
    if (number := _NUMBER.match(text)) and not regions_by_name(text[number.end() : number.end() + 2]):
        return LeadIn(number[0], text[number.end() :], LEGAL)
    for at in range(1, min(len(text) - 6, _BEFORE_MAX)):
        if text[at] != " " and text[at - 1] not in "(（" and _is_city(text, at):
            return _named(text[:at], text[at:]) if not _is_city(text, 0) else None
    return None


def companies_in(text: str) -> list[str]:
    """Return the companies in a free text that begin with their region."""
    found = []
    for match in _COMPANY_IN_TEXT.finditer(text):
        lead = lead_in_of(match[0])
        if lead is not None or _is_city(match[0], 0):
            found.append(match[0] if lead is None else lead.name)
    return list(dict.fromkeys(found))


def _named(before: str, name: str) -> LeadIn:
    bare = before.strip()
    for pattern, kind in _SAYS:
        if pattern.fullmatch(bare):
            return LeadIn(before, name, kind)
    if (joint := bare.rstrip("-—–_:·/ ")) != bare and ORGANISATION.search(joint):
        return LeadIn(before, name, is_refused=True)
    if _LATIN_NAME.fullmatch(bare) and not any(char.isdecimal() for char in bare):
        return LeadIn(before, name, LEGAL, is_short_name=True)
    if _NO_HAN.fullmatch(bare) or _COUNTED.fullmatch(bare) or DATE.fullmatch(bare):
        return LeadIn(before, name, LEGAL)
    if before.endswith(" ") and 1 < len(bare) <= 16 and " " not in bare:  # noqa: PLR2004 - as long as short names are
        return LeadIn(before, name, LEGAL, is_short_name=True)
    return LeadIn(before, name)


def _is_city(text: str, at: int) -> bool:
    return any(
        region.level in _CITIES or region.code == _ISLAND
        for length in _REGION_CHARS
        for region in regions_by_name(text[at : at + length])
    )


def is_short_name(text: str) -> bool:
    """Whether a text before a name can be a name of its own."""
    return not ORGANISATION.search(text) and not regions_by_name(text)
