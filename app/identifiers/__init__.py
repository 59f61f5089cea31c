"""Identifiers of organisations and channels: parse, check digit, normal form.  One file per scheme."""

from app.identifiers.error import IdentifierError
from app.identifiers.evidence import (
    CONFIRMING,
    ONE_PER_ORGANISATION,
    SUPPORTING,
    asked_keys,
    comparable,
    conflicts,
    equal_keys,
    listed_keys,
)
from app.identifiers.parse import parse
from app.identifiers.scheme import Identifier, Scheme
from app.identifiers.uscc import ChecksumWarning
from app.identifiers.uscc import warning as uscc_warning

__all__ = [
    "CONFIRMING",
    "ONE_PER_ORGANISATION",
    "SUPPORTING",
    "ChecksumWarning",
    "Identifier",
    "IdentifierError",
    "Scheme",
    "asked_keys",
    "comparable",
    "conflicts",
    "equal_keys",
    "listed_keys",
    "parse",
    "uscc_warning",
]
