"""Cells of codes as people fill them: several codes, labels and remarks around one, what a spreadsheet made of it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

from app.identifiers.account import is_masked
from app.identifiers.error import IdentifierError
from app.identifiers.in_text import codes_in
from app.identifiers.normal import compact, visible
from app.identifiers.parse import parse
from app.identifiers.scheme import Identifier, Scheme

CODE_CELL_READ: Final = "code-cell-read"
"""The cell holds more than one code, or more than a code; it is read as those that are in it."""

ZERO_RESTORED: Final = "zero-restored"
"""The number has lost the nought of its area code, or has the code of the country before it."""

MASKED: Final = "masked-account"
"""Digits of the account are hidden, so that it can be compared with no other."""

_BETWEEN: Final = re.compile(r"[\s、,，;；|()（）\[\]【】]+")
_BETWEEN_WORDS: Final = re.compile(r"[、,，;；|()（）\[\]【】]+")
_BETWEEN_GROUPS: Final = re.compile(r"[、,，;；|()（）\[\]【】/]+")
_BETWEEN_NUMBERS: Final = re.compile(r"[\s、,，;；|()（）\[\]【】/]+")
_NO_CODE: Final = re.compile("[\u3400-\u9fff、，；：（）【】]")
_SEVERAL: Final = re.compile(r"[、,，；/]|\s\S")
_DOT: Final = re.compile(r"\[\.\]|\(\.\)|[(\[ ](?:dot|点)[)\] ]", re.IGNORECASE)
_OF_A_NUMBER: Final = re.compile(r"(?P<digits>\d{8,})\.0+")
_DOT_ALONE: Final = re.compile(r"(?<=[0-9A-Za-z])\s?[·•・‧∙⋅]\s?(?=[0-9A-Za-z])")
_LINK_INSIDE: Final = re.compile(r"://.*(?:://|www\.)|%(?:3a|2f)", re.IGNORECASE)
"""An address that leads on to another, or is written as programs write one."""

_INSTALLER: Final = re.compile(r"\.(?:apk|ipa|app)$", re.IGNORECASE)
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_AREA_NUMBER: Final = re.compile(r"[2-9]\d{9,10}")
_COUNTRY_NUMBER: Final = re.compile(r"86\d{9,12}")
_AROUND: Final = " 。.：:；;、,，“”\"‘’'`=@<>《》()[]【】"
_LABEL: Final = re.compile(
    "^(?:[^0-9:]{1,12}:|[A-Za-z]{1,10}(?:/[A-Za-z])?[.#]|[A-Za-z]/[A-Za-z])\\s*(?=[0-9A-Z+(\u3400-\u9fff])"
)
"""A word before a code: 账号:, No., A/C, TEL:."""

# Possessive, so that a cell of nothing but words costs no more than its length.
_WORDS_BEFORE: Final = re.compile("[\u3400-\u9fff\\s:]++(?=.*[0-9])")
_WORDS: Final = re.compile("[\u3400-\u9fff\\s:]*+")
_HAN: Final = re.compile("[\u3400-\u9fff]+:?")
_NOT_DIGITS: Final = re.compile(r"\D")
_ONE_TOKEN: Final = re.compile("[0-9A-Za-z-]+")
_LIKE_A_CODE: Final = re.compile("(?=(?:.*[0-9]){5})[0-9A-Z*•●]{9,}")
"""A part of a cell, in compact form, that was written as a code."""
_WITH_DOTS: Final = (Scheme.DOMAIN, Scheme.APP_PKG)
"""Codes whose hyphens mean something, and between which blanks are."""

_MERE_NUMBERS: Final = (Scheme.ACCOUNT, Scheme.PHONE)
"""What any number of so many digits may be, where its column does not say so."""

_CODES_MAX: Final = 20


class CellCode(NamedTuple):
    """A code of a cell, and what there is to say of its reading."""

    scheme: Scheme
    value: str
    note: str | None = None


def read_codes(scheme: Scheme, text: str) -> list[CellCode]:
    """Return the codes that a cell of this scheme holds; what is none comes back as it is, for the parser to refuse.

    So does what stands beside codes and was written as one.
    """
    if _is_alone(scheme, text):
        return [CellCode(scheme, text, _note_of(scheme, text)), *_numbers_behind(scheme, text)]
    if _ONE_TOKEN.fullmatch(text.strip()):
        return [CellCode(scheme, text)]
    seen = visible(text)
    if scheme in _WITH_DOTS:
        seen = unquote(_DOT_ALONE.sub(".", seen))
    found = list(dict.fromkeys(_within(scheme, _DOT.sub(".", seen))))[:_CODES_MAX]
    if not found or found == [(scheme, text)]:
        return [CellCode(scheme, text)]
    codes = [CellCode(*one, CODE_CELL_READ) for one in found]
    codes += [more for one in found for more in _numbers_behind(*one)]
    codes += [CellCode(scheme, value, MASKED) for own, value in found if own is scheme and _note_of(scheme, value)]
    return [*codes, *(CellCode(scheme, part) for part in _left_of(scheme, text, codes))]


def identifiers_of(scheme: Scheme, text: str) -> list[Identifier]:
    """Return what :func:`read_codes` reads, in normal form.  Raises IdentifierError for what is no code."""
    if text.isascii() and text.isalnum() and (scheme is not Scheme.PHONE or _MOBILE.fullmatch(text)):
        # Nearly all codes are written so, and nothing is around them.
        return [parse(scheme, text)]
    return list(dict.fromkeys(parse(code.scheme, code.value) for code in read_codes(scheme, text)))


def is_one_code(scheme: Scheme, text: str) -> bool:
    """Whether a cell is one code of its scheme, of which there is nothing to say."""
    return read_codes(scheme, text) == [CellCode(scheme, text)]


def _is_alone(scheme: Scheme, text: str) -> bool:
    """Whether the cell is one code as it is."""
    if scheme is Scheme.APP_PKG and _INSTALLER.search(text.strip()):
        return False
    if scheme in _WITH_DOTS and (_NO_CODE.search(text) or _BETWEEN.search(text.strip()) or _LINK_INSIDE.search(text)):
        return False
    if scheme is Scheme.APP_STORE and len(text.split()) > 1:
        return False
    return _parses(scheme, text)


def _note_of(scheme: Scheme, text: str) -> str | None:
    return MASKED if scheme is Scheme.ACCOUNT and is_masked(parse(scheme, text)) else None


def _numbers_behind(scheme: Scheme, text: str) -> Iterator[CellCode]:
    """Give the telephone number that a number without its first nought, or with that of the country, stands for."""
    if scheme is not Scheme.PHONE:
        return
    digits = _NOT_DIGITS.sub("", parse(scheme, text).value)
    country = _COUNTRY_NUMBER.fullmatch(digits)
    if _AREA_NUMBER.fullmatch(digits) and not digits.startswith(("400", "800")):
        yield CellCode(scheme, f"0{digits}", ZERO_RESTORED)
    elif country and not text.lstrip().startswith(("+", "00")):
        yield CellCode(scheme, f"+{digits}", ZERO_RESTORED)


def _within(scheme: Scheme, text: str) -> Iterator[tuple[Scheme, str]]:
    """Give the codes in a text: the text without what is around it, its parts, then what has a form of its own."""
    if number := _OF_A_NUMBER.fullmatch(text.strip()):
        text = number["digits"]
    if scheme is Scheme.APP_PKG:
        text = _INSTALLER.sub("", text.strip())
    if scheme in _WITH_DOTS:
        yield from ((scheme, part) for part in _dotted_parts(scheme, text))
    else:
        bare = _LABEL.sub("", text.strip(_AROUND))
        parts = (bare, *_BETWEEN_GROUPS.split(bare)[:_CODES_MAX], *_BETWEEN_NUMBERS.split(text)[:_CODES_MAX])
        for written in dict.fromkeys(one for part in parts for one in (part, _without_words(part))):
            if (code := written.strip(_AROUND)) and _parses(scheme, code):
                yield scheme, code
    # What is written with blanks in it has no form of its own.
    for found in codes_in("".join(text.split()) if scheme is Scheme.ICP else text):
        if found.scheme not in _MERE_NUMBERS or found.scheme is scheme:
            yield found.scheme, found.value
    if scheme is Scheme.DOMAIN and not _SEVERAL.search(text) and _parses(scheme, text):
        yield scheme, text  # a name of its own in characters, 样本。网址


def _without_words(text: str) -> str:
    """Return a text without the Chinese words before and behind the code in it."""
    before, behind = _WORDS_BEFORE.match(text), _WORDS.match(text[::-1])
    first = before.end() if before else 0
    return text[first : len(text) - (behind.end() if behind else 0)]


def _dotted_parts(scheme: Scheme, text: str) -> Iterator[str]:
    """Give the hosts or packages between signs and blanks; a blank that is no place between two is nothing."""
    for part in _BETWEEN_WORDS.split(text)[:_CODES_MAX]:
        words = _HAN.sub(" ", part).split()
        for code in dict.fromkeys(word.strip(_AROUND) for word in (*words, "".join(words), "".join(words[1:]))):
            if _parses(scheme, code):
                yield code


def _left_of(scheme: Scheme, text: str, codes: list[CellCode]) -> Iterator[str]:
    """Give the parts of a cell that were written as codes and are in none of those that were read."""
    if scheme in _WITH_DOTS:
        return
    read = [compact(code.value) for code in codes]
    for part in _BETWEEN_NUMBERS.split(text):
        written = compact(part)
        if _LIKE_A_CODE.fullmatch(written) and not any(written in one or one in written for one in read):
            yield part


def _parses(scheme: Scheme, text: str) -> bool:
    try:
        parse(scheme, text)
    except IdentifierError:
        return False
    return True
