"""Registration number of 15 digits (工商注册号), GS 15-2006: region, serial number, check digit.

Before the unified social credit code of October 2015 a venue has only this.  The check digit is
ISO 7064 MOD 11,10.
"""

import re
from typing import Final

from stdnum.iso7064 import mod_11_10

from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder, without_slips
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"[0-9]{15}")


def _is_valid(value: str) -> bool:
    return bool(_FORMAT.fullmatch(value)) and mod_11_10.is_valid(value) and not is_placeholder(value)


def parse(raw: str) -> Identifier:
    """Read a registration number."""
    value = compact(raw)
    if not _FORMAT.fullmatch(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.REG15,
            f"工商注册号应为15位数字，收到{len(value)}位",
            f"a registration number has 15 digits; got {len(value)}",
            without_slips(value, _is_valid),
        )
    return Identifier(Scheme.REG15, value, _is_valid(value))
