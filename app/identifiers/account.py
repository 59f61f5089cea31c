"""Bank and payment accounts.  A masked number (6222****1234) is kept for people to read and joins nothing."""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder, without_slips
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"(?=.{8,32}$)[A-Z]{0,4}[0-9]{6,32}")
_MASKED: Final = re.compile(r"(?=.{5,34}$)(?=(?:.*[*X•●]){2})[A-WYZ]{0,4}[0-9*X•●]+")
_MASKS: Final = re.compile(r"[*X•●]")


def _is_valid(value: str) -> bool:
    return bool(_FORMAT.fullmatch(value)) and not is_placeholder(value)


def parse(raw: str) -> Identifier:
    """Read an account number: 8 to 32 characters (Max32Text), digits after at most four letters (NRA, FTN …)."""
    value = compact(raw)
    if _MASKED.fullmatch(value):
        return Identifier(Scheme.ACCOUNT, _MASKS.sub("*", value))
    if not _is_valid(value):
        raise IdentifierError(
            Scheme.ACCOUNT,
            "账号应为8至32位数字（可有字母前缀，如NRA），或掩码账号如 6222****1234",
            "an account has 8 to 32 digits (a prefix like NRA is allowed), or is masked like 6222****1234",
            without_slips(value, _is_valid),
        )
    return Identifier(Scheme.ACCOUNT, value)


def is_masked(identifier: Identifier) -> bool:
    """Whether digits of the account are hidden."""
    return "*" in identifier.value
