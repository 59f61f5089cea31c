"""Roles, scopes, and who acts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a key may do (docs/api.md, roles); a key has exactly one role."""

    SCREENER = "screener"
    ANALYST = "analyst"
    LIST_MAKER = "list_maker"
    LIST_CHECKER = "list_checker"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts.

    ``subject`` is the person: two keys of one subject are one pair of eyes.  ``client`` is the system
    whose screenings the key sees.  ``scopes`` narrow the role; None leaves it as it is.
    ``authenticated_at`` is when somebody in a session last gave their credentials to an identity provider; None with
    a key.
    """

    key_id: str
    name: str
    subject: str
    client: str
    role: Role
    scopes: frozenset[str] | None = None
    authenticated_at: datetime | None = None

    @property
    def sees_all_clients(self) -> bool:
        """Whether this key reads the records of every client."""
        return self.role is Role.AUDITOR

    def may(self, resource: str, *, writes: bool) -> bool:
        """Whether the scopes let it read a resource (the first part of a path under ``/v1``), or write it."""
        if self.scopes is None:
            return True
        return f"{resource}:write" in self.scopes or (not writes and f"{resource}:read" in self.scopes)
