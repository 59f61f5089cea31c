"""Legal entity identifier, ISO 17442: 18 characters and two check digits (ISO 7064 MOD 97-10)."""

import re
from typing import Final

from stdnum.iso7064 import mod_97_10

from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder, without_slips
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


def _is_valid(value: str) -> bool:
    return bool(_FORMAT.fullmatch(value)) and mod_97_10.is_valid(value) and not is_placeholder(value)


def parse(raw: str) -> Identifier:
    """Read an LEI."""
    value = compact(raw)
    if not _FORMAT.fullmatch(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.LEI,
            f"LEI应为20位：18位数字或大写字母，加2位校验数字，收到{len(value)}位",
            f"an LEI has 18 digits or capitals and 2 check digits; got {len(value)}",
            without_slips(value, _is_valid),
        )
    return Identifier(Scheme.LEI, value, _is_valid(value))
