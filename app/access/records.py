"""What the audit log records of keys and clients, and whether they are still as recorded."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import exists, select

from app import clock
from app.access.models import ApiKey
from app.access.role import Principal
from app.audit import AuditEntry, append
from app.audit.store import recorded_ids
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession, WriteSession, compact_json

CREATED: Final = "key.created"
REVOKED: Final = "key.revoked"


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: the person, the key if any, and the way in."""

    subject: str
    key_id: str | None
    via: str

    @classmethod
    def caller(cls, caller: Principal) -> "By":
        """Return who calls the API."""
        return cls(caller.subject, caller.key_id, "api")


OPERATOR: Final = By("operator", None, "cli")
"""Whoever works on the database directly."""


def tell_created(session: WriteSession, row: ApiKey, by: By, predecessor_id: str | None) -> None:
    """Record that a key was made; the record has the id of the key."""
    content = {"sha256": _sha256(row), "role": row.role, "person": row.subject, "predecessor_id": predecessor_id}
    _append(session, CREATED, by, row.client, content, record_id=row.id)


def tell(session: WriteSession, kind: str, by: By, client: str, content: Mapping[str, Any]) -> None:
    """Record anything else that was done to a key or a client."""
    _append(session, kind, by, client, content, record_id=str(uuid.uuid4()))


def tell_refused(session: WriteSession, caller: Principal, code: str, route: str) -> None:
    """Record that somebody tried what they may not."""
    _append(
        session, "access.refused", By.caller(caller), caller.client, {"code": code, "route": route}, str(uuid.uuid4())
    )


def tell_sign_in_refused(session: WriteSession, *, client: str, code: str, subject: str | None, via: str) -> None:
    """Record that the word of the identity provider opened nothing; ``subject`` None where it was not even believed."""
    by = By(subject or "unknown", None, via)
    _append(session, "sign-in.refused", by, client, {"code": code}, str(uuid.uuid4()))


def _append(session: WriteSession, kind: str, by: By, client: str, content: Mapping[str, Any], record_id: str) -> None:
    entry = AuditEntry(
        id=record_id,
        kind=kind,
        at=clock.now(),
        client=client,
        subject=by.subject,
        key_id=by.key_id,
        via=by.via,
        content=content,
    )
    append(session, [entry])


class Keys:
    """Every key is as it was made, none was put in beside the program, and none that was revoked holds again."""

    kinds = frozenset({CREATED, REVOKED})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare keys with what their records say."""
        for one in records:
            is_revocation = "revoked_id" in one.content
            key_id = str(one.content["revoked_id"]) if is_revocation else one.id
            row = session.get(ApiKey, key_id)
            if row is None:
                yield Damage(how=How.MISSING, index=one.index, id=key_id, detail="the key is not there")
            elif is_revocation and row.revoked_at is None:
                yield Damage(how=How.CHANGED, index=one.index, id=key_id, detail="the key was revoked and holds again")
            elif not is_revocation and _sha256(row) != one.content.get("sha256"):
                yield Damage(how=How.CHANGED, index=one.index, id=key_id, detail="the key is another one")

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return keys that no record tells of."""
        for key_id in session.scalars(select(ApiKey.id).where(~exists(recorded_ids(ApiKey.id)))):
            yield Damage(how=How.INSERTED, index=None, id=key_id, detail="no record tells of this key")


def _sha256(row: ApiKey) -> str:
    """Return the hash over what never changes of a key."""
    said = [row.id, row.key_sha256, row.name, row.subject, row.client, row.role, row.scopes]
    if row.issuer is not None:
        said.append(row.issuer)
    return hashlib.sha256(compact_json(said).encode()).hexdigest()
