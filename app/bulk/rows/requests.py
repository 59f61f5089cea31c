"""One row → the questions it asks, in the form of the API's request.

A row asks about its name with everything else it says; about every further legal name in the same way,
because a registered name confirms as only a main name does; and about its legal representative as a
person of its own.  The worst answer is the row's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.bulk.rows.input_columns import TEXTS, Columns
from app.bulk.rows.person_cells import persons_in
from app.identifiers import IdentifierError, Scheme, parse
from app.identifiers.code_cells import read_codes
from app.matching import NameType
from app.names.party_words import reads_as_organisation
from app.policy.vocabulary import CounterpartyKind, Service
from app.tabular.dates import NotADate, WrittenDate, read_date
from app.watchlists.layout.cell_items import plain_item, split_former, split_raw
from app.watchlists.layout.columns import BY_ALIAS

NUMBER: Final = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
"""A long code that a spreadsheet has turned into a number."""

_MOMENT: Final = re.compile(
    r"((?:\d{4}|民国\d{2,3})[-/.年]\d{1,2}[-/.月]\d{1,2}日?)[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
)
"""A local time of day behind a date, as bookings have it: the day is what counts."""

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_HAS_LETTERS: Final = re.compile(r"[^\W\d_]")
LIKE_A_USCC: Final = r"\s*[0-9A-Za-z]{18}\s*"
_LIKE_A_USCC: Final = re.compile(LIKE_A_USCC)
_OFFSET: Final = re.compile(r"\d{2}:\d{2}.*(?:Z|[-+]\d{2}:?\d{2})$")
_ISO_CHARS: Final = 10
_SERVICES: Final = {zh: str(code) for zh, code in BY_ALIAS["services_scope"].codes.items() if code in set(Service)}
_KINDS: Final = {
    "单位": CounterpartyKind.ORGANISATION,
    "企业": CounterpartyKind.ORGANISATION,
    "机构": CounterpartyKind.ORGANISATION,
    "对公": CounterpartyKind.ORGANISATION,
    "个人": CounterpartyKind.PERSON,
    "自然人": CounterpartyKind.PERSON,
    "对私": CounterpartyKind.PERSON,
}
_LISTED_TYPES: Final = frozenset({NameType.FORMER, NameType.BRAND})
_NAME_ELSEWHERE: Final = "read-as-name"
"""The cell of a code, a date or a choice holds the name of an organisation, which is screened too."""

_NO_NAMES: Final = ("reference", "service", "service_date", "initiated_on", "kind", "region_code")


@dataclass(frozen=True, slots=True)
class RowDefaults:
    """What holds for rows that do not say: a service code, and a date as YYYY-MM-DD."""

    service: str
    service_date: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class RowRequest:
    """One question of a row.

    ``body`` is a request of the API; ``places`` tells for each of its fields, as answers name them, from
    which column it came.  ``beside`` marks a person who is beside the party that the row is about.  ``notes`` tell of
    columns what was understood of their cells.
    """

    body: dict[str, Any]
    places: Mapping[str, int]
    beside: bool = False
    notes: tuple[tuple[int, str], ...] = ()

    def place_of(self, pointer: str) -> int | None:
        """Return the column of a JSON pointer into the body, None for none."""
        names = pointer.removeprefix("/counterparty").strip("/").split("/")
        place = f"{names[0]}[{names[1]}]" if len(names) > 1 else names[0]
        return self.places.get(place)


def requests_of(cells: Sequence[str | None], columns: Columns, defaults: RowDefaults) -> list[RowRequest]:
    """Return the questions of one row, whose ``cells`` are texts or None; the main one comes first."""
    name = _name_position(cells, columns)
    main = _main(cells, columns, defaults, name)
    legal = [position for position, kind in columns.names if kind is NameType.LEGAL and _filled(cells[position])]
    return [
        main,
        *(_renamed(main, position, cells[position]) for position in legal if position != name),
        *(
            _person(main, position, name)
            for position in columns.legal_reps
            if _filled(cells[position])
            for name in persons_in(cells[position] or "")
        ),
    ]


def _name_position(cells: Sequence[str | None], columns: Columns) -> int:
    """Return the column of the row's main name: where that is empty, a further legal name, else any further name."""
    further = [position for position, kind in columns.names if kind is NameType.LEGAL]
    further += [position for position, kind in columns.names if kind is not NameType.LEGAL]
    return next((position for position in (columns.name, *further) if _filled(cells[position])), columns.name)


def written_service(text: str | None) -> str | None:
    """Return the code of a service written as code or in Chinese; an unknown text comes back as it is."""
    if text is None or not text.strip():
        return None
    text = text.strip()
    return _SERVICES.get(text, text.upper())


def written_date(text: str | None) -> str | None:
    """Return a date as YYYY-MM-DD; what is none (a time with an offset, or nonsense) comes back as it is."""
    if text is None or not text.strip():
        return None
    text = text.strip()
    if len(text) == _ISO_CHARS and text[4] == text[7] == "-":
        return text
    found = _read_day(text)
    return text if found is None else found.iso


def is_rounded_date(text: str) -> bool:
    """Whether a date has a time of day so near midnight that it is read as another day than that which is written."""
    found, moment = _read_day(text.strip()), _MOMENT.fullmatch(text.strip())
    return found is not None and found.is_rounded and (moment is None or read_date(moment[1]).day != found.day)


def _read_day(text: str) -> WrittenDate | None:
    """Read a date; of a local time of day the day is what counts, but near midnight.  None for what is no date."""
    if _OFFSET.search(text):
        return None
    try:
        return read_date(text)
    except NotADate as error:
        moment = _MOMENT.fullmatch(text) if error.has_time else None
    return read_date(moment[1]) if moment else None


def is_code_of_party(reference: str) -> bool:
    """Whether the number of a row is the social credit code of its party, by its check character."""
    if not _LIKE_A_USCC.fullmatch(reference):
        return False
    try:
        return parse(Scheme.USCC, reference).checksum_ok is True
    except IdentifierError:
        return False


def written_kind(text: str | None) -> str | None:
    """Return the code of a kind of counterparty written as code or in Chinese."""
    if text is None or not text.strip():
        return None
    text = text.strip()
    return _KINDS[text].value if text in _KINDS else text.upper()


def _main(cells: Sequence[str | None], columns: Columns, defaults: RowDefaults, name: int) -> RowRequest:
    places = {"name": name}
    given = {name: cells[position] for name, position in columns.fields.items() if _filled(cells[position])}
    gathered = _of_columns(cells, columns, name, given, places)
    products = list(_several(given.get("products")))
    places |= {f"products[{i}]": columns.fields["products"] for i in range(len(products))}
    places |= {name: position for name, position in columns.fields.items() if name != "products"}
    body = {
        "reference": given.get("reference"),
        "service": written_service(given.get("service")) or defaults.service,
        "service_date": written_date(given.get("service_date")) or defaults.service_date,
        "initiated_on": written_date(given.get("initiated_on")),
        "counterparty": {
            "name": cells[name],
            "kind": written_kind(given.get("kind")) or defaults.kind,
            "other_names": gathered.names.values,
            "identifiers": gathered.identifiers.values,
            "region_code": (given.get("region_code") or "").strip() or None,
            "products": products,
            **{name: _together(given, name) for name in TEXTS},
        },
    }
    return RowRequest(body, places, notes=tuple(gathered.notes))


def _of_columns(
    cells: Sequence[str | None],
    columns: Columns,
    name: int,
    given: Mapping[str, str | None],
    places: dict[str, int],
) -> "_AllGathered":
    """Gather the further names and the identifiers of a row, ``name`` being the column of its main name."""
    found = _AllGathered(places)
    for position, kind in columns.names:
        if kind is not NameType.LEGAL and position != name:
            for text in _former(cells[position]) if kind in _LISTED_TYPES else _one(cells[position]):
                found.add_name(kind, text, position)
    for position in columns.sites:
        for text in _several(cells[position]):
            found.add_site(text, position)
    for position, scheme in columns.identifiers:
        for text in _several(cells[position]):
            found.add_codes(scheme, text, position)
    found.add_reference(given.get("reference"), columns.fields.get("reference", 0))
    for field in _NO_NAMES:
        if (stray := given.get(field)) and stray != cells[name]:
            found.add_stray(stray, columns.fields[field])
    return found


class _Gathered:
    """Values of one list of the request, and where each came from."""

    def __init__(self, field: str, places: dict[str, int]) -> None:
        self.values: list[dict[str, str]] = []
        self._field = field
        self._places = places

    def add(self, value: dict[str, str], position: int) -> None:
        self._places[f"{self._field}[{len(self.values)}]"] = position
        self.values.append(value)


class _AllGathered:
    """The further names and the identifiers of a row, and what there is to say of its cells."""

    def __init__(self, places: dict[str, int]) -> None:
        self.names = _Gathered("other_names", places)
        self.identifiers = _Gathered("identifiers", places)
        self.notes: dict[tuple[int, str], None] = {}

    def add_reference(self, text: str | None, position: int) -> None:
        """Take in the number of the row where it is the party's social credit code and no other is given."""
        has_code = any(one["scheme"] == Scheme.USCC.value for one in self.identifiers.values)
        if text and not has_code and is_code_of_party(text):
            self.identifiers.add({"scheme": Scheme.USCC.value, "value": text}, position)

    def add_name(self, kind: NameType, text: str, position: int) -> None:
        self.names.add({"type": kind.value, "name": text}, position)

    def add_site(self, text: str, position: int) -> None:
        if _is_domain(text) or not (_HAN.search(text) or (_HAS_LETTERS.search(text) and not _holds_domain(text))):
            self.add_codes(Scheme.DOMAIN, text, position)
        else:
            self.add_name(NameType.BRAND, text, position)

    def add_codes(self, scheme: Scheme, text: str, position: int) -> None:
        if self.add_stray(text, position):
            return
        for code in read_codes(scheme, text):
            self.identifiers.add({"scheme": code.scheme.value, "value": code.value}, position)
            if code.note:
                self.notes[position, code.note] = None

    def add_stray(self, text: str, position: int) -> bool:
        """Take in the name of an organisation that is where none belongs; whether it is one."""
        if not reads_as_organisation(text):
            return False
        self.add_name(NameType.MERCHANT, text, position)
        self.notes[position, _NAME_ELSEWHERE] = None
        return True


def _together(given: Mapping[str, str | None], name: str) -> str | None:
    """Return a free text, those of its further columns behind it."""
    return "；".join(text for field, text in given.items() if text and field.partition(" ")[0] == name) or None


def _renamed(main: RowRequest, position: int, name: str | None) -> RowRequest:
    body = {**main.body, "counterparty": {**main.body["counterparty"], "name": name}}
    return RowRequest(body, {**main.places, "name": position})


def _person(main: RowRequest, position: int, name: str | None) -> RowRequest:
    region = main.body["counterparty"].get("region_code")
    party = {"name": name, "kind": CounterpartyKind.PERSON.value, "region_code": region}
    return RowRequest({**main.body, "counterparty": party}, {**main.places, "name": position}, beside=True)


def _is_domain(text: str) -> bool:
    try:
        parse(Scheme.DOMAIN, text)
    except IdentifierError:
        return False
    return True


def _holds_domain(text: str) -> bool:
    """Whether a cell that is no domain holds one, with signs around it."""
    return any(_is_domain(code.value) for code in read_codes(Scheme.DOMAIN, text) if code.scheme is Scheme.DOMAIN)


def _several(text: str | None) -> Iterable[str]:
    return [plain_item(raw) for raw in split_raw(text) if raw] if text else ()


def _former(text: str | None) -> Iterable[str]:
    return [split_former(raw)[0] for raw in split_raw(text) if raw] if text else ()


def _one(text: str | None) -> Iterable[str]:
    return [text] if text is not None and _filled(text) else []


def _filled(text: str | None) -> bool:
    return text is not None and not text.isspace() and text != ""
