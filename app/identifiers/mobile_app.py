"""Mobile applications: package names (Android, iOS bundle) and App Store ids."""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import is_placeholder, readable
from app.identifiers.scheme import Identifier, Scheme

_PACKAGE: Final = re.compile(r"(?=.{3,255}$)[a-z][a-z0-9_-]*(?:\.[a-z0-9_][a-z0-9_-]*)+")
_REVERSED: Final = re.compile(
    r"(?:com|cn|org|net|io|me|app|tv|cc|co|cd|edu|gov|xyz|top|vip|dev|ai|de|uk|jp|kr|tw|hk|air)\."
)
_STORE: Final = re.compile(r"(?:(?:https?://)?(?:apps|itunes)\.apple\.com/\S*?)?(?:id)?([0-9]{6,12})(?:[?#]\S*)?")


def parse_package(raw: str) -> Identifier:
    """Read a package name or bundle id.

    The normal form is in lower case: bundle ids ignore case, and no two packages are distinguished by it.
    """
    value = readable(raw).lower()
    if not _PACKAGE.fullmatch(value):
        raise IdentifierError(
            Scheme.APP_PKG,
            "应用包名应形如 com.example.app",
            "a package name reads like com.example.app",
        )
    return Identifier(Scheme.APP_PKG, value)


def is_reversed(identifier: Identifier) -> bool:
    """Whether a package begins with the end of a domain (com.example.app), as packages do."""
    return _REVERSED.match(identifier.value) is not None


def parse_store(raw: str) -> Identifier:
    """Read an App Store id: digits, with or without ``id`` before them, or the address of the app's page."""
    match = _STORE.fullmatch(readable(raw).lower())
    if not match or is_placeholder(match.group(1)):
        raise IdentifierError(
            Scheme.APP_STORE,
            "应用商店ID应为6至12位数字，例如 id1234567890",
            "an App Store id has 6 to 12 digits, like id1234567890",
        )
    return Identifier(Scheme.APP_STORE, match.group(1))
