"""Decisions of one turn about parties of whom nothing was found: of their answers only id, reference and hash differ.

Most parties are such, so what they share is decided and written once for the turn, and the rest is put into it.  The
texts are byte for byte those of :func:`.screen.answer` and :func:`.serialise.serialise`.
"""

import hashlib
import uuid
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.json_string import JsonString
from app.policy.model import Decision
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext, PartyHits, answer, quiet_decision
from app.screening.serialise import SerialisedDecision, canonical_json

_NO_HITS = PartyHits({}, {})


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the answers of a decision share: the answer, and its canonical JSON and its text in pieces.

    Between the pieces are id and reference; behind the last one of ``text`` is the hash.
    """

    decision: Decision
    answer: dict[str, Any]
    canonical: tuple[bytes, ...]
    text: tuple[bytes, ...]


class QuietTurn:
    """Decides for one turn, on one basis and in one context."""

    def __init__(self, basis: DecisionBasis, context: DecisionContext) -> None:
        self._basis, self._context = basis, context
        self._shared: dict[int, _Shared] = {}

    def decided(self, asked: ScreeningInput, screening_id: str) -> SerialisedDecision | None:
        """Return the sealed answer about a party without hits; None where it is another than the others."""
        if asked.counterparty.identifiers or asked.known_at is not None:
            return None
        decision = quiet_decision(asked, self._basis, self._context)
        if decision is None:
            return None
        shared = self._shared.get(id(decision))
        if shared is None:
            # It holds on to the decision, so that no other one gets its address.
            shared = self._shared[id(decision)] = self._written(asked, decision)
        name, reference = b'"%b"' % screening_id.encode(), orjson.dumps(asked.reference)
        first, second, third = shared.canonical
        request = canonical_json(asked.to_json())
        digest = hashlib.sha256(
            b'{"answer":%b%b%b%b%b,"request":%b}' % (first, name, second, reference, third, request)
        ).hexdigest()
        first, second, third, last = shared.text
        text = b"".join((first, name, second, reference, third, digest.encode(), last)).decode()
        answered = {**shared.answer, "id": screening_id, "reference": asked.reference, "record_sha256": digest}
        return SerialisedDecision(asked, JsonString(request.decode()), self._basis, self._context, answered, text)

    def _written(self, asked: ScreeningInput, decision: Decision) -> _Shared:
        """Write what is shared, by an answer that has marks where the others differ."""
        id_mark, reference_mark, hash_mark = (str(uuid.uuid4()) for _ in range(3))
        marked = answer(replace(asked, reference=reference_mark), self._basis, self._context, id_mark, _NO_HITS)
        marks = [f'"{id_mark}"'.encode(), f'"{reference_mark}"'.encode()]
        canonical = _split(canonical_json(marked), marks)
        text = _split(orjson.dumps({**marked, "record_sha256": hash_mark}), [*marks, hash_mark.encode()])
        return _Shared(decision, {**marked, "record_sha256": ""}, canonical, text)


def _split(text: bytes, marks: list[bytes]) -> tuple[bytes, ...]:
    pieces = []
    for mark in marks:
        piece, _, text = text.partition(mark)
        pieces.append(piece)
    return (*pieces, text)
