"""What an equal or a different identifier says about two parties being one."""

from typing import Final

from app.identifiers import account, icp, uscc
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
