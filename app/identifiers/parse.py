"""From a scheme and a raw text to an identifier in its normal form."""

from collections.abc import Callable, Mapping
from typing import Final

from app.identifiers import account, domain, icp, lei, merchant, mobile_app, org, phone, reg15, uscc, wechat
from app.identifiers.error import IdentifierError
from app.identifiers.scheme import Identifier, Scheme

RAW_LENGTH_MAX: Final = 2083  # the longest address that browsers take; every other identifier is shorter

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
    if len(raw) > RAW_LENGTH_MAX:
        raise IdentifierError(
            scheme,
            f"标识过长：{len(raw)}个字符，上限{RAW_LENGTH_MAX}",
            f"too long: {len(raw)} characters, at most {RAW_LENGTH_MAX}",
        )
    return _PARSERS[scheme](raw)
