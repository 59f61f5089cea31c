"""Which document a reason cites: the notice of Fujian for its own lists, that of the list's jurisdiction elsewhere.

A venue of another place's list never gets a clause of the Fujian notice: the places' documents are sisters of one
national campaign (清整联办〔2017〕30号), with dates and numbers of their own.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from app.policy.parameters import Parameters, is_same_province
from app.policy.rule import LegalBasis

_FUJIAN_CODE: Final = "FJ"
_CLAUSE_ZH: Final = re.compile(r"^(?:[一二三四五]、)*[一二三四五]（[一二三四五]）[^：]*：")
_CLAUSE_EN: Final = re.compile(r"^Clauses? [0-9()]+(?: and [0-9()]+)?:? ?")


@dataclass(frozen=True, slots=True)
class LegalSource:
    """The document by which a jurisdiction acts: a stable code, and its name as cited."""

    code: str
    name: str


NATIONAL: Final = LegalSource("GBF2012-37", "国办发〔2012〕37号")
"""What holds everywhere, and is cited where the jurisdiction's own document is not known."""


def source_elsewhere(parameters: Parameters, jurisdiction: str) -> LegalSource | None:
    """Return the document of a list's jurisdiction, or None where it is that of the notice itself."""
    if is_same_province(jurisdiction, parameters.default_jurisdiction):
        return None
    rule = parameters.own_rule_of(jurisdiction)
    return LegalSource(rule.basis_code, rule.basis_doc) if rule else NATIONAL


def cited_from(grounds: tuple[LegalBasis, ...], source: LegalSource | None) -> tuple[LegalBasis, ...]:
    """Return grounds as a list of another jurisdiction cites them: its own document in place of the notice's clause."""
    if source is None:
        return grounds
    cited = [_of(ground, source) if ground.basis_code.startswith(_FUJIAN_CODE) else ground for ground in grounds]
    # Two clauses of one notice are one document elsewhere; the first says what is asked.
    first: dict[str, LegalBasis] = {}
    for ground in cited:
        first.setdefault(ground.basis_code, ground)
    return tuple(first.values())


def _of(ground: LegalBasis, source: LegalSource) -> LegalBasis:
    zh, en = _CLAUSE_ZH.sub("", ground.text_zh, count=1), _CLAUSE_EN.sub("", ground.text_en, count=1)
    return replace(ground, basis_code=source.code, text_zh=f"{source.name}：{zh}", text_en=f"{source.name}: {en}")
