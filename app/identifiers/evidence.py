"""What an equal or a different identifier says about two parties being one."""

from typing import Final

from app.identifiers import account, domain, icp, mobile_app, uscc
from app.identifiers.scheme import Identifier, Scheme

CONFIRMING: Final = frozenset(
    {
        Scheme.USCC,
        Scheme.ORG,
        Scheme.REG15,
        Scheme.LEI,
        Scheme.ACCOUNT,
        Scheme.DOMAIN,
        Scheme.WECHAT_GH,
        Scheme.APP_PKG,
    }
)
"""Schemes whose equality alone makes a match CONFIRMED (docs/law.md 6)."""

SUPPORTING: Final = frozenset(Scheme) - CONFIRMING
"""Schemes whose equality is a reason to look (REVIEW) and never confirms.

A telephone is shared by agents and clusters of skins (SHARES_PHONE), a merchant or terminal number is
unique with its acquirer only and is lent and sold, an ICP subject may host the sites of others, and an
App Store id outlives the transfer of an app to another owner.
"""

ONE_PER_ORGANISATION: Final = frozenset({Scheme.USCC, Scheme.ORG, Scheme.REG15, Scheme.LEI})
"""Schemes of which an organisation has one, so that two valid different values speak against identity."""


Key = tuple[str, str]
"""A scheme and a value; or :data:`_SITE`, or :data:`_BELOW`, and a host; or :data:`ANY_SCHEME` and a value."""

_SITE: Final = "DOMAIN/SITE"
_BELOW: Final = "DOMAIN/BELOW"
ANY_SCHEME: Final = "ANY"
"""Stands for the scheme in the key of a value that was written under the scheme of another kind of code."""

_TELLING_CHARS_MIN: Final = 9
"""Shorter numbers (local telephone numbers, terminals) are equal by chance where their schemes differ."""


def comparable(identifier: Identifier) -> tuple[Identifier, ...]:
    """Return all that an identifier can be joined by: itself first, then what it contains.

    A USCC contains its organisation code (if that one's check digit is right), an ICP number its
    subject.  A masked account joins nothing.
    """
    if identifier.scheme is Scheme.ACCOUNT and account.is_masked(identifier):
        return ()
    if identifier.scheme is Scheme.USCC:
        part = uscc.organisation_part(identifier)
        return (identifier, part) if part else (identifier,)
    if identifier.scheme is Scheme.ICP:
        subject = icp.subject_of(identifier)
        return (identifier,) if subject == identifier else (identifier, subject)
    return (identifier,)


def equal_keys(identifier: Identifier) -> tuple[Key, ...]:
    """Return the keys under which an identifier equals another: itself, and what it contains (GB 11714 in a USCC)."""
    return tuple((part.scheme.value, part.value) for part in comparable(identifier))


def listed_keys(identifier: Identifier) -> tuple[Key, ...]:
    """Return all keys under which a listed identifier is met; a domain is met by its site and from below too."""
    keys = (*equal_keys(identifier), *_of_any_scheme(identifier))
    if (host := _host(identifier)) is None:
        return keys
    return (*keys, (_BELOW, host.value), (_SITE, domain.site(host)))


def asked_keys(identifier: Identifier) -> tuple[Key, ...]:
    """Return all keys by which an identifier that is asked for meets a listed one.

    The first ones, those of :func:`equal_keys`, mean that the two are equal; the others that the value is that of a
    listed code of another kind (a package for a domain, an account for a telephone), as where it stands in the wrong
    column, or, of domains, that it is the same site for another device (m., wap.), or a host below the listed one.
    """
    keys = (*equal_keys(identifier), *_of_any_scheme(identifier))
    if (host := _host(identifier)) is None:
        return keys
    below = tuple((_BELOW, above) for above in domain.above(host))
    return (*keys, *below, (_SITE, domain.site(host)))


def _of_any_scheme(identifier: Identifier) -> tuple[Key, ...]:
    value = identifier.value
    return () if len(value) < _TELLING_CHARS_MIN or "*" in value else ((ANY_SCHEME, value.casefold()),)


def _host(identifier: Identifier) -> Identifier | None:
    """Return a domain, or the domain that a package is which is not written from its end as packages are."""
    if identifier.scheme is Scheme.DOMAIN:
        return identifier
    is_host = identifier.scheme is Scheme.APP_PKG and not mobile_app.is_reversed(identifier)
    return Identifier(Scheme.DOMAIN, domain.without_www(identifier.value)) if is_host else None


def conflicts(one: Identifier, other: Identifier) -> bool:
    """Whether the two cannot belong to one organisation.

    They conflict where they are of a scheme of which an organisation has one and differ, whether their check
    digits are right or not: a code is matched as it is written (docs/law.md 7).  A USCC is compared by its
    organisation code where it has a valid one, as its first eight characters change with the kind and the
    place of registration.
    """
    ours, theirs = (
        {part.scheme: part.value for part in comparable(identifier) if part.scheme in ONE_PER_ORGANISATION}
        for identifier in (one, other)
    )
    shared = Scheme.ORG if Scheme.ORG in ours and Scheme.ORG in theirs else one.scheme
    return shared in ours and shared in theirs and ours[shared] != theirs[shared]
