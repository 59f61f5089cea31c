"""A decision is recorded before it is answered, as the very text that is answered."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

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
    return hashlib.sha256(_canonical({"answer": answer, "request": request})).hexdigest()


def _canonical(record: dict[str, Any]) -> bytes:
    """Return the canonical JSON of a record.

    Records hold no fractions, and their keys are ASCII: for such values the standard library writes what
    RFC 8785 asks for, in a tenth of the time that its own package takes.
    """
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def columns_of(sealed: Sealed, author: Author) -> dict[str, Any]:
    """Return the columns of a decision's row, by name."""
    asked, answer = sealed.asked, sealed.answer
    return {
        "id": answer["id"],
        "client": author.client,
        "key_id": author.key_id,
        "subject": author.subject,
        "via": author.via,
        "reference": asked.reference,
        "name_key": name_key(asked.counterparty.name),
        "outcome": answer["outcome"],
        "hindsight_outcome": answer["hindsight_outcome"],
        "service": asked.service.value,
        "service_local_date": asked.service_date,
        "known_at": datetime.fromisoformat(answer["known_at"]),
        "screened_at": sealed.circumstances.screened_at,
        "rule_version": answer["rule_version"],
        "engine_version": answer["engine_version"],
        "request": asked.to_json(),
        "circumstances": {
            "stale": sealed.circumstances.stale,
            "any_active": sealed.circumstances.any_active,
            "matches_max": sealed.circumstances.matches_max,
        },
        "answer": sealed.text,
        "record_sha256": answer["record_sha256"],
    }


def record(session: WriteSession, decisions: Sequence[Sealed], author: Author) -> None:
    """Store decisions; they are durable when the session's transaction has committed."""
    rows = [columns_of(sealed, author) for sealed in decisions]
    entities = [
        {"screening_id": sealed.answer["id"], "entity_id": entity_id}
        for sealed in decisions
        for entity_id in sorted({match["entity_id"] for match in sealed.answer["matches"]})
    ]
    identifiers = [
        {"screening_id": sealed.answer["id"], "scheme": one.scheme.value, "value": one.value}
        for sealed in decisions
        for one in sealed.asked.counterparty.identifiers
    ]
    for model, values in ((Screening, rows), (ScreeningEntity, entities), (ScreeningIdentifier, identifiers)):
        if values:
            session.execute(insert(model), values)


def name_key(name: str) -> str:
    """Return the form of a name under which its screenings are found: folded, cut to the column's length."""
    return fold(name)[:_NAME_KEY_CHARS]
