"""Which rows surely are well written and meet nothing on the lists: arithmetic on whole columns.

Every check is one-sided: quiet rows that ask about the same service, date and kind are all answered
alike, and a row that is not called quiet may still turn out to be so.  A test holds both ways of
screening a row against each other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.bulk.rows.input_columns import Columns
from app.bulk.rows.person_cells import MORE_THAN_A_PERSON
from app.bulk.rows.requests import LIKE_A_USCC
from app.identifiers import Identifier, IdentifierError, Scheme, asked_keys, listed_keys, parse
from app.identifiers.code_cells import is_one_code
from app.identifiers.evidence import ANY_SCHEME
from app.identifiers.in_text import CANDIDATE, codes_in
from app.matching import NameType, Query, QueryName
from app.names import keywords
from app.names.encoded import MOJIBAKE, SUSPICIOUS, decoded
from app.screening.garbled import MAY_BE_GARBLED, have_unusual, is_unreadable
from app.screening.intake import TextLimits
from app.screening.masked import MAY_BE_MASKED
from app.screening.no_name import MAY_BE_NO_NAME
from app.screening.screen import DecisionBasis, PrefilterResult, prefilter
from app.watchlists.layout.cell_items import SEPARATORS
from app.watchlists.snapshots.snapshot import Snapshot

Mask = NDArray[np.bool_]

_CONTROL: Final = r"[\x00-\x1f\x7f-\x{9f}]"
_LETTER: Final = r"[0-9A-Za-z\x{4e00}-\x{9fff}]"
_TO_BE_READ: Final = f"{SUSPICIOUS}|{MOJIBAKE}|{CANDIDATE}|{MAY_BE_GARBLED}|{MAY_BE_MASKED}|{MAY_BE_NO_NAME}"
_MAY_READ_AS_ORGANISATION: Final = (
    r"\p{Han}|(?i:\b(?:co|company|corp|corporation|inc|llc|ltd|limited|gmbh|plc|exchange|group|holdings?)\.?\s*$)"
)
"""A pattern of RE2 that every text meets which reads as an organisation."""

_SEPARATOR: Final = r"[;；|｜\n\\@]"  # all that app.watchlists.cell_items reads as more than itself
_REGION: Final = "^[0-9]{6}$"
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PLACEHOLDER: Final = f"^(?:{'|'.join(f'{character}+' for character in _CHARACTERS)})$"
_REFERENCE_CHARS_MAX: Final = 200

# Forms that the parser of the scheme takes and leaves as they are.
_NORMAL_FORMS: Final[Mapping[Scheme, str]] = {
    Scheme.USCC: "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$",
    Scheme.ACCOUNT: "^[0-9]{8,32}$",
    Scheme.MERCHANT: "^[0-9A-Z]{15}$",
    Scheme.TERMINAL: "^[0-9A-Z]{8}$",
    Scheme.PHONE: "^1[3-9][0-9]{9}$",
}
_ORG_IN_USCC: Final = (8, 17)
_RESIDENT: Final = "^[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{5}$"
"""The number of an identity card (GB 11643) in a column of codes; see :mod:`app.identifiers.uscc`."""
_FREE_TEXTS: Final = ("business_scope", "products", "promo_text", "remark")
_SEVERAL_IN_ONE: Final = frozenset({NameType.FORMER, NameType.BRAND})


class CertainPassFilter:
    """Tells quiet rows apart, for one file and one state of the lists."""

    def __init__(self, basis: DecisionBasis, columns: Columns, limits: TextLimits) -> None:
        self._basis = basis
        self._columns = columns
        self._limits = limits

    def rows(self, texts: Mapping[int, pa.Array]) -> tuple[Mask, PrefilterResult | None]:
        """Return for each row whether it is quiet, and the names of all rows, for those that are not.

        ``texts`` are the columns that are read, by position.
        """
        columns = self._columns
        quiet, sifted = self._quiet_names(texts)
        quiet &= _mask(pc.is_valid(texts[columns.name]))
        for position, kind in columns.names:
            if kind in _SEVERAL_IN_ONE:
                quiet &= ~_matches(texts[position], _SEPARATOR)
        for position, scheme in columns.identifiers:
            quiet &= self._quiet_identifiers(texts[position], scheme)
        for position in columns.legal_reps:
            quiet &= ~_matches(texts[position], MORE_THAN_A_PERSON)
        for position in columns.sites:
            quiet &= self._each(texts[position], self._is_quiet_site)
        for name, position in columns.fields.items():
            if name.partition(" ")[0] in _FREE_TEXTS:
                quiet &= self._each(texts[position], self._is_quiet_text)
        if "reference" in columns.fields:
            quiet &= ~_matches(texts[columns.fields["reference"]], _MAY_READ_AS_ORGANISATION)
            quiet &= _is_plain(texts[columns.fields["reference"]], _REFERENCE_CHARS_MAX)
            quiet &= ~self._meets_as_code(texts[columns.fields["reference"]])
        if "region_code" in columns.fields:
            region = texts[columns.fields["region_code"]]
            quiet &= _matches(region, _REGION) | ~_mask(pc.is_valid(region))
        return quiet, sifted

    @property
    def _snapshots(self) -> Iterable[Snapshot]:
        return [self._basis.in_force] if self._basis.is_now else [self._basis.as_known, self._basis.in_force]

    def _quiet_names(self, texts: Mapping[int, pa.Array]) -> tuple[Mask, PrefilterResult]:
        """Judge every name of the rows once, however often it occurs."""
        columns = self._columns
        positions = [columns.name, *(position for position, _ in columns.names), *columns.legal_reps]
        encoded = pa.chunked_array([texts[position] for position in positions]).combine_chunks().dictionary_encode()
        names = encoded.dictionary
        quiet = _is_plain(names, self._limits.name_chars_max) & _matches(names, _LETTER)
        quiet &= ~_matches(names, _TO_BE_READ)
        listed = names.to_pylist()
        quiet &= ~have_unusual(listed)
        sifted = prefilter(listed, self._basis)
        quiet &= ~sifted.eventful
        # A name that is not given is quiet.
        of_cells = np.append(quiet, True)[_codes(encoded, len(listed))]
        rows: Mask = np.logical_and.reduce(of_cells.reshape(len(positions), -1))
        return rows, sifted

    def _quiet_identifiers(self, column: pa.Array, scheme: Scheme) -> Mask:
        form = _NORMAL_FORMS.get(scheme)
        if form is None:
            return self._each(column, lambda text: self._is_quiet_identifier(scheme, text))
        normal = _matches(column, form) & ~_matches(column, _PLACEHOLDER) & ~_is_in(column, self._listed[scheme])
        if scheme is Scheme.USCC:
            normal &= ~_is_in(pc.utf8_slice_codeunits(column, *_ORG_IN_USCC), self._listed[Scheme.ORG])
            normal &= ~_matches(column, _RESIDENT)
        quiet = normal | ~_mask(pc.is_valid(column))
        if scheme is Scheme.PHONE and not quiet.all():
            # A number with its area code is written in many ways, each of which is one number.
            others = np.flatnonzero(~quiet)
            quiet[others] = self._each(
                column.take(pa.array(others)), lambda text: self._is_quiet_identifier(scheme, text)
            )
        return quiet

    def _meets_as_code(self, references: pa.Array) -> Mask:
        """Whether the number of a row is a listed social credit code, or has a listed organisation code in it."""
        form = _matches(references, f"^{LIKE_A_USCC}$")
        if not form.any():
            return form
        codes = pc.utf8_upper(pc.utf8_trim_whitespace(references))
        part = pc.utf8_slice_codeunits(codes, *_ORG_IN_USCC)
        return form & (_is_in(codes, self._listed[Scheme.USCC]) | _is_in(part, self._listed[Scheme.ORG]))

    @cached_property
    def _listed(self) -> Mapping[Scheme, pa.Array]:
        """Everything by which a listed entity can be joined, by scheme."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for scheme, value in self._listed_keys:
            found[scheme].add(value)
        elsewhere = {value.upper() for value in found[ANY_SCHEME]}
        return {scheme: pa.array(sorted(found[scheme.value] | elsewhere), pa.string()) for scheme in Scheme}

    @cached_property
    def _listed_keys(self) -> frozenset[tuple[str, str]]:
        entries = (entry for snapshot in self._snapshots for entry in snapshot.index.entries)
        return frozenset(key for entry in entries for one in entry.identifiers for key in listed_keys(one))

    def _is_quiet_identifier(self, scheme: Scheme, text: str) -> bool:
        if any(sign in text for sign in SEPARATORS):
            return False  # some schemes would read several values as one
        if not is_one_code(scheme, text):
            return False
        try:
            identifier: Identifier = parse(scheme, text)
        except IdentifierError:
            return False
        meets = not self._listed_keys.isdisjoint(asked_keys(identifier))
        # Domains and packages may spell a keyword.
        return not meets and not keywords.might_contain([identifier.value]).any()

    def _is_quiet_site(self, text: str) -> bool:
        return "/" not in text and self._is_quiet_identifier(Scheme.DOMAIN, text)

    def _is_quiet_text(self, text: str) -> bool:
        if len(text) > self._limits.text_chars_max or any(character < " " or character == "\x7f" for character in text):
            return False
        if any("\x80" <= character <= "\x9f" for character in text) or keywords.might_contain([text]).any():
            return False
        if decoded(text) != text or is_unreadable(text):
            return False
        if any(not self._listed_keys.isdisjoint(asked_keys(code)) for code in codes_in(text)):
            return False
        query = Query((QueryName(text, "remark", free_text=True),))
        return not any(snapshot.index.search(query) for snapshot in self._snapshots)

    def _each(self, column: pa.Array, is_quiet: Callable[[str], bool]) -> Mask:
        """Judge each distinct text of a column once; what is not given is quiet."""
        encoded = column.dictionary_encode()
        judged = [is_quiet(text) for text in encoded.dictionary.to_pylist()]
        return np.append(np.array(judged, bool), True)[_codes(encoded, len(judged))]


def _is_plain(column: pa.Array, chars_max: int) -> Mask:
    """Whether a text is not too long and has no control characters; null is plain."""
    length = pc.fill_null(pc.utf8_length(column), 0)
    return (
        np.asarray(length) <= chars_max
        if not _may_have_control(column)
        else ((np.asarray(length) <= chars_max) & ~_matches(column, _CONTROL))
    )


def _may_have_control(column: pa.Array) -> bool:
    """Look at the bytes of all texts at once; the first byte of U+0080 to U+009F is 0xC2."""
    data = column.buffers()[2]
    if data is None:
        return False
    codes = np.frombuffer(data, np.uint8)
    return bool((codes < ord(" ")).any() or (codes == 0x7F).any() or (codes == 0xC2).any())  # noqa: PLR2004 - as said


def _matches(column: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(column, pattern))


def _is_in(column: pa.Array, values: pa.Array) -> Mask:
    return _mask(pc.is_in(column, value_set=values))


def _mask(values: pa.BooleanArray) -> Mask:
    """Return truth values; null is false."""
    return np.asarray(pc.fill_null(values, False))


def _codes(encoded: pa.DictionaryArray, null: int) -> NDArray[np.int32]:
    return np.asarray(pc.fill_null(encoded.indices, null))
