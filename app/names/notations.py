r"""Names in a notation of programs: encoded words of mail, quoted-printable, UTF-7, base64, U+798F, ``_x798F_``.

What decodes to Chinese, and to nothing else, is read as that; anything else stays as it is written, so that the
checks of :mod:`app.screening.garbled` may speak of it.
"""

import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Iterator
from email.header import decode_header
from functools import partial
from typing import Final

MARKS: Final = (
    r"=\?[A-Za-z0-9-]{2,20}\?|=[0-9A-Fa-f]{2}=|&#[xX]?[0-9a-fA-F]|_x[0-9A-Fa-f]{4}_|(?:[uU][0-9A-Fa-f]{4}){2}"
    r"|[uU]\+[0-9A-Fa-f]{4}|0x[0-9A-Fa-f]{4}|\\[0-9A-Fa-fUuxN]|~\{|xn--|\+[A-Za-z0-9+/]{4}|[A-Za-z0-9+/_-]{16}"
    r"|(?:[\x{3400}-\x{9fff}][A-Za-z]){5}"
)
"""A pattern of RE2 for texts that may be written so; what it does not meet surely is not."""

_BRACED: Final = re.compile(r"\\x\{([0-9a-f]{4})\}")
_MARKS: Final = re.compile(_BRACED.sub(r"\\u\1", MARKS))
_ASCII: Final = re.compile("[!-~]")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_WORDS: Final = re.compile(r"(?:=\?[A-Za-z0-9-]{2,20}\?[BbQq]\?[!->@-~]{1,1000}\?=(?:\s+(?==\?))?)+")
_QUOTED: Final = re.compile(r"(?:=[0-9A-Fa-f]{2}(?:=?\r?\n)?){6,}")
_HEX_DIGITS: Final = re.compile("[0-9A-Fa-f]{2}")
_UTF7: Final = re.compile(r"\+[A-Za-z0-9+/]{5,}-?")
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,1000}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX: Final = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2}){4,})")
_HZ: Final = re.compile(r"~\{[!-}]{4,1000}~\}")
_PUNYCODE: Final = re.compile(r"xn--[A-Za-z0-9-]{6,}", re.IGNORECASE)
_PREFIX: Final = "xn--"
_NOTATIONS: Final = (
    r"[uU]\+[0-9A-Fa-f]{4,5}[\s,;]{0,3}",
    r"0x[0-9A-Fa-f]{4}(?![0-9A-Fa-f])[\s,;]{0,3}",
    r"_x[0-9A-Fa-f]{4}_",
    r"&#\d{4,6};?",
    r"&#[xX][0-9A-Fa-f]{4,6};?",
    r"\\[0-9A-Fa-f]{4}[ ]?",
    r"\\U(?:0000)?[0-9A-Fa-f]{4}",
    r"(?<![0-9A-Za-z])[uU][0-9A-Fa-f]{4}|(?<=[0-9A-Fa-f])[uU][0-9A-Fa-f]{4}",
)
_CODES: Final = re.compile("|".join(f"(?:{one}){{2,}}" for one in _NOTATIONS))
_CODE: Final = re.compile(r"&#(\d{4,6})|(?:[uU]\+|0x|_x|&#[xX]|\\U(?:0000)?|\\|[uU])([0-9A-Fa-f]{4,6}?)(?![0-9A-Fa-f])")
_OCTAL: Final = re.compile(r"(?:\\[0-3][0-7]{2}){6,}")
_BETWEEN: Final = re.compile("(?:[\u3400-\u9fff][A-Za-z]){5,}[\u3400-\u9fff]?")
_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-be", "utf-16-le", "big5")
_HAN_MIN: Final = 3
_HAN_SHARE: Final = 0.6


def read_notations(text: str) -> str:
    """Return a text with what is Chinese in a notation of programs read as that."""
    if not (_ASCII.search(text) and _MARKS.search(text)):
        return text
    for pattern, read in _READERS:
        text = pattern.sub(partial(_or_as_it_is, read), text)
    return text


def _or_as_it_is(read: Callable[[str], str | None], found: "re.Match[str]") -> str:
    return read(found[0]) or found[0]


def _of_words(text: str) -> str | None:
    with contextlib.suppress(ValueError, LookupError, binascii.Error):
        pieces = [
            data if isinstance(data, str) else data.decode(_wider(charset), "strict")
            for data, charset in decode_header(text)
        ]
        return "".join(pieces) or None
    return None


def _wider(charset: str | None) -> str:
    """Return the encoding of a charset: what is called GB2312 mostly is its successor."""
    name = (charset or "utf-8").lower()
    return "gb18030" if name in {"gb2312", "gbk"} else name


def _of_bytes(data: bytes) -> str | None:
    """Return the Chinese that some bytes are, None where they are none."""
    for encoding in _ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            found = data.decode(encoding)
            if _is_chinese(found):
                return found
    return None


def _is_chinese(text: str) -> bool:
    """Whether a text is of the common characters of Chinese, and of little else."""
    han = _HAN.findall(text)
    common = sum(bool(char.encode("gb2312", "ignore")) for char in han)
    return (
        text.isprintable()
        and len(han) >= max(_HAN_MIN, len(text) * _HAN_SHARE)
        and common >= len(han) * 0.9  # a rare character may stand in a name
    )


def _of_quoted(text: str) -> str | None:
    digits = "".join(_HEX_DIGITS.findall(text))
    return _of_bytes(bytes.fromhex(digits))


def _of_utf7(text: str) -> str | None:
    with contextlib.suppress(UnicodeDecodeError):
        found = text.encode("ascii").decode("utf-7")
        return found if _is_chinese(found) else None
    return None


def _of_token(text: str) -> str | None:
    for data in _unpacked(text):
        if found := _of_bytes(data):
            return found
    return None


def _unpacked(text: str) -> Iterator[bytes]:
    if match := _HEX.fullmatch(text):
        yield bytes.fromhex(match[1])
        return
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(padded, validate=True)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(padded, altchars=b"-_", validate=True)


def _of_hz(text: str) -> str | None:
    with contextlib.suppress(UnicodeDecodeError):
        return text.encode("ascii").decode("hz")
    return None


def _of_punycode(text: str) -> str | None:
    with contextlib.suppress(UnicodeError):
        found = text[len(_PREFIX) :].lower().encode("ascii").decode("punycode")
        return found if _is_chinese(found) else None
    return None


def _of_codes(text: str) -> str | None:
    found = "".join(chr(int(one[1]) if one[1] else int(one[2], 16)) for one in _CODE.finditer(text))
    return found if len(_HAN.findall(found)) > 1 and found.isprintable() else None


def _of_octal(text: str) -> str | None:
    return _of_bytes(bytes(int(one, 8) for one in text.split("\\")[1:]))


def _without_letters(text: str) -> str:
    """Return the characters between which somebody put a letter each, as nobody writes them."""
    return "".join(_HAN.findall(text))


_READERS: Final[tuple[tuple["re.Pattern[str]", Callable[[str], str | None]], ...]] = (
    (_WORDS, _of_words),
    (_QUOTED, _of_quoted),
    (_HZ, _of_hz),
    (_CODES, _of_codes),
    (_OCTAL, _of_octal),
    (_PUNYCODE, _of_punycode),
    (_TOKEN, _of_token),
    (_UTF7, _of_utf7),
    (_BETWEEN, _without_letters),
)
