"""The schemes and the value that all of them share."""

from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """Identifier schemes of the domain model."""

    USCC = "USCC"
    ORG = "ORG"
    REG15 = "REG15"
    LEI = "LEI"
    ICP = "ICP"
    DOMAIN = "DOMAIN"
    WECHAT_GH = "WECHAT_GH"
    APP_PKG = "APP_PKG"
    APP_STORE = "APP_STORE"
    PHONE = "PHONE"
    ACCOUNT = "ACCOUNT"
    MERCHANT = "MERCHANT"
    TERMINAL = "TERMINAL"

    # Sets and keys of schemes are asked for every identifier, and the way of enums is slow.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in its normal form; ``checksum_ok`` is None where the scheme has no check digit."""

    scheme: Scheme
    value: str
    checksum_ok: bool | None = None
