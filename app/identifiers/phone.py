"""Telephone numbers of China and abroad, as digits: no country code 86, no extension."""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import is_placeholder, readable
from app.identifiers.scheme import Identifier, Scheme

_EXTENSION: Final = re.compile(
    r"(?:转|轉|分机|分機|EXT\.?|#).*$|(?<=-[0-9]{7})-[0-9]{1,6}$|(?<=-[0-9]{8})-[0-9]{1,6}$"
    r"|(?<=[0-9]{10})-[0-9]{1,6}$|(?<=-[0-9]{4}-[0-9]{4})-[0-9]{1,6}$|(?<=-[0-9]{3}-[0-9]{4})-[0-9]{1,6}$"
)
_CHINA: Final = re.compile(r"^(?:\+|00)86(?=[0-9])")
_COUNTRY: Final = re.compile(r"^(\+|00)86-")
_WITHOUT_AREA_CODE: Final = re.compile(r"1[3-9][0-9]{9}|0.*|[48]00.*|9[56].*")
_GROUPING: Final = re.compile(r"[-()./]")
_FORMAT: Final = re.compile(r"\+?[0-9]{5,15}")


def _domestic(text: str) -> str:
    """Drop country code 86 and give the area code back the 0 that it loses behind it."""
    number = _CHINA.sub("", text)
    if number == text or _WITHOUT_AREA_CODE.fullmatch(number):
        return number
    return "0" + number


def parse(raw: str) -> Identifier:
    """Read a number: area code and number, mobile, 400/800, short service number, or ``+`` and abroad."""
    value = _domestic(_GROUPING.sub("", _EXTENSION.sub("", _COUNTRY.sub(r"\g<1>86", readable(raw).upper()))))
    if value.startswith("00"):
        value = "+" + value[2:]
    if not _FORMAT.fullmatch(value) or is_placeholder(value.lstrip("+")):
        raise IdentifierError(
            Scheme.PHONE,
            "电话号码应为5至15位数字，可带区号或国家代码",
            "a telephone number has 5 to 15 digits, with or without area or country code",
        )
    return Identifier(Scheme.PHONE, value)
