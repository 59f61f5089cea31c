"""Names in a notation of programs (base64, quoted-printable, U+798F …), of a wrong code page, reversed, or masked.

Nobody can be looked for by such a name: it is refused, or REVIEW in a file, rather than read as an unknown party.
What :mod:`app.names.encoded` can read for certain has been read before.
"""

import base64
import binascii
import contextlib
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.names.encoded import DAMAGED, decoded, is_mojibake

_HAN: Final = "\u3400-\u9fff"
_NOTATION_SOURCE: Final = (
    r"(?:&#[xX]?[0-9a-fA-F]{2,10};?){2}|(?:[uU]\+[0-9A-Fa-f]{4,5}[\s,;]*){2}|(?:0x[0-9A-Fa-f]{4}[\s,;]*){2}"
    r"|(?:\\[0-3][0-7]{2}){3}|(?:=[0-9A-Fa-f]{2}){3}|=\?[A-Za-z0-9-]{2,20}\?[BbQq]\?|~\{[!-~]{4}|^xn--[a-z0-9-]{6,}$"
)
_LOST_SOURCE: Final = (
    "锟斤拷|斤拷锟|烫烫|屯屯屯|^(?:司公|心中易交|所易交|场市易交)"
    f"|[{_HAN}](?:[*＊×□■〓▯○]{{2,}}|…+|[.]{{3,}}|。{{3,}})[{_HAN}]|[^\x00-\x7f][?？][^\x00-\x7f]"
)
_NOTATION: Final = re.compile(_NOTATION_SOURCE)
_LOST: Final = re.compile(_LOST_SOURCE)
_TOKEN: Final = re.compile(r"\+?[A-Za-z0-9+/]{16,}[=-]{0,2}")
_LONG_TOKEN: Final = re.compile(r"[!-,/-?A-~]{24,}[=-]{0,2}")
"""Long, of ASCII without a blank, and with no dot, hyphen or @ as addresses and packages have them."""
_TURN: Final = re.compile("(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_TURNS_MIN: Final = 6
_BARE_ASCII: Final = re.compile(r"[A-Za-z0-9 .,&'()/-]*")
_ORGANISATION: Final = re.compile(
    "公司|有限|中心|微盘|微交易|云交易|交易|銀行|银行|集團|集团|市場|市场|商行|貿易|贸易|合作社|商會|商会"
)
_WRONG: Final = (
    *("cp437", "cp850", "cp1252", "latin-1", "iso8859_15", "mac_roman", "cp1251", "koi8_r", "shift_jis", "euc_jp"),
    *("euc_kr", "big5", "big5hkscs", "gb18030", "utf-16-le", "utf-16-be"),
    *("cp852", "cp855", "cp866", "cp874", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "koi8_u", "mac_cyrillic", "johab"),
)
_RIGHT: Final = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
_CUT_MAX: Final = 3
_UNUSUAL_MIN: Final = 3
_PLANE: Final = 0x10000
"""What is usual is in the first plane."""


def _usual() -> str:
    """Return, as ranges of a class, the Han characters of GB 2312 and what else is in ordinary names."""
    pairs = (bytes((lead, trail)) for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF))
    codes = sorted({ord(found) for pair in pairs if (found := pair.decode("gb2312", "ignore"))})
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in ranges)


_USUAL: Final = f"A-Za-z0-9 .,&'()（）【】《》“”、，。；：·/_{_usual()}"
_UNUSUAL: Final = re.compile(f"[^{_USUAL}-]")
MAY_BE_GARBLED: Final = (
    "&#|[uU][+]|0x|\\\\|=[0-9A-Fa-f?]|~[{]|^xn--|^[+]?[A-Za-z0-9+/]{16,}[=-]{0,2}$|锟斤|斤拷|烫烫|屯屯|^司公|^心中|^所易|^场市"
    '|^[ -~]*[!"#$%*+;<=>?@^`{|}~\\[\\]][ -~]*$|[^ -~][?？][^ -~]'
    "|[*＊×□■〓▯○…]|[.]{3}|。。。"
)
"""A pattern of RE2 that every garbled name meets but those that :func:`have_unusual` tells, and few others do."""


@cache
def _unusual_codes() -> NDArray[np.bool_]:
    """Return of each code point whether it is unusual in names."""
    found = np.ones(sys.maxunicode + 1, np.bool_)
    found[:_PLANE] = [_UNUSUAL.match(chr(code)) is not None for code in range(_PLANE)]
    return found


def have_unusual(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return for each text whether so many of its characters are unusual that it may be of a wrong code page."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    unusual = np.flatnonzero(_unusual_codes()[codes])
    counts = np.bincount(np.searchsorted(ends, unusual, side="right"), minlength=len(texts))
    return np.asarray(counts >= _UNUSUAL_MIN)


def is_garbled(text: str) -> bool:
    """Whether a name is none that people write, so that nothing can be concluded from meeting nothing with it."""
    return _is_garbled(text) or _is_no_word(text)


def _is_no_word(text: str) -> bool:
    """Whether a text is one long token in which letters and digits take turns, as no name of anybody."""
    return _LONG_TOKEN.fullmatch(text) is not None and len(_TURN.findall(text)) >= _TURNS_MIN


def _is_garbled(text: str) -> bool:
    if _NOTATION.search(text) or _LOST.search(text):
        return True
    if text.isascii():
        return _hides_han(text)
    if _ORGANISATION.search(text) or len(_UNUSUAL.findall(text)) < _UNUSUAL_MIN:
        return False
    return any(_ORGANISATION.search(found) for found in _other_readings(text))


def is_unreadable(text: str) -> bool:
    """Whether a free text is garbled, or has lost characters, once what can be read of it is read."""
    read = decoded(text)
    return DAMAGED in read or _is_garbled(read) or is_mojibake(read)


def _hides_han(text: str) -> bool:
    """Whether an ASCII text is Chinese in base64, in hexadecimal, in UTF-7, or without its highest bits."""
    if _TOKEN.fullmatch(text):
        return any(_ORGANISATION.search(found) for data in _unpacked(text) for found in _decoded(data))
    if not _BARE_ASCII.fullmatch(text):
        if any(_ORGANISATION.search(found) for data in _of_85(text) for found in _decoded(data, ("utf-8", "gb18030"))):
            return True
        stripped = bytes(ord(char) | 0x80 for char in text if char > " ")
        return any(_ORGANISATION.search(found) for found in _decoded(stripped, ("gb2312", "utf-8")))
    return False


def _unpacked(text: str) -> Iterator[bytes]:
    if text.startswith("+") and text.endswith("-"):
        yield text.encode().decode("utf-7", "ignore").encode()
    bare = text.strip("+=-")
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(bare)
    with contextlib.suppress(binascii.Error):
        yield base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def _of_85(text: str) -> Iterator[bytes]:
    """Yield what a text is in the two alphabets of base85."""
    for decode in (base64.b85decode, base64.a85decode):
        with contextlib.suppress(ValueError, struct.error):
            yield decode(text)


def _other_readings(text: str) -> Iterator[str]:
    """Yield what a text would be had its bytes been read by another code page than they were written in."""
    for wrong in _WRONG:
        try:
            data = text.encode(wrong)
        except UnicodeEncodeError:
            continue
        yield from _decoded(data)


def _decoded(data: bytes, encodings: tuple[str, ...] = _RIGHT) -> Iterator[str]:
    """Yield the readings of some bytes, also where the last character was cut."""
    for encoding in encodings:
        for size in range(len(data), max(len(data) - _CUT_MAX, 0), -1):
            try:
                yield data[:size].decode(encoding)
            except UnicodeDecodeError:
                continue
            break
