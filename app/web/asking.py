"""The form of a screening: from what a person typed to a question, and from a recorded question back to the form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.identifiers import IdentifierError, Scheme, parse
from app.screening.request import ScreeningInput

FIELDS: Final = (
    "q",
    "service",
    "service_date",
    "known_at",
    "reference",
    "kind",
    "scheme",
    "identifier",
    "other_type",
    "other_name",
    "region_code",
    "business_scope",
    "promo_text",
    "remark",
)
"""Every field of the form, by its name there."""

POINTERS: Final = {
    "/counterparty/name": "q",
    "/service": "service",
    "/service_date": "service_date",
    "/known_at": "known_at",
    "/reference": "reference",
    "/counterparty/kind": "kind",
    "/counterparty/identifiers/0/scheme": "identifier",
    "/counterparty/identifiers/0/value": "identifier",
    "/counterparty/other_names/0/name": "other_name",
    "/counterparty/other_names/0/type": "other_type",
    "/counterparty/region_code": "region_code",
    "/counterparty/business_scope": "business_scope",
    "/counterparty/promo_text": "promo_text",
    "/counterparty/remark": "remark",
}
"""Where the faults of a request belong in the form."""

_ZONE: Final = "+08:00"
_CODES_ALONE: Final = (Scheme.USCC, Scheme.LEI)
"""Schemes whose values nobody can take for a name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is in the form."""

    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def request(self) -> dict[str, Any]:
        """Return the request of docs/api.md.  Times are taken as Beijing time."""
        value = {name: text.strip() if name != "q" else text for name, text in self.values.items()}
        name = value.get("q", "")
        identifiers = []
        if value.get("identifier"):
            identifiers.append({"scheme": value.get("scheme") or Scheme.USCC.value, "value": value["identifier"]})
        else:
            identifiers += [
                {"scheme": scheme.value, "value": name.strip()} for scheme in _CODES_ALONE if _is(scheme, name)
            ]
        others = []
        if value.get("other_name"):
            others.append({"type": value.get("other_type") or "APP", "name": value["other_name"]})
        known_at = value.get("known_at")
        return {
            "reference": value.get("reference") or None,
            "service": value.get("service") or "",
            "service_date": value.get("service_date") or None,
            "known_at": known_at + _ZONE if known_at else None,
            "counterparty": {
                "name": name,
                "kind": value.get("kind") or "UNKNOWN",
                "other_names": others,
                "identifiers": identifiers,
                "region_code": value.get("region_code") or None,
                "business_scope": value.get("business_scope") or None,
                "products": [],
                "promo_text": value.get("promo_text") or None,
                "remark": value.get("remark") or None,
            },
        }


def again(asked: ScreeningInput) -> tuple[Draft, bool]:
    """Return the form of a recorded question, and whether it holds all of it (the API takes more than the form)."""
    party = asked.counterparty
    values = {
        "q": party.name,
        "service": asked.service.value,
        "service_date": asked.service_date.isoformat(),
        "reference": asked.reference or "",
        "kind": party.kind.value,
        "region_code": party.region_code or "",
        "business_scope": party.business_scope or "",
        "promo_text": party.promo_text or "",
        "remark": party.remark or "",
    }
    if party.identifiers:
        values |= {"scheme": party.identifiers[0].scheme.value, "identifier": party.identifiers[0].value}
    if party.other_names:
        values |= {"other_type": party.other_names[0].type.value, "other_name": party.other_names[0].name}
    is_whole = len(party.identifiers) < 2 and len(party.other_names) < 2 and not party.products  # noqa: PLR2004 - one field each
    return Draft(values), is_whole


def _is(scheme: Scheme, text: str) -> bool:
    try:
        parse(scheme, text)
    except IdentifierError:
        return False
    return True
