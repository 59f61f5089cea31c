"""Answers about parties of whom nothing was found: of those that share a decision only a few values differ.

Most parties are such, so what they share is decided and written once for a state of the lists, and id, reference, time
and hash are put into it.  The texts are byte for byte those of :func:`.screen.answer` and :func:`.serialise.serialise`.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from app.clock import utc_text
from app.json_string import JsonString
from app.policy.model import Decision
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext, PartyHits, answer, has_unreadable_text, quiet_decision
from app.screening.serialise import SerialisedDecision, canonical_json

_NO_HITS: Final = PartyHits({}, {})
_TIME_MARK: Final = datetime.fromisoformat("1583-07-09T03:47:11.918273+00:00")
"""Stands for the time of an answer until that is put in: nothing else in an answer is of that moment."""
_SHARED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the answers of a decision share: the answer, and its canonical JSON and its text in pieces.

    Between the pieces of ``canonical`` are id, time, reference and time again, between those of ``text`` id, reference,
    time, time again and the hash.
    """

    decision: Decision
    answer: dict[str, Any]
    canonical: tuple[bytes, ...]
    text: tuple[bytes, ...]


class QuietAnswers:
    """Writes the answers on one basis.  Used by one thread at a time."""

    def __init__(self, basis: DecisionBasis) -> None:
        self._basis = basis
        self._shared: dict[int, _Shared] = {}

    def decided(self, asked: ScreeningInput, context: DecisionContext, screening_id: str) -> SerialisedDecision | None:
        """Return the sealed answer about a party without hits; None where it is another than the others."""
        if asked.counterparty.identifiers or asked.known_at is not None:
            return None
        decision = quiet_decision(asked, self._basis, context)
        if decision is None or has_unreadable_text(asked):
            return None
        shared = self._shared.get(id(decision))
        if shared is None:
            if len(self._shared) >= _SHARED_MAX:
                self._shared.clear()
            # It holds on to the decision, so that no other one gets its address.
            shared = self._shared[id(decision)] = self._written(asked, decision, context)
        moment = utc_text(context.screened_at)
        name, time, reference = f'"{screening_id}"'.encode(), f'"{moment}"'.encode(), orjson.dumps(asked.reference)
        one, two, three, four, five = shared.canonical
        request = canonical_json(asked.to_json())
        whole = (b'{"answer":', one, name, two, time, three, reference, four, time, five, b',"request":', request, b"}")
        digest = hashlib.sha256(b"".join(whole)).hexdigest()
        one, two, three, four, five, six = shared.text
        text = b"".join((one, name, two, reference, three, time, four, time, five, digest.encode(), six)).decode()
        answered = {
            **shared.answer,
            "id": screening_id,
            "reference": asked.reference,
            "known_at": moment,
            "screened_at": moment,
            "record_sha256": digest,
        }
        return SerialisedDecision(asked, JsonString(request.decode()), self._basis, context, answered, text)

    def _written(self, asked: ScreeningInput, decision: Decision, context: DecisionContext) -> _Shared:
        """Write what is shared, by an answer that has marks where the others differ."""
        id_mark, reference_mark, hash_mark = (str(uuid.uuid4()) for _ in range(3))
        marked_context = replace(context, screened_at=_TIME_MARK)
        marked = answer(replace(asked, reference=reference_mark), self._basis, marked_context, id_mark, _NO_HITS)
        name, reference, time = (f'"{mark}"'.encode() for mark in (id_mark, reference_mark, utc_text(_TIME_MARK)))
        canonical = _split(canonical_json(marked), (name, time, reference, time))
        sealed = {**marked, "record_sha256": hash_mark}
        text = _split(orjson.dumps(sealed), (name, reference, time, time, hash_mark.encode()))
        return _Shared(decision, sealed, canonical, text)


def _split(text: bytes, marks: Sequence[bytes]) -> tuple[bytes, ...]:
    pieces = []
    for mark in marks:
        piece, _, text = text.partition(mark)
        pieces.append(piece)
    return (*pieces, text)
