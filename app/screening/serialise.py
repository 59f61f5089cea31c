"""A decision as the very text that is answered, with the hash of its record, and what is stored of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, Self

import orjson

from app.json_string import JsonString
from app.names.fold import fold
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext

_NAME_KEY_CHARS = 400
_CIRCUMSTANCES_MAX: Final = 256
_JSON: Final = ("request", "circumstances")
_TIMES: Final = {"service_local_date": date, "known_at": datetime, "screened_at": datetime}


@dataclass(frozen=True, slots=True)
class SerialisedDecision:
    """An answer with the hash of its record, as a text that never changes again; ``request`` is canonical JSON."""

    asked: ScreeningInput
    request: JsonString
    basis: DecisionBasis
    circumstances: DecisionContext
    answer: dict[str, Any]
    text: str


def serialise(
    asked: ScreeningInput, basis: DecisionBasis, circumstances: DecisionContext, answer: dict[str, Any]
) -> SerialisedDecision:
    """Put the hash of the record into the answer and make it a text."""
    request = canonical_json(asked.to_json())
    sealed = {**answer, "record_sha256": _sha256(request, answer)}
    return SerialisedDecision(
        asked, JsonString(request.decode()), basis, circumstances, sealed, orjson.dumps(sealed).decode()
    )


def record_sha256(request: dict[str, Any], answer: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of request and answer in canonical JSON (RFC 8785).

    ``answer`` is without ``record_sha256``; whoever has both can compute it again.
    """
    return _sha256(canonical_json(request), answer)


def _sha256(request: bytes, answer: dict[str, Any]) -> str:
    return hashlib.sha256(b'{"answer":%b,"request":%b}' % (canonical_json(answer), request)).hexdigest()


def canonical_json(value: dict[str, Any]) -> bytes:
    """Return the canonical JSON (RFC 8785) of a record, or of a part of one.

    Records hold no fractions, their whole numbers are small, and their keys are ASCII: for such values orjson writes
    what RFC 8785 asks for, in a hundredth of the time that its own package takes.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


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
        asked, answer, context = sealed.asked, sealed.answer, sealed.circumstances
        columns = {
            "id": answer["id"],
            "reference": asked.reference,
            "name_key": name_key(asked.counterparty.name),
            "outcome": answer["outcome"],
            "hindsight_outcome": answer["hindsight_outcome"],
            "service": asked.service.value,
            "service_local_date": asked.service_date,
            # RFC 3339 has offsets to the last minute of a day; PostgreSQL reads none beyond sixteen hours.
            "known_at": context.screened_at if asked.known_at is None else asked.known_at.astimezone(UTC),
            "screened_at": context.screened_at,
            "rule_version": answer["rule_version"],
            "engine_version": answer["engine_version"],
            "request": sealed.request,
            "received": asked.received,
            "circumstances": _circumstances(
                stale=context.stale,
                any_active=context.any_active,
                matches_max=context.matches_max,
                suppressed=context.suppressed,
            ),
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
        written = {name: JsonString(columns[name]) for name in _JSON if isinstance(columns[name], str)}
        return cls(
            {**columns, **times, **written, "answer": answer},
            value["entities"],
            [(a, b) for a, b in value["identifiers"]],
        )


@lru_cache(_CIRCUMSTANCES_MAX)
def _circumstances(
    *, stale: bool, any_active: bool, matches_max: int, suppressed: tuple[tuple[str, str], ...]
) -> JsonString:
    values: dict[str, Any] = {"stale": stale, "any_active": any_active, "matches_max": matches_max}
    if suppressed:
        values["suppressed"] = [list(one) for one in suppressed]
    return JsonString(canonical_json(values).decode())


def name_key(name: str) -> str:
    """Return the form of a name under which its screenings are found: folded, cut to the column's length."""
    return fold(name)[:_NAME_KEY_CHARS]
