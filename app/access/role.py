"""Roles, and who acts."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a key may do (the rights of the interface description); a key has exactly one role."""

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
    whose screenings the key sees.
    """

    key_id: str
    name: str
    subject: str
    client: str
    role: Role

    @property
    def sees_all_clients(self) -> bool:
        """Whether this key reads the records of every client."""
        return self.role is Role.AUDITOR
