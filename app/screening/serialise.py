"""A decision as the very text that is answered, with the hash of its record, and what is stored of it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self

from app.names.fold import fold
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext

_NAME_KEY_CHARS = 400
# Records are trees that the program made itself, so nobody needs to look for circles in them.
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, sort_keys=True)
_TIMES: Final = {"service_local_date": date, "known_at": datetime, "screened_at": datetime}


@dataclass(frozen=True, slots=True)
class SerialisedDecision:
    """An answer with the hash of its record, as a text that never changes again."""

    asked: ScreeningInput
    request: dict[str, Any]
    basis: DecisionBasis
    circumstances: DecisionContext
    answer: dict[str, Any]
    text: str


def serialise(
    asked: ScreeningInput, basis: DecisionBasis, circumstances: DecisionContext, answer: dict[str, Any]
) -> SerialisedDecision:
    """Put the hash of the record into the answer and make it a text."""
    request = asked.to_json()
    sealed = {**answer, "record_sha256": record_sha256(request, answer)}
    return SerialisedDecision(asked, request, basis, circumstances, sealed, _WRITER.encode(sealed))


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
    return _CANONICAL.encode(record).encode()


@dataclass(frozen=True, slots=True)
class ScreeningColumns:
    """What the tables hold of a decision, but for who made it; ``columns`` are those of its row.

    ``entities`` are the ids of those that matched, ``identifiers`` pairs of scheme and value.
    """

    columns: dict[str, Any]
    entities: list[str]
    identifiers: list[tuple[str, str]]

    @classmethod
    def of(cls, sealed: SerialisedDecision) -> Self:
        """Take from a sealed decision what is stored."""
        asked, answer = sealed.asked, sealed.answer
        columns = {
            "id": answer["id"],
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
            "request": sealed.request,
            "circumstances": {
                "stale": sealed.circumstances.stale,
                "any_active": sealed.circumstances.any_active,
                "matches_max": sealed.circumstances.matches_max,
            },
            "answer": sealed.text,
            "record_sha256": answer["record_sha256"],
        }
        return cls(
            columns,
            sorted({match["entity_id"] for match in answer["matches"]}),
            [(one.scheme.value, one.value) for one in asked.counterparty.identifiers],
        )

    def to_json(self) -> dict[str, Any]:
        """Return it without the text of the answer, which is JSON itself; :meth:`from_json` reads it back."""
        columns = {name: value for name, value in self.columns.items() if name != "answer"}
        times = {name: columns[name].isoformat() for name in _TIMES}
        return {"columns": columns | times, "entities": self.entities, "identifiers": self.identifiers}

    @classmethod
    def from_json(cls, value: dict[str, Any], answer: str) -> Self:
        """Read back what :meth:`to_json` wrote, with the text of the answer."""
        columns = value["columns"]
        times = {name: read.fromisoformat(columns[name]) for name, read in _TIMES.items()}
        return cls({**columns, **times, "answer": answer}, value["entities"], [(a, b) for a, b in value["identifiers"]])


def name_key(name: str) -> str:
    """Return the form of a name under which its screenings are found: folded, cut to the column's length."""
    return fold(name)[:_NAME_KEY_CHARS]
