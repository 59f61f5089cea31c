"""The rule versions that decisions were made by, as they were when they were first used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.db import ReadSession
from app.errors import NotFound
from app.screening.models import RuleVersion


@dataclass(frozen=True, slots=True)
class RuleVersionStore:
    """One rule version; ``content`` is what ``app.policy.rule_version.describe`` said of it."""

    version: str
    first_used_at: datetime
    content: Mapping[str, Any]


def rulebooks(session: ReadSession) -> list[RuleVersionStore]:
    """Return every rule version, in the order in which they were first used."""
    statement = select(RuleVersion).order_by(RuleVersion.first_used_at, RuleVersion.version)
    return [RuleVersionStore(one.version, one.first_used_at, one.content) for one in session.scalars(statement)]


def rulebook(session: ReadSession, version: str) -> RuleVersionStore:
    """Return one rule version.  Raises :class:`NotFound`."""
    found = session.get(RuleVersion, version)
    if found is None:
        raise NotFound("rule-version-unknown", f"没有此规则版本 / there is no rule version {version}")
    return RuleVersionStore(found.version, found.first_used_at, found.content)
