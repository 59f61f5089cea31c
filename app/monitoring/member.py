"""A counterparty of a book as plain data: its readings as parties, the services it has, and the hash of its content."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.identifiers import equal_keys
from app.policy.vocabulary import Service
from app.screening.request import Counterparty, ScreeningInput

NAME: Final = "NAME"
TEXT: Final = "TEXT"
PRODUCT: Final = "PRODUCT"
_ANY_DAY: Final = date(2017, 6, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One counterparty under watch.

    ``parties`` are its readings: the main one first, then further legal names and persons of the same row; the worst
    decides.  ``content_sha256`` is over the parties alone: services and dates are no content of a match.
    """

    id: str
    parties: tuple[Counterparty, ...]
    services: tuple[Service, ...]
    content_sha256: str
    opened_on: date | None = None

    @property
    def name(self) -> str:
        """The name it is shown by."""
        return self.parties[0].name


def member(
    id: str,  # noqa: A002 - its name in the interface
    parties: Sequence[Counterparty],
    services: Iterable[Service],
    opened_on: date | None = None,
) -> Member:
    """Return a member with its content hashed; services are kept once, in their order by name."""
    return Member(
        id=id,
        parties=tuple(parties),
        services=tuple(sorted(set(services))),
        content_sha256=content_sha256([party_as_json(party) for party in parties]),
        opened_on=opened_on,
    )


def content_sha256(parties: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256, in hex, of the canonical JSON of parties."""
    text = json.dumps(parties, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def party_as_json(party: Counterparty) -> dict[str, Any]:
    """Return a party in the form of a screening request; :func:`party_from_json` reads it back."""
    asked = ScreeningInput(Service.FUND_SETTLEMENT, _ANY_DAY, party)
    found: dict[str, Any] = asked.to_json()["counterparty"]
    return found


def party_from_json(stored: Mapping[str, Any]) -> Counterparty:
    """Read back what :func:`party_as_json` wrote."""
    asked = ScreeningInput(Service.FUND_SETTLEMENT, _ANY_DAY, Counterparty("-")).to_json()
    return ScreeningInput.from_json({**asked, "counterparty": stored}).counterparty


def texts_of(one: Member) -> list[tuple[str, str]]:
    """Return every text by which the member can be found, each once, with its kind (NAME, TEXT, PRODUCT)."""
    found: dict[tuple[str, str], None] = {}
    for party in one.parties:
        for name in (party.name, *(other.name for other in party.other_names)):
            found[NAME, name] = None
        for field, text in party.free_texts().items():
            found[PRODUCT if field.startswith("products[") else TEXT, text] = None
    return list(found)


def keys_of(one: Member) -> list[tuple[str, str]]:
    """Return the keys (scheme and value) under which the member is found by an identifier, each once."""
    keys = (key for party in one.parties for identifier in party.identifiers for key in equal_keys(identifier))
    return sorted(set(keys))
