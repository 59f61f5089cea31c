"""What changed on either side of an alert since it was closed, in words: which part, what it said, what it says."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from app.web.catalogue import Catalogue
from app.web.cell_words import ChangeInWords

_Words = Callable[[Any, Catalogue], str]

_PARTIES: Final = "/counterparty/parties"
_SERVICES: Final = "/services/"
_SEPARATOR: Final = "；"


def in_words(changed: Sequence[Mapping[str, Any]], texts: Catalogue) -> list[ChangeInWords]:
    """Return the differences of two states of an alert's sides, as :func:`.alert_rules.differences` finds them."""
    return [words for one in changed for words in _of(one["place"], one["before"], one["after"], texts)]


def _of(place: str, before: Any, after: Any, texts: Catalogue) -> Iterator[ChangeInWords]:  # noqa: ANN401 - any JSON
    if place == _PARTIES:
        yield from _of_parties(before or [], after or [], texts)
    elif place in _SETS:
        label, words = _SETS[place]
        yield _of_sets(texts(label), before or [], after or [], words, texts)
    elif place in _PLAIN:
        label, words = _PLAIN[place]
        side = f"{texts('alert.listed')} · " if place.startswith("/listed/") else ""
        yield _change(f"{side}{texts(label)}", before, after, words, texts)
    elif place.startswith(_SERVICES):
        service = texts.of("service", place.removeprefix(_SERVICES))
        yield _change(service, before, after, lambda one, t: t.of("outcome", one), texts)
    else:
        yield _change(place, before, after, _as_it_is, texts)


def _of_parties(before: Sequence[Any], after: Sequence[Any], texts: Catalogue) -> Iterator[ChangeInWords]:
    """Compare the readings of a counterparty one by one, field by field."""
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else {}
        new = after[place] if place < len(after) else {}
        number = f" {place + 1}" if max(len(before), len(after)) > 1 else ""
        for field in dict.fromkeys((*old, *new)):
            if old.get(field) == new.get(field):
                continue
            label, words = _FIELDS.get(field, (None, _as_it_is))
            name = f"{texts('alert.counterparty')}{number} · {texts(label) if label else field}"
            if isinstance(old.get(field) or new.get(field), list):
                yield _of_sets(name, old.get(field) or [], new.get(field) or [], words, texts)
            else:
                yield _change(name, old.get(field), new.get(field), words, texts)


def _of_sets(label: str, before: Sequence[Any], after: Sequence[Any], words: _Words, texts: Catalogue) -> ChangeInWords:
    """Say what of a set is gone and what is new; what stays is left out."""
    gone = [words(one, texts) for one in before if one not in after]
    new = [words(one, texts) for one in after if one not in before]
    return ChangeInWords(label=label, before=_SEPARATOR.join(gone) or None, after=_SEPARATOR.join(new) or None)


def _change(label: str, before: Any, after: Any, words: _Words, texts: Catalogue) -> ChangeInWords:  # noqa: ANN401 - any JSON
    old, new = (None if value in (None, "", []) else words(value, texts) for value in (before, after))
    return ChangeInWords(label=label, before=old, after=new)


def _as_it_is(value: Any, _texts: Catalogue) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(one: Sequence[str], texts: Catalogue) -> str:
    return f"{texts.of('name_type', one[0])} {one[1]}"


def _identifier(one: Sequence[str], texts: Catalogue) -> str:
    return f"{texts.of('scheme', one[0])} {one[1]}"


def _status(one: Sequence[str], texts: Catalogue) -> str:
    return f"{texts.of('category', one[0])} {texts.of('status', one[1])}"


def _other_name(one: Mapping[str, str], texts: Catalogue) -> str:
    return f"{texts.of('name_type', one['type'])} {one['name']}"


def _own_identifier(one: Mapping[str, str], texts: Catalogue) -> str:
    return f"{texts.of('scheme', one['scheme'])} {one['value']}"


def _entity(one: Mapping[str, Any], _texts: Catalogue) -> str:
    return f"{one['external_id']} {one['legal_name']}"


_SETS: Final[Mapping[str, tuple[str, _Words]]] = {
    "/listed/names": ("alert.listed_names", _name),
    "/listed/identifiers": ("alert.listed_identifiers", _identifier),
    "/listed/statuses": ("alert.listed_statuses", _status),
}
_PLAIN: Final[Mapping[str, tuple[str, _Words]]] = {
    "/listed": ("alert.listed", _entity),
    "/listed/legal_name": ("book.name", _as_it_is),
    "/listed/name_listed": ("alert.name_met", _as_it_is),
    "/listed/kind": ("entity.kind", lambda one, t: t.of("kind", one)),
    "/listed/list_code": ("entity.list", _as_it_is),
    "/listed/external_id": ("entity.external_id", _as_it_is),
    "/strength": ("alert.likeness", lambda one, t: t.of("strength", one)),
    "/score": ("alert.score", _as_it_is),
}
_FIELDS: Final[Mapping[str, tuple[str, _Words]]] = {
    "name": ("ask.name", _as_it_is),
    "kind": ("ask.kind", lambda one, t: t.of("party_kind", one)),
    "other_names": ("ask.other_name", _other_name),
    "identifiers": ("names.field", _own_identifier),
    "region_code": ("ask.region_code", _as_it_is),
    "business_scope": ("ask.business_scope", _as_it_is),
    "products": ("ask.products", _as_it_is),
    "promo_text": ("ask.promo_text", _as_it_is),
    "remark": ("ask.remark", _as_it_is),
}
