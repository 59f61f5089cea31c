"""A rough reading of a company name, for grouping results and building probes.

It shares neither code nor tables with the program, so that a mistake of the program's own reading is
not repeated by the measure.  It is right often enough to group by, and is never used to decide.
"""

import re
from dataclasses import dataclass
from pathlib import Path

LEGAL_FORM = re.compile(
    r"(?:(?:控股)?(?:股份|集团)*(?:有限责任公司|有限公司|公司)|有限合伙|[（(]有限合伙[)）]|集团|合作社|事务所)$"
)
BRANCH = re.compile(r"(?<=公司)\w{0,12}(?:分公司|支行|分行|营业部|办事处)$")
BRACKETS = re.compile(r"[(（]\w{2,6}[)）]")


def _any_of(file: str) -> str:
    words = (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").split()
    return "|".join(sorted(words, key=len, reverse=True))


REGION = re.compile(rf"^(?:{_any_of('rough_regions.txt')})+(?:省|市|自治区|区)?|^\w{{2,3}}(?:省|市|县)")
TRADE = re.compile(f"(?:{_any_of('rough_trades.txt')})+$")


@dataclass(frozen=True, slots=True)
class RoughParts:
    """Region, trade name (字号), trade and legal form; any may be empty."""

    region: str
    core: str
    trade: str
    form: str


def read(name: str) -> RoughParts:
    """Cut a registered name into its four parts, roughly."""
    text = BRANCH.sub("", BRACKETS.sub("", name))
    form = match.group() if (match := LEGAL_FORM.search(text)) else ""
    text = text.removesuffix(form)
    region = match.group() if (match := REGION.match(text)) else ""
    text = text[len(region) :]
    trade = match.group() if (match := TRADE.search(text)) else ""
    return RoughParts(region, text.removesuffix(trade), trade, form)


def without_form(name: str) -> str:
    """Return the name without its legal form."""
    return LEGAL_FORM.sub("", name)
