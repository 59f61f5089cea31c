"""One row → what it asks, read as far as it can be read.

A cell that cannot be read never hides the rest of its row: it is left out and named in the warnings.  Only where
no name can be read is there nothing to screen.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.bulk.readers.faults import RowFault, error_text
from app.bulk.rows.input_columns import TEXTS, Columns
from app.bulk.rows.requests import NUMBER, RowDefaults, RowRequest, is_rounded_date, requests_of
from app.errors import Fault, Invalid
from app.identifiers import Identifier, IdentifierError, Scheme, parse
from app.identifiers.in_text import codes_in
from app.identifiers.normal import compact
from app.identifiers.uscc import may_be_resident
from app.names.encoded import decoded, without_damage
from app.names.fold import fold
from app.screening import intake
from app.screening.garbled import is_unreadable
from app.screening.intake import DAMAGED_NAME, TextLimits
from app.screening.masked import MASKED_NAME, without_masks
from app.screening.no_name import NO_NAME
from app.screening.request import ScreeningInput
from app.tabular.dates import with_era

WHOLE_ROW: Final = "*"
"""Stands for the column in a warning about a row as a whole."""

_ROUNDS: Final = 4
_OVERLAP_CHARS: Final = 400
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_MERE_NUMBERS: Final = (Scheme.ACCOUNT, Scheme.PHONE)
_ORGANISATION_CODES: Final = (Scheme.USCC, Scheme.REG15, Scheme.ORG)
_DATES: Final = ("service_date", "initiated_on")
_DATE_ROUNDED: Final = "date-rounded"
_FREE_TEXTS: Final = (*TEXTS, "products")
GARBLED_TEXT: Final = "garbled-text"
_LISTS: Final = ("other_names", "identifiers", "products")
_MERE_NUMBER: Final = re.compile("[0-9]{9,32}")
_BAD_BYTES: Final = re.compile(r"(?:\\x[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReading:
    """What a row asks, and what was doubtful about it.

    ``warnings`` are ``column:code``; ``error`` says why the row, or its name, cannot be read; a ``doubtful`` row is
    never PASS.
    """

    questions: tuple[tuple[RowRequest, ScreeningInput], ...]
    warnings: tuple[str, ...] = ()
    error: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one file; ``strict`` puts every row with a warning in doubt."""

    columns: Columns
    header: tuple[str, ...]
    defaults: RowDefaults
    limits: TextLimits
    strict: bool = False

    def read(self, cells: Sequence[str | None], fault: str | None = None, mended: Sequence[str] = ()) -> RowReading:
        """Read a row; ``fault`` is what is wrong with it as a line of the file, ``mended`` what its reader mended."""
        notes = _Notes(self.header, dict.fromkeys(mended), error=fault)
        cells = self._legible(cells, notes)
        questions = []
        for number, request in enumerate(requests_of(cells, self.columns, self.defaults)):
            notes.is_main = number == 0
            for position, code in request.notes:
                notes.warn(position, code)
            asked = self._asked(request, notes)
            if asked is not None:
                questions.append(asked)
        self._note_garbled_texts(cells, notes)
        if all(request.beside for request, _ in questions):
            notes.error = notes.error or notes.unread
        elif notes.unread is not None and notes.name_place is not None and not notes.name_is_warned:
            notes.warn(notes.name_place, notes.name_code)
        in_doubt = notes.doubtful or notes.error is not None or (self.strict and bool(notes.warnings))
        return RowReading(
            questions=tuple(questions),
            warnings=tuple(notes.warnings),
            error=notes.error,
            doubtful=in_doubt,
        )

    def _legible(self, cells: Sequence[str | None], notes: "_Notes") -> list[str | None]:
        """Leave out codes that a spreadsheet turned into numbers, and what replaces bytes that are no text.

        Dates get the era that their header names.
        """
        # Host systems fill fields of a fixed length with zeros.
        legible = [text.strip("\x00") if text and "\x00" in text else text for text in cells]
        for name in _DATES:
            position = self.columns.fields.get(name)
            if position is not None and (text := legible[position]):
                legible[position] = dated = str(with_era(text, self.header[position]))
                if is_rounded_date(dated):
                    notes.warn(position, _DATE_ROUNDED)
        for position, _ in self.columns.identifiers:
            if (text := legible[position]) and NUMBER.fullmatch(text.strip()):
                notes.warn(position, RowFault.ID_AS_NUMBER.value)
                legible[position] = None
        for position, text in enumerate(legible):
            if text and notes.has(position, RowFault.BAD_ENCODING.value):
                legible[position] = _BAD_BYTES.sub("\ufffd", text)
        return legible

    def _note_garbled_texts(self, cells: Sequence[str | None], notes: "_Notes") -> None:
        """Note the free texts that nobody can read, in which a listed name would be met by nothing."""
        for name, position in self.columns.fields.items():
            if name.partition(" ")[0] in _FREE_TEXTS and (text := cells[position]) and is_unreadable(text):
                notes.warn(position, GARBLED_TEXT)

    def _asked(self, request: RowRequest, notes: "_Notes") -> tuple[RowRequest, ScreeningInput] | None:
        """Return a question, mended until it can be read; None where its name cannot."""
        for _ in range(_ROUNDS):
            try:
                return request, intake.read(request.body, self.limits)
            except Invalid as error:
                mended = self._mended(request, error.faults, notes)
                if mended is None:
                    return None
                request = mended
        raise AssertionError("a request was mended again and again")

    def _mended(self, request: RowRequest, faults: Iterable[Fault], notes: "_Notes") -> RowRequest | None:
        """Return a question without what is wrong with it."""
        body = dict(request.body)
        party = dict(body["counterparty"])
        lists = {name: list(enumerate(party.get(name) or ())) for name in _LISTS}
        places = {place: at for place, at in request.places.items() if not place.endswith("]")}
        for fault in faults:
            steps = fault.pointer.strip("/").split("/")
            at = request.place_of(fault.pointer)
            if steps[0] != "counterparty":
                notes.warn(at, fault.code)
                body[steps[0]] = getattr(self.defaults, steps[0], None)
            elif steps[1] == "name":
                is_spared = fault.code == MASKED_NAME and (bool(lists["other_names"]) or not notes.is_main)
                name = self._salvaged(party["name"], fault, at, notes, is_spared=is_spared)
                if name is None and lists["other_names"]:
                    old, other = lists["other_names"].pop(0)
                    name, places["name"] = other["name"], request.places[f"other_names[{old}]"]
                if name is None:
                    return None
                party["name"] = name
            elif steps[1] in _LISTS:
                self._mend_item(lists[steps[1]], int(steps[2]), fault, at, notes)
            else:
                notes.warn(at, fault.code)
                party[steps[1]] = self._mended_text(party[steps[1]], fault, at, lists["products"])
        for name, items in lists.items():
            party[name] = [value for _, value in items]
            places |= {f"{name}[{new}]": _place(request, name, old) for new, (old, _) in enumerate(items)}
        return RowRequest({**body, "counterparty": party}, places, beside=request.beside)

    def _salvaged(
        self, name: str | None, fault: Fault, at: int | None, notes: "_Notes", *, is_spared: bool
    ) -> str | None:
        """Return what of a name can be read, None where that is nothing, or the name is not needed."""
        notes.misread_name(fault, at)
        if not name or is_spared or fault.code in {"empty", "no-letters", NO_NAME}:
            return None
        left = without_damage(_CONTROL.sub("", decoded(name))).strip()[: self.limits.name_chars_max]
        if fault.code == MASKED_NAME:
            left = without_masks(left)
        if not fold(left) or left == name:
            return None
        notes.doubt_name(fault, at)
        return left

    def _mend_item(
        self, items: list[tuple[int, Any]], index: int, fault: Fault, at: int | None, notes: "_Notes"
    ) -> None:
        """Mend an item of a list, or leave it out."""
        position = next((i for i, (old, _) in enumerate(items) if old == index), None)
        if position is None:
            return
        old, value = items.pop(position)
        mended: Any = None
        if isinstance(value, str):
            mended = _CONTROL.sub(" ", value)[: self.limits.text_chars_max]
        elif "scheme" in value:
            mended = _other_scheme(value)
        else:
            left = without_damage(_CONTROL.sub("", decoded(value["name"])))[: self.limits.name_chars_max]
            mended = {**value, "name": left} if fold(left) and left != value["name"] else None
            notes.doubtful |= fault.code == DAMAGED_NAME
        read_as = mended.get("scheme") if isinstance(mended, dict) else None
        if mended is None and isinstance(value, dict) and "scheme" in value:
            mended = _mere_number(value["value"])
        notes.warn(at, f"read-as-{read_as.lower()}" if read_as else fault.code)
        if mended is not None:
            items.insert(position, (old, mended))

    def _mended_text(
        self, text: str | None, fault: Fault, at: int | None, products: list[tuple[int, Any]]
    ) -> str | None:
        """Return a field that can be read; what is too long goes on in pieces among the products."""
        if fault.code == "bad-character" and text is not None:
            return _CONTROL.sub(" ", text)
        if fault.code != "too-long" or text is None:
            return None
        chars = self.limits.text_chars_max
        starts = range(chars - _OVERLAP_CHARS, len(text), chars - _OVERLAP_CHARS)
        products.extend((_ELSEWHERE - (at or 0), text[start : start + chars]) for start in starts)
        return text[:chars]


_ELSEWHERE: Final = -1
"""The number of an item that came from the column ``_ELSEWHERE - number``, not from its list."""


def _place(request: RowRequest, name: str, old: int) -> int:
    return _ELSEWHERE - old if old < 0 else request.places[f"{name}[{old}]"]


def _other_scheme(value: Mapping[str, str]) -> dict[str, str] | None:
    """Return a code under the scheme that it is of, where its check digit or its own form says so."""
    for scheme in (*_ORGANISATION_CODES, Scheme.LEI):
        try:
            found: Identifier = parse(scheme, value["value"])
        except IdentifierError:
            continue
        if found.checksum_ok and scheme.value != value["scheme"]:
            return {"scheme": scheme.value, "value": value["value"]}
    found_in = codes_in(value["value"])
    if len(found_in) == 1 and found_in[0].scheme not in _MERE_NUMBERS and found_in[0].scheme.value != value["scheme"]:
        return {"scheme": found_in[0].scheme.value, "value": found_in[0].value}
    return None


def _mere_number(text: str) -> dict[str, str] | None:
    """Return a number that is no code of its column, to be compared with those of others (an account as a tax number).

    The number of an identity card, with which sole traders are entered, is none of them.
    """
    value = compact(text)
    if may_be_resident(value) or not _MERE_NUMBER.fullmatch(value):
        return None
    return {"scheme": Scheme.ACCOUNT.value, "value": value}


@dataclass(slots=True)
class _Notes:
    """What is noted while a row is read."""

    header: Sequence[str]
    warnings: dict[str, None]
    error: str | None = None
    doubtful: bool = False
    is_main: bool = True
    unread: str | None = None
    name_place: int | None = None
    name_code: str = ""
    name_is_warned: bool = field(default=False)

    def warn(self, position: int | None, code: str) -> None:
        self.warnings[self._warning(position, code)] = None

    def has(self, position: int, code: str) -> bool:
        return self._warning(position, code) in self.warnings

    def misread_name(self, fault: Fault, position: int | None) -> None:
        """Keep in mind why a name cannot be read; it is an error only where no other name can."""
        if self.unread is None:
            self.unread = self._fault_text(fault, position)
            self.name_place, self.name_code = position, fault.code

    def doubt_name(self, fault: Fault, position: int | None) -> None:
        """Note a name of which a part is read."""
        self.name_is_warned = True
        self.doubtful = True
        self.error = self.error or self._fault_text(fault, position)

    def _fault_text(self, fault: Fault, position: int | None) -> str:
        return error_text(fault.code, "" if position is None else self.header[position], fault.message)

    def _warning(self, position: int | None, code: str) -> str:
        return warning(WHOLE_ROW if position is None else self.header[position], code)


def warning(column: str, code: str) -> str:
    """Return one warning as the output shows it."""
    return f"{' '.join(column.replace('|', '/').split())}:{code}"
