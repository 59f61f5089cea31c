"""A decision is recorded before it is answered, as the very text that is answered."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from app.db import WriteSession
from app.names.fold import fold
from app.screening.asked import Asked
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.screen import Basis, Circumstances

_NAME_KEY_CHARS = 400


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf a decision is made: the client system, the person, the key if any, and the way in."""

    client: str
    subject: str
    key_id: str | None
    via: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """An answer with the hash of its record, as a text that never changes again."""

    asked: Asked
    basis: Basis
    circumstances: Circumstances
    answer: dict[str, Any]
    text: str


def seal(asked: Asked, basis: Basis, circumstances: Circumstances, answer: dict[str, Any]) -> Sealed:
    """Put the hash of the record into the answer and make it a text."""
    digest = record_sha256(asked.to_json(), answer)
    sealed = {**answer, "record_sha256": digest}
    return Sealed(asked, basis, circumstances, sealed, json.dumps(sealed, ensure_ascii=False, separators=(",", ":")))


def record_sha256(request: dict[str, Any], answer: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of request and answer in canonical JSON (RFC 8785).

    ``answer`` is without ``record_sha256``; whoever has both can compute it again.
    """
    return hashlib.sha256(rfc8785.dumps({"answer": answer, "request": request})).hexdigest()


def record(session: WriteSession, sealed: Sealed, author: Author) -> None:
    """Store a decision; it is durable when the session's transaction has committed."""
    asked, answer = sealed.asked, sealed.answer
    session.add(
        Screening(
            id=answer["id"],
            client=author.client,
            key_id=author.key_id,
            subject=author.subject,
            via=author.via,
            reference=asked.reference,
            name_key=name_key(asked.counterparty.name),
            outcome=answer["outcome"],
            hindsight_outcome=answer["hindsight_outcome"],
            service=asked.service.value,
            service_local_date=asked.service_date,
            known_at=datetime.fromisoformat(answer["known_at"]),
            screened_at=sealed.circumstances.screened_at,
            rule_version=answer["rule_version"],
            engine_version=answer["engine_version"],
            request=asked.to_json(),
            circumstances={
                "stale": sealed.circumstances.stale,
                "any_active": sealed.circumstances.any_active,
                "matches_max": sealed.circumstances.matches_max,
            },
            answer=sealed.text,
            record_sha256=answer["record_sha256"],
        )
    )
    session.flush()
    session.add_all(
        ScreeningEntity(screening_id=answer["id"], entity_id=entity_id)
        for entity_id in {match["entity_id"] for match in answer["matches"]}
    )
    session.add_all(
        ScreeningIdentifier(screening_id=answer["id"], scheme=one.scheme.value, value=one.value)
        for one in asked.counterparty.identifiers
    )
    session.flush()


def name_key(name: str) -> str:
    """Return the form of a name under which its screenings are found: folded, cut to the column's length."""
    return fold(name)[:_NAME_KEY_CHARS]
