"""Cells of codes as people fill them: several codes, labels and remarks around one, what a spreadsheet made of it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from app.identifiers import IdentifierError, Scheme, parse
from app.identifiers.account import is_masked
from app.identifiers.in_text import codes_in

CODE_CELL_READ: Final = "code-cell-read"
"""The cell holds more than one code, or more than a code; it is read as those that are in it."""

ZERO_RESTORED: Final = "zero-restored"
"""The number has lost the nought of its area code, or has the code of the country before it."""

MASKED: Final = "masked-account"
"""Digits of the account are hidden, so that it can be compared with no other."""

_BETWEEN: Final = re.compile(r"[\s、,，;；|()（）\[\]【】]+")
_BETWEEN_NUMBERS: Final = re.compile(r"[\s、,，;；|()（）\[\]【】/]+")
_NO_CODE: Final = re.compile("[\u3400-\u9fff、，；：（）【】]")
_SEVERAL: Final = re.compile(r"[、,，；/]|\s\S")
_DOT: Final = re.compile(r"\[\.\]|\(\.\)|[(\[ ](?:dot|点)[)\] ]", re.IGNORECASE)
_OF_A_NUMBER: Final = re.compile(r"(?P<digits>\d{8,})\.0+")
_INSTALLER: Final = re.compile(r"\.(?:apk|ipa|app)$", re.IGNORECASE)
_AREA_NUMBER: Final = re.compile(r"[2-9]\d{9,10}")
_COUNTRY_NUMBER: Final = re.compile(r"86(?P<rest>\d{9,11})")
_NOT_DIGITS: Final = re.compile(r"\D")
_ONE_TOKEN: Final = re.compile("[0-9A-Za-z-]+")
_MERE_NUMBERS: Final = (Scheme.ACCOUNT, Scheme.PHONE)
"""What any number of so many digits may be, where its column does not say so."""

_CODES_MAX: Final = 20


class CellCode(NamedTuple):
    """A code of a cell, and what there is to say of its reading."""

    scheme: Scheme
    value: str
    note: str | None = None


def read_codes(scheme: Scheme, text: str) -> list[CellCode]:
    """Return the codes that a cell of this scheme holds; what is none comes back as it is, for the parser to refuse."""
    if _is_alone(scheme, text):
        return [CellCode(scheme, text, _note_of(scheme, text)), *_numbers_behind(scheme, text)]
    if _ONE_TOKEN.fullmatch(text.strip()):
        return [CellCode(scheme, text)]
    found = dict.fromkeys(_within(scheme, _DOT.sub(".", text)))
    if not found or list(found) == [(scheme, text)]:
        return [CellCode(scheme, text)]
    return [CellCode(*one, CODE_CELL_READ) for one in list(found)[:_CODES_MAX]]


def is_one_code(scheme: Scheme, text: str) -> bool:
    """Whether a cell is one code of its scheme, of which there is nothing to say."""
    return read_codes(scheme, text) == [CellCode(scheme, text)]


def _is_alone(scheme: Scheme, text: str) -> bool:
    """Whether the cell is one code as it is."""
    if scheme is Scheme.APP_PKG and _INSTALLER.search(text.strip()):
        return False
    if scheme is Scheme.DOMAIN and (_NO_CODE.search(text) or _BETWEEN.search(text.strip())):
        return False
    return _parses(scheme, text)


def _note_of(scheme: Scheme, text: str) -> str | None:
    return MASKED if scheme is Scheme.ACCOUNT and is_masked(parse(scheme, text)) else None


def _numbers_behind(scheme: Scheme, text: str) -> Iterator[CellCode]:
    """Give the telephone number that a number without its first nought, or with that of the country, stands for."""
    if scheme is not Scheme.PHONE:
        return
    digits = _NOT_DIGITS.sub("", text)
    country = _COUNTRY_NUMBER.fullmatch(digits)
    if _AREA_NUMBER.fullmatch(digits) and not digits.startswith(("400", "800")):
        yield CellCode(scheme, f"0{digits}", ZERO_RESTORED)
    elif country and not text.lstrip().startswith(("+", "00")):
        yield CellCode(scheme, f"+{digits}", ZERO_RESTORED)


def _within(scheme: Scheme, text: str) -> Iterator[tuple[Scheme, str]]:
    """Give the codes in a text: its parts, then what has a form of its own."""
    if number := _OF_A_NUMBER.fullmatch(text.strip()):
        text = number["digits"]
    if scheme is Scheme.APP_PKG:
        text = _INSTALLER.sub("", text.strip())
    between = _BETWEEN if scheme is Scheme.DOMAIN else _BETWEEN_NUMBERS
    for part in between.split(text)[:_CODES_MAX]:
        bare = part.strip("。.：:“”\"'=＠@")
        if bare and not (scheme is Scheme.DOMAIN and _NO_CODE.search(bare)) and _parses(scheme, bare):
            yield scheme, bare
    for code in codes_in(text):
        if code.scheme not in _MERE_NUMBERS or code.scheme is scheme:
            yield code.scheme, code.value
    if scheme is Scheme.DOMAIN and not _SEVERAL.search(text) and _parses(scheme, text):
        yield scheme, text  # a name of its own in characters, 样本。网址


def _parses(scheme: Scheme, text: str) -> bool:
    try:
        parse(scheme, text)
    except IdentifierError:
        return False
    return True
