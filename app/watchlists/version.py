"""What the rooms above know of a list version: which one it is, and the rows that it brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
"""A canonical row, as docs/architecture.md describes it."""


@dataclass(frozen=True, slots=True)
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
