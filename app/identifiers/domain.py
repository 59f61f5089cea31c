"""Domain names: from a URL or a bare host, in lower case, IDNA-encoded, without a leading ``www.``.

Whoever holds a domain decides on all names below it, and whoever rents one below it decides on no other; so a host
below a listed one is of the listed party, and one above or beside it is not (ADR 0190).
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from app.identifiers.error import IdentifierError
from app.identifiers.normal import readable
from app.identifiers.scheme import Identifier, Scheme

_LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_FORMAT: Final = re.compile(rf"(?=.{{4,253}}$)(?:(?!-)[a-z0-9_-]{{1,63}}(?<!-)\.)*{_LABEL}\.(?![0-9]+$){_LABEL}")
"""Hosts below a name that was registered may have an underscore."""

_BETWEEN: Final = re.compile("[、，；,;：（）()【】《》“”|｜]")
"""What is between two hosts, or around one, and which the codec would take for a part of a name."""

_BEFORE_HOST: Final = re.compile(r"^[*.@]+(?=[^*.@])")
"""A sign for all names below one (*.example.com), or what is left of a longer name."""

_WWW: Final = re.compile(r"^www\.(?=.+\.)")
_FACE: Final = re.compile(r"^(?:www[0-9]{0,2}|web|m|wap|h5|3g|4g|mobile|touch|pc)\.(?=.+\.)")
"""A first label that says for which device a site is: with it and without it is one site."""

_REGISTRY: Final = re.compile(
    "com|net|org|gov|edu|mil|ac|co|or|ne|go|idv|ltd|plc|me|nom|sch|gob|xn--(?:55qx5d|io0a7i|od0alg)"
    "|ah|bj|cq|fj|g[dsxz]|h[abeikln]|j[lsx]|ln|mo|nm|nx|qh|s[cdhnx]|t[jw]|x[jz]|yn|zj"
)
"""Second labels below which the registries of countries register (com.cn, fj.cn, co.uk, 公司.cn)."""

_COUNTRY_CHARS: Final = 2


def _host(text: str) -> str:
    try:
        return urlsplit(text if "://" in text else f"//{text.lstrip('/')}").hostname or ""
    except ValueError:
        return ""


def _ascii(host: str) -> str:
    if "." not in host:
        # No domain; and the codec takes long where each word of a long text is tried.
        return ""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def parse(raw: str) -> Identifier:
    """Read a domain name; an address of numbers is none."""
    if _FORMAT.fullmatch(raw) and not raw.startswith("www."):
        return Identifier(Scheme.DOMAIN, raw)
    text = readable(unquote(raw) if "%" in raw else raw).replace("。", ".")
    host = _host(_BEFORE_HOST.sub("", text)).rstrip(".")
    value = "" if _BETWEEN.search(host) else _WWW.sub("", _ascii(host))
    if not _FORMAT.fullmatch(value):
        raise IdentifierError(
            Scheme.DOMAIN,
            "域名应形如 example.com 或网址 https://example.com/…，不接受IP地址",
            "a domain reads like example.com or https://example.com/…; an IP address is none",
        )
    return Identifier(Scheme.DOMAIN, value)


def without_www(host: str) -> str:
    """Return a host without a leading ``www.``."""
    return _WWW.sub("", host)


def above(identifier: Identifier) -> tuple[str, ...]:
    """Return the hosts above a host, the nearest first, down to the name that was registered."""
    labels = identifier.value.split(".")
    is_of_registry = len(labels[-1]) == _COUNTRY_CHARS and _REGISTRY.fullmatch(labels[-2]) is not None
    return tuple(".".join(labels[first:]) for first in range(1, len(labels) - (2 if is_of_registry else 1)))


def site(identifier: Identifier) -> str:
    """Return a host without a first label that says for which device the site is (m., wap., h5.)."""
    value = _FACE.sub("", identifier.value)
    return value if value in above(identifier) else identifier.value
