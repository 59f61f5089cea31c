"""组织形式: how a registered name ends, and which endings say the same.

Source: 企业名称登记管理规定 art. 6 (行政区划 + 字号 + 行业 + 组织形式) and the Company Law, whose limited
company writes itself 有限公司 or 有限责任公司 as it likes.
"""

from typing import Final

LEGAL_FORMS: Final[dict[str, str]] = {
    "有限责任公司": "有限公司",
    "有限公司": "有限公司",
    "股份有限公司": "股份有限公司",
    "股份公司": "股份公司",
    "控股公司": "控股公司",
    "总公司": "总公司",
    "公司": "公司",
    "有限合伙企业": "有限合伙",
    "合伙企业有限合伙": "有限合伙",
    "企业有限合伙": "有限合伙",
    "有限合伙": "有限合伙",
    "合伙企业普通合伙": "普通合伙",
    "普通合伙": "普通合伙",
    "合伙企业": "合伙企业",
    "企业": "企业",
}
"""Folded ending to the form it stands for; longer endings are tried first."""

_BY_LAST: Final = {
    last: tuple(sorted((form for form in LEGAL_FORMS if form[-1] == last), key=len, reverse=True))
    for last in {form[-1] for form in LEGAL_FORMS}
}
"""Endings by their last character, the longest first."""


def split_legal_form(folded: str) -> tuple[str, str]:
    """Return the folded name without its legal form, and the form's canonical name ("" for none)."""
    for ending in _BY_LAST.get(folded[-1:], ()):
        if folded.endswith(ending) and len(folded) > len(ending):
            return folded[: -len(ending)], LEGAL_FORMS[ending]
    return folded, ""


def same_name_key(folded: str) -> str:
    """Return a key that is equal for names that differ in 有限公司 against 有限责任公司 alone."""
    stem, form = split_legal_form(folded)
    return f"{stem}|{form}" if form == "有限公司" else folded
