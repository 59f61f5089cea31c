"""Unified social credit code (统一社会信用代码), GB 32100-2015, with the anomaly of the Fujian pilot.

Characters 1–2 say who registers what, 3–8 where (GB/T 2260), 9–17 are the organisation code of
GB 11714, 18 is the check character.  Codes of the Fujian pilot (region 35…, organisation code M0…)
exist whose check character is wrong while that of the organisation code in them is right; so a wrong
check character is a warning, never an error.
"""

import re
from dataclasses import dataclass
from operator import mul
from typing import Final

from stdnum.iso7064 import mod_11_2

from app.identifiers import org
from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder, without_slips
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_RESIDENT: Final = re.compile(r"[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]")
_ORG: Final = slice(8, 17)
_VALUES: Final = {character: value for value, character in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_MODULUS: Final = len(_VALUES)
_WEIGHTS: Final = tuple(pow(3, place, _MODULUS) for place in range(17))


@dataclass(frozen=True, slots=True)
class ChecksumWarning:
    """Why the check character of a code that is kept is doubtful."""

    code: str
    text_zh: str
    text_en: str


CHECKSUM_WRONG: Final = ChecksumWarning(
    "USCC_CHECKSUM",
    "统一社会信用代码校验位不符，请核对；按原样保留并逐字匹配",
    "the check character is wrong; the code is kept and matched as written",
)
CHECKSUM_LEGACY_M0: Final = ChecksumWarning(
    "USCC_CHECKSUM_LEGACY_M0",
    "统一社会信用代码校验位不符，但其中的组织机构代码校验正确，属福建试点期间发放的代码；按原样匹配",
    "the check character is wrong but the organisation code in it is right: a code of the Fujian pilot, matched as is",
)


def _checks(value: str) -> bool:
    """Whether the check character of a well-formed code is right (ISO 7064 MOD 31-3, as GB 32100 has it)."""
    total: int = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, value)))
    return _VALUES[value[17]] == -total % _MODULUS


def _is_valid(value: str) -> bool:
    return bool(_FORMAT.fullmatch(value)) and _checks(value) and not is_placeholder(value)


def may_be_resident(value: str) -> bool:
    """Whether a code has the form of the number of a resident's identity card (GB 11643)."""
    return _RESIDENT.fullmatch(value) is not None


def parse(raw: str) -> Identifier:
    """Read a code; ``checksum_ok`` is false where only the check character is wrong.

    The number of a resident's identity card (GB 11643) has the form of a code, but is none: a sole trader is often
    entered with it.
    """
    value = compact(raw)
    if may_be_resident(value) and mod_11_2.is_valid(value) and not _checks(value):
        raise IdentifierError(
            Scheme.USCC,
            "这是居民身份证号码，不是统一社会信用代码",
            "this is the number of a resident identity card, no USCC",
        )
    if not _FORMAT.fullmatch(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.USCC,
            f"统一社会信用代码应为18位数字或大写字母（不用I、O、S、V、Z，第3至8位为行政区划代码），收到{len(value)}位",
            f"a USCC has 18 digits or capitals without I, O, S, V, Z (3-8 are the region code); got {len(value)}",
            without_slips(value, _is_valid),
        )
    return Identifier(Scheme.USCC, value, _checks(value))


def organisation_part(identifier: Identifier) -> Identifier | None:
    """Return the organisation code in the code, or None where its own check character is wrong."""
    value = identifier.value[_ORG]
    return Identifier(Scheme.ORG, value, True) if org.is_valid(value) else None


def warning(identifier: Identifier) -> ChecksumWarning | None:
    """Say what is doubtful about a parsed code, if anything."""
    if identifier.checksum_ok:
        return None
    pilot = identifier.value[2:4] == "35" and identifier.value[8:10] == "M0"
    return CHECKSUM_LEGACY_M0 if pilot and organisation_part(identifier) else CHECKSUM_WRONG
