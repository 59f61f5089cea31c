r"""Names in a notation of programs: encoded words of mail, quoted-printable, UTF-7, base64, U+798F, ``_x798F_``.

What decodes to Chinese, and to nothing else, is read as that; anything else stays as it is written, so that the
checks of :mod:`app.screening.garbled` may speak of it.
"""

import base64
import binascii
import contextlib
import re
import zlib
from collections.abc import Callable, Iterator
from email.header import decode_header
from functools import partial
from typing import Final

MARKS: Final = (
    r"=\?[A-Za-z0-9-]{2,20}\?|=[0-9A-Fa-f]{2}=|&#[xX]?[0-9a-fA-F]|_x[0-9A-Fa-f]{4}_|(?:[uU][0-9A-Fa-f]{4}){2}"
    r"|[uU]\+[0-9A-Fa-f]{4}|0x[0-9A-Fa-f]{4}|\\[0-9A-Fa-fUuxN]|~\{|xn--|\+[A-Za-z0-9+/]{4}|[A-Za-z0-9+/_-]{16}"
    r"|(?:[\x{3400}-\x{9fff}][A-Za-z0-9]){5}"
    r"|(?:[\x{3400}-\x{9fff}][^\x{3400}-\x{9fff}\s]{1,24}){4}[\x{3400}-\x{9fff}]"
    r"|(?:[\x{3400}-\x{9fff}][々〇一丨丶丿乀]){4}|(?:(?:0x|\\x)?[0-9A-Fa-f]{2,5}[\s:,;-]{1,2}){5}|[01]{8}\s?[01]{8}|&[A-Za-z0-9+,]{5}"
    r"|[0-9A-Za-z][\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}\x{00ad}\x{fe00}-\x{fe0f}][0-9A-Za-z]"
    r"|(?:[0-9A-Za-z][ ._·*|/-]){14}"
)
"""A pattern of RE2 for texts that may be written so; what it does not meet surely is not."""

_BRACED: Final = re.compile(r"\\x\{([0-9a-f]{4})\}")
_MARKS: Final = re.compile(_BRACED.sub(r"\\u\1", MARKS))
_ONLY_HAN: Final = re.compile("(?:(?![一丨丶丿乀])[\u3400-\u9fff（）])*")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_WORDS: Final = re.compile(r"(?:=\?[A-Za-z0-9-]{2,20}\?[BbQq]\?[!->@-~]{1,1000}\?=(?:\s+(?==\?))?)+")
_QUOTED: Final = re.compile(r"(?:=[0-9A-Fa-f]{2}(?:=?\r?\n)?){6,}")
_HEX_DIGITS: Final = re.compile("[0-9A-Fa-f]{2}")
_UTF7: Final = re.compile(r"\+[A-Za-z0-9+/]{5,}-?")
_IMAP7: Final = re.compile(r"&[A-Za-z0-9+,]{5,}-")
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
_BETWEEN: Final = re.compile("(?:[\u3400-\u9fff][A-Za-z0-9]){5,}[\u3400-\u9fff]?")
# The same between one character and the next, four times: nobody writes so.
_REPEATED: Final = re.compile(
    r"[\u3400-\u9fff]([^\s\u3400-\u9fff]{1,24}|[々〇一丨丶丿乀])(?:[\u3400-\u9fff]\1){3,}[\u3400-\u9fff]?"
)
# One code beside characters that are written as themselves; only a common character is taken for meant.
_ONE_CODE: Final = re.compile(
    r"(?:_x([0-9A-Fa-f]{4})_|[uU]\+([0-9A-Fa-f]{4})(?![0-9A-Fa-f])|\\(?:00)?([0-9A-Fa-f]{4})(?![0-9A-Fa-f])[ ]?)"
)
_BYTES_LIST: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:0x|\\x)?[0-9A-Fa-f]{2}(?:[\s:,;-]{1,2}(?:0x|\\x)?[0-9A-Fa-f]{2}){7,}(?![0-9A-Za-z])"
)
_CODES_LIST: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{4}(?:[\s:,;-]{1,2}(?:0x)?[0-9A-Fa-f]{4}){5,}(?![0-9A-Za-z])"
)
_NUMBERS: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{2,5}(?:[\s,;]{1,2}[0-9]{2,5}){4,}(?![0-9A-Za-z])")
_BITS: Final = re.compile(r"(?<![0-9])[01]{8}(?:\s?[01]{8}){7,}(?![0-9])")
_FOUR_DIGITS: Final = re.compile("[0-9A-Fa-f]{4}")
_NUMBER: Final = re.compile("[0-9]+")
_BYTE_SIGN: Final = re.compile(r"0x|\\x")
_BASE32: Final = re.compile("[A-Z2-7]{16,}")
_PACKED: Final = {b"\x1f\x8b": 31, b"\x78\x01": 15, b"\x78\x5e": 15, b"\x78\x9c": 15, b"\x78\xda": 15}
"""The first bytes of gzip and zlib, and the window that opens each."""
_PACKED_MAX: Final = 4096
_NESTED: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){3}|(?:\\u[0-9A-Fa-f]{4}){2}|(?:&#x?[0-9A-Fa-f]{4,6};){2}|^[A-Za-z0-9+/]{24,}={0,2}$"
)
"""What came out of one notation and is in another."""
_SILENT: Final = re.compile(r"(?<=[0-9A-Za-z])[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\ufe00-\ufe0f]+(?=[0-9A-Za-z])")
_APART: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]([ ._·*|/-])(?:[0-9A-Za-z]\1){13,}[0-9A-Za-z](?![0-9A-Za-z])")
"""A code whose characters stand apart."""
_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-be", "utf-16-le", "big5")
_HAN_MIN: Final = 3
_CUT_FROM: Final = 24
_CUT_MAX: Final = 3
_BYTE_MAX: Final = 0xFF
_HAN_SHARE: Final = 0.6


def read_notations(text: str) -> str:
    """Return a text with what is Chinese in a notation of programs read as that."""
    if _ONLY_HAN.fullmatch(text) or not _MARKS.search(text):
        return text
    for pattern, read in _READERS:
        text = pattern.sub(partial(_or_as_it_is, read), text)
    return text


def _or_as_it_is(read: Callable[[str], str | None], found: "re.Match[str]") -> str:
    meant = read(found[0])
    return found[0] if meant is None else meant


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


def read_bytes(data: bytes) -> str | None:
    """Return the Chinese that some bytes are, None where they are none; the last character may be cut."""
    for cut in range(_CUT_MAX + 1 if len(data) >= _CUT_FROM else 1):
        for encoding in _ENCODINGS:
            with contextlib.suppress(UnicodeDecodeError):
                found = data[: len(data) - cut].decode(encoding)
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
    return read_bytes(bytes.fromhex(digits))


def _of_utf7(text: str) -> str | None:
    with contextlib.suppress(UnicodeDecodeError):
        found = text.encode("ascii").decode("utf-7")
        return found if _is_chinese(found) else None
    return None


def _of_token(text: str) -> str | None:
    for data in _unpacked(text):
        if found := read_bytes(_opened(data)):
            return found
        if data.isascii() and _NESTED.search(inner := data.decode("ascii")) and inner.isprintable():
            return inner  # to be read in the next round
    return None


def _opened(data: bytes) -> bytes:
    """Return what is packed in some bytes, as far as a name goes; other bytes as they are."""
    window = _PACKED.get(data[:2])
    if window is not None:
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(window).decompress(data, _PACKED_MAX)
    return data


def _unpacked(text: str) -> Iterator[bytes]:
    if match := _HEX.fullmatch(text):
        yield bytes.fromhex(match[1])
        return
    bare = text.rstrip("=")
    if _BASE32.fullmatch(bare):
        with contextlib.suppress(binascii.Error):
            yield base64.b32decode(bare + "=" * (-len(bare) % 8))
    padded = bare + "=" * (-len(bare) % 4)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(padded, validate=True)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(padded, altchars=b"-_", validate=True)


def _of_imap7(text: str) -> str | None:
    return _of_utf7("+" + text[1:].replace(",", "/"))


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
    return read_bytes(bytes(int(one, 8) for one in text.split("\\")[1:]))


def _of_one_code(text: str) -> str | None:
    (code,) = (one for one in _ONE_CODE.fullmatch(text).groups() if one)  # type: ignore[union-attr] # its own pattern
    found = chr(int(code, 16))
    return found if _HAN.match(found) and found.encode("gb2312", "ignore") else None


def _of_bytes_list(text: str) -> str | None:
    return read_bytes(bytes.fromhex("".join(_HEX_DIGITS.findall(_BYTE_SIGN.sub("", text)))))


def _of_codes_list(text: str) -> str | None:
    found = "".join(chr(int(one, 16)) for one in _FOUR_DIGITS.findall(text.replace("0x", "")))
    return found if _is_chinese(found) else None


def _of_numbers(text: str) -> str | None:
    numbers = [int(one) for one in _NUMBER.findall(text)]
    if max(numbers) <= _BYTE_MAX:
        return read_bytes(bytes(numbers))
    found = "".join(map(chr, numbers))
    return found if _is_chinese(found) else None


def _of_bits(text: str) -> str | None:
    bits = "".join(text.split())
    return read_bytes(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def _without_filler(text: str) -> str:
    filler = _REPEATED.fullmatch(text)[1]  # type: ignore[index] # its own pattern
    return text[:: 1 + len(filler)]


def _brought_together(text: str) -> str:
    return text[::2]


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
    (_IMAP7, _of_imap7),
    (_CODES_LIST, _of_codes_list),
    (_BYTES_LIST, _of_bytes_list),
    (_NUMBERS, _of_numbers),
    (_BITS, _of_bits),
    (_ONE_CODE, _of_one_code),
    (_REPEATED, _without_filler),
    (_BETWEEN, _without_letters),
    (_SILENT, lambda _: ""),
    (_APART, _brought_together),
)
