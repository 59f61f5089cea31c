"""Listed entities by what a person knows of them: a part of a name, the list's id, an identifier."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.errors import Fault, Invalid
from app.identifiers import IdentifierError, Scheme
from app.identifiers.code_cells import identifiers_of
from app.identifiers.parse import RAW_LENGTH_MAX, unfolded_length
from app.names.fold import fold
from app.policy.model import Dossier

_SEPARATOR: Final = "/"


@dataclass(frozen=True, kw_only=True, slots=True)
class EntitySearch:
    """What entities are looked for by; all that are given must hold.

    ``name`` is any part of any name, in any writing; ``identifier`` the value of one of any scheme.
    """

    name: str | None = None
    external_id: str | None = None
    identifier: str | None = None
    list_code: str | None = None

    def among(self, dossiers: Iterable[Dossier], *, after: str | None, limit: int) -> list[Dossier]:
        """Return those that fit, by list and id, after a place.  Raises :class:`Invalid` for a name without letters."""
        part = None if self.name is None else fold(self.name)
        if part == "":
            detail = "没有可比对的文字 / has no letter or digit to compare"
            raise Invalid("validation", f"?name: {detail}", faults=[Fault("?name", "no-letters", detail)])
        values = None if self.identifier is None else _readings(self.identifier)
        fitting = [
            one for one in dossiers if self._fits(one, part, values) and (after is None or place_of(one) > after)
        ]
        return sorted(fitting, key=place_of)[:limit]

    def _fits(self, dossier: Dossier, part: str | None, values: frozenset[str] | None) -> bool:
        return (
            (self.list_code is None or dossier.list_code == self.list_code)
            and (self.external_id is None or dossier.external_id == self.external_id)
            and (values is None or any(one.value in values for one in dossier.identifiers))
            and (part is None or any(part in fold(name.text) for name in dossier.names))
        )


def place_of(dossier: Dossier) -> str:
    """Return where an entity is in the order: its list and its id there."""
    return f"{dossier.list_code}{_SEPARATOR}{dossier.external_id}"


def _readings(value: str) -> frozenset[str]:
    """Return the value as written, and the codes that it holds by every scheme that it could be of."""
    found = {value.strip()}
    if unfolded_length(value) > RAW_LENGTH_MAX:
        return frozenset(found)
    for scheme in Scheme:
        try:
            found |= {code.value for code in identifiers_of(scheme, value)}
        except IdentifierError:
            continue
    return frozenset(found)
