"""Organisation code (组织机构代码), GB 11714: eight characters and a check character."""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder, without_slips
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def check_character(body: str) -> str:
    """Return the check character of the eight characters ``body`` (0–9, A–Z as 0–35)."""
    total = sum(weight * int(char, 36) for weight, char in zip(_WEIGHTS, body, strict=True))
    return "0123456789X0"[11 - total % 11]


def is_valid(value: str) -> bool:
    """Whether a value is well formed, its check character right, and it is no placeholder."""
    return bool(_FORMAT.fullmatch(value)) and value[8] == check_character(value[:8]) and not is_placeholder(value)


def parse(raw: str) -> Identifier:
    """Read an organisation code, written with or without its hyphen."""
    value = compact(raw)
    if not _FORMAT.fullmatch(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.ORG,
            "组织机构代码应为9位：8位数字或大写字母，加1位校验码（数字或X）",
            "an organisation code has 8 digits or capitals and a check character (digit or X)",
            without_slips(value, is_valid),
        )
    return Identifier(Scheme.ORG, value, is_valid(value))
