"""Domain names: from a URL or a bare host, in lower case, IDNA-encoded, without a leading ``www.``."""

import re
from typing import Final
from urllib.parse import urlsplit

from app.identifiers.error import IdentifierError
from app.identifiers.normal import readable
from app.identifiers.scheme import Identifier, Scheme

_LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_FORMAT: Final = re.compile(rf"(?=.{{4,253}}$)(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_BETWEEN: Final = re.compile("[、，；,;：（）()【】《》“”|｜]")
"""What is between two hosts, or around one, and which the codec would take for a part of a name."""

_WWW: Final = re.compile(r"^www\.(?=.+\.)")


def _host(text: str) -> str:
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname or ""
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
    host = _host(readable(raw).replace("。", ".")).rstrip(".")
    value = "" if _BETWEEN.search(host) else _WWW.sub("", _ascii(host))
    if not _FORMAT.fullmatch(value):
        raise IdentifierError(
            Scheme.DOMAIN,
            "域名应形如 example.com 或网址 https://example.com/…，不接受IP地址",
            "a domain reads like example.com or https://example.com/…; an IP address is none",
        )
    return Identifier(Scheme.DOMAIN, value)
