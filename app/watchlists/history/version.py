"""What the rooms above know of a list version: which one it is, and the rows that it brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]
"""A canonical row, as docs/architecture.md describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """One activated version of a list, which never changes.

    ``version_id`` is unique over all lists.  ``known_from`` is the moment from which the program knows what
    the version says; ``jurisdiction`` is the six-digit code of the list's jurisdiction; ``categories`` are all
    categories that the version and those before it in its lineage have rows of.
    """

    code: str
    version: int
    version_id: int
    sha256: str
    known_from: datetime
    activated_at: datetime
    backfilled: bool
    jurisdiction: str
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class VersionRows:
    """The canonical rows of one version of a lineage, sorted by ``external_id``; ``file_kind`` is FULL or DELTA."""

    version: int
    known_from: datetime
    backfilled: bool
    file_kind: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """Everything that is recorded of a version, but its rows."""

    code: str
    version: int
    version_id: int
    state: str
    sha256: str
    file_kind: str
    base_version: int | None
    parent_version: int | None
    rollback_to: int | None
    list_name: str | None
    list_issuer: str
    uploader_org: str | None
    issuing_doc_no: str | None
    issued_on: date
    effective_on: date
    received_at: datetime
    jurisdiction: str
    row_count: int
    categories: frozenset[str]
    maker: str
    checker: str | None
    backfilled: bool
    uploaded_at: datetime
    activate_at: datetime | None
    activated_at: datetime | None
    known_from: datetime | None

    @property
    def ref(self) -> VersionRef:
        """The version as those who screen know it; only an activated version has one."""
        if self.known_from is None or self.activated_at is None:
            raise ValueError(f"version {self.version} of {self.code} was never activated")
        return VersionRef(
            code=self.code,
            version=self.version,
            version_id=self.version_id,
            sha256=self.sha256,
            known_from=self.known_from,
            activated_at=self.activated_at,
            backfilled=self.backfilled,
            jurisdiction=self.jurisdiction,
            categories=self.categories,
        )


@dataclass(frozen=True, slots=True)
class VersionEvent:
    """One thing that happened to a version; ``via`` is ``api``, ``cli`` or ``schedule``."""

    event: str
    actor: str
    via: str
    os_user: str | None
    at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One row of an entity, with the version that brought it."""

    version: VersionRecord
    row: Row
