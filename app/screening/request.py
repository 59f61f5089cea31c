"""What a caller asks: one counterparty, one service, one date; plain values, checked at every edge.

API, command line and bulk all make an :class:`ScreeningInput`, so that there is one path from here on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.identifiers import Identifier, Scheme
from app.identifiers.in_text import codes_in, may_hold_code, without_codes
from app.matching import NameType, Query, QueryName
from app.policy.vocabulary import CounterpartyKind, Service


@dataclass(frozen=True, slots=True)
class OtherName:
    """A further name of the counterparty, with its type."""

    type: NameType
    name: str


@dataclass(frozen=True, slots=True)
class Counterparty:
    """One party: its names, identifiers (in their normal form) and texts."""

    name: str
    kind: CounterpartyKind = CounterpartyKind.UNKNOWN
    other_names: tuple[OtherName, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    region_code: str | None = None
    business_scope: str | None = None
    products: tuple[str, ...] = ()
    promo_text: str | None = None
    remark: str | None = None

    def texts(self) -> dict[str, str]:
        """Return every text that may hold a keyword, by its field."""
        texts = {"name": self.name}
        texts |= {f"other_names[{i}]": other.name for i, other in enumerate(self.other_names)}
        texts |= self.free_texts()
        return texts

    def free_texts(self) -> dict[str, str]:
        """Return the texts that are not themselves names, by their field."""
        if not (self.products or self.business_scope or self.promo_text or self.remark):
            return {}
        texts = {f"products[{i}]": product for i, product in enumerate(self.products)}
        for name in ("business_scope", "promo_text", "remark"):
            text = getattr(self, name)
            if text:
                texts[name] = text
        return texts

    def query(self) -> Query:
        """Return what the matcher is asked.

        A code in a name is a code of the party; one in a free text is only mentioned.
        """
        is_person = self.kind is CounterpartyKind.PERSON
        texts = self.free_texts()
        if not (texts or self.other_names or may_hold_code(self.name)):
            return Query(
                (QueryName(self.name),), tuple(dict.fromkeys(self.identifiers)), self.region_code, is_person, ()
            )
        names = [QueryName(without_codes(self.name))]
        names += [
            QueryName(without_codes(other.name), f"other_names[{i}]", other.type)
            for i, other in enumerate(self.other_names)
        ]
        names += [QueryName(text, field, free_text=True) for field, text in texts.items()]
        own = dict.fromkeys(self.identifiers)
        for name in (self.name, *(other.name for other in self.other_names)):
            own |= dict.fromkeys(codes_in(name))
        mentioned = tuple((field, code) for field, text in texts.items() for code in codes_in(text))
        return Query(tuple(names), tuple(own), self.region_code, is_person, mentioned)


@dataclass(frozen=True, slots=True)
class ScreeningInput:
    """One question.

    ``service_date`` is the local date (Asia/Shanghai) of the service, already resolved; ``known_at`` is None
    for what is known now; ``lists`` are the codes to screen against, None for all in force.  ``received`` is the JSON
    that was sent, for the record; it takes no part in the decision.
    """

    service: Service
    service_date: date
    counterparty: Counterparty
    reference: str | None = None
    initiated_on: date | None = None
    known_at: datetime | None = None
    lists: tuple[str, ...] | None = None
    received: str | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return it in the form of the API's request, with every field; :meth:`from_json` reads it back."""
        party = self.counterparty
        return {
            "reference": self.reference,
            "service": self.service.value,
            "service_date": self.service_date.isoformat(),
            "initiated_on": self.initiated_on.isoformat() if self.initiated_on else None,
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "lists": None if self.lists is None else list(self.lists),
            "counterparty": {
                "name": party.name,
                "kind": party.kind.value,
                "other_names": [{"type": other.type.value, "name": other.name} for other in party.other_names],
                "identifiers": [
                    {"scheme": one.scheme.value, "value": one.value, "checksum_ok": one.checksum_ok}
                    for one in party.identifiers
                ],
                "region_code": party.region_code,
                "business_scope": party.business_scope,
                "products": list(party.products),
                "promo_text": party.promo_text,
                "remark": party.remark,
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ScreeningInput":
        """Read back what :meth:`to_json` wrote."""
        party = stored["counterparty"]
        return cls(
            service=Service(stored["service"]),
            service_date=date.fromisoformat(stored["service_date"]),
            counterparty=Counterparty(
                name=party["name"],
                kind=CounterpartyKind(party["kind"]),
                other_names=tuple(OtherName(NameType(one["type"]), one["name"]) for one in party["other_names"]),
                identifiers=tuple(
                    Identifier(Scheme(one["scheme"]), one["value"], one["checksum_ok"]) for one in party["identifiers"]
                ),
                region_code=party["region_code"],
                business_scope=party["business_scope"],
                products=tuple(party["products"]),
                promo_text=party["promo_text"],
                remark=party["remark"],
            ),
            reference=stored["reference"],
            initiated_on=date.fromisoformat(stored["initiated_on"]) if stored["initiated_on"] else None,
            known_at=datetime.fromisoformat(stored["known_at"]) if stored["known_at"] else None,
            lists=None if stored["lists"] is None else tuple(stored["lists"]),
        )
