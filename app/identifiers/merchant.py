"""Merchant numbers (商户号, 15 characters) and terminal numbers (终端号, 8) of card acquiring.

Each is unique with its acquirer only, and interfaces are lent and sold; so they support and never
confirm.
"""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import compact, is_placeholder
from app.identifiers.scheme import Identifier, Scheme

_MERCHANT: Final = re.compile(r"[0-9A-Z]{15}")
_TERMINAL: Final = re.compile(r"[0-9A-Z]{8}")
_MASKED: Final = re.compile("X{3}")
"""Characters that are hidden, as they do not stand in a number."""


def parse_merchant(raw: str) -> Identifier:
    """Read a merchant number."""
    value = compact(raw)
    if not _MERCHANT.fullmatch(value) or _MASKED.search(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.MERCHANT,
            f"商户号应为15位数字或字母，收到{len(value)}位",
            f"a merchant number has 15 digits or letters; got {len(value)}",
        )
    return Identifier(Scheme.MERCHANT, value)


def parse_terminal(raw: str) -> Identifier:
    """Read a terminal number."""
    value = compact(raw)
    if not _TERMINAL.fullmatch(value) or _MASKED.search(value) or is_placeholder(value):
        raise IdentifierError(
            Scheme.TERMINAL,
            f"终端号应为8位数字或字母，收到{len(value)}位",
            f"a terminal number has 8 digits or letters; got {len(value)}",
        )
    return Identifier(Scheme.TERMINAL, value)
