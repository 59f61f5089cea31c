"""Identifiers of organisations and channels: parse, check digit, normal form.  One file per scheme."""

from app.identifiers.scheme import Identifier, Scheme

__all__ = ["Identifier", "Scheme"]
