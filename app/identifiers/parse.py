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
    length = unfolded_length(raw)
    if length > RAW_LENGTH_MAX:
        raise IdentifierError(
            scheme,
            f"标识过长：{length}个字符，上限{RAW_LENGTH_MAX}",
            f"too long: {length} characters, at most {RAW_LENGTH_MAX}",
        )
    return _PARSERS[scheme](raw)


def unfolded_length(raw: str) -> int:
    """Return how many characters a text has where each is written out, as far as that can pass RAW_LENGTH_MAX."""
    if _MAY_UNFOLD_BEYOND < len(raw) <= RAW_LENGTH_MAX and not raw.isascii():
        return len(unicodedata.normalize("NFKC", raw))
    return len(raw)
