"""From a scheme and a raw text to an identifier in its normal form."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from app.identifiers import account, domain, icp, lei, merchant, mobile_app, org, phone, reg15, uscc, wechat
from app.identifiers.error import IdentifierError
from app.identifiers.scheme import Identifier, Scheme

RAW_LENGTH_MAX: Final = 2083  # the longest address that browsers take; every other identifier is shorter
_MAY_UNFOLD_BEYOND: Final = RAW_LENGTH_MAX // 18
"""One character, ﷺ, is written out as 18, and no other as more."""

_PARSERS: Final[Mapping[Scheme, Callable[[str], Identifier]]] = {
    Scheme.USCC: uscc.parse,
    Scheme.ORG: org.parse,
    Scheme.REG15: reg15.parse,
    Scheme.LEI: lei.parse,
    Scheme.ICP: icp.parse,
    Scheme.DOMAIN: domain.parse,
    Scheme.WECHAT_GH: wechat.parse,
    Scheme.APP_PKG: mobile_app.parse_package,
    Scheme.APP_STORE: mobile_app.parse_store,
    Scheme.PHONE: phone.parse,
    Scheme.ACCOUNT: account.parse,
    Scheme.MERCHANT: merchant.parse_merchant,
    Scheme.TERMINAL: merchant.parse_terminal,
}


def parse(scheme: Scheme, raw: str) -> Identifier:
    """Read an identifier; parsing a normal form again gives it back.

    Raises :class:`IdentifierError` where the format is wrong.  A wrong check digit is no error:
    ``checksum_ok`` is then false, and the value joins as it is written.
    """
    length = len(raw)
    if _MAY_UNFOLD_BEYOND < length <= RAW_LENGTH_MAX and not raw.isascii():
        length = len(unicodedata.normalize("NFKC", raw))
    if length > RAW_LENGTH_MAX:
        raise IdentifierError(
            scheme,
            f"标识过长：{length}个字符，上限{RAW_LENGTH_MAX}",
            f"too long: {length} characters, at most {RAW_LENGTH_MAX}",
        )
    return _PARSERS[scheme](raw)
