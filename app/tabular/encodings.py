"""In which encoding a text is, and which of its lines are not.

UTF-8 is strict: a line of it with Han characters is never right by chance.  GB18030 (with its older kin GBK and
GB2312) reads nearly any bytes, so it comes last, and what it gives is looked at.  A line is judged by itself: a few
lines of another encoding, or damaged places, must neither be read as other characters nor spoil the whole file.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UTF_8: Final = "utf-8"
GB18030: Final = "gb18030"
BIG5: Final = "big5"

DAMAGED: Final = "\ufffd"
"""What replaces bytes that are no character."""

PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""Characters of private use: what a reader makes of bytes in another encoding, or a glyph of somebody's own font."""

_ASCII: Final = re.compile("[\x00-\x7f]+")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAJORITY: Final = 0.5
_NEARLY_ALL: Final = 0.9
_COMMON_HAN: Final = 0.85
_SAMPLE_BYTES: Final = 1 << 16
_EURO: Final = b"\x80"  # in GBK as Windows writes it (code page 936), in no other kin


class LineState(StrEnum):
    """How a line was read: as the file, in another encoding, with characters of private use, or with losses."""

    CLEAN = "CLEAN"
    OTHER = "OTHER"
    PRIVATE = "PRIVATE"
    DAMAGED = "DAMAGED"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as text, how it was read, and in which encoding."""

    text: str
    state: LineState
    encoding: str


def marked_encoding(head: bytes) -> tuple[str, int] | None:
    """Return the encoding that a byte order mark names, and the length of the mark."""
    return next(((name, len(mark)) for mark, name in _MARKS if head.startswith(mark)), None)


def unmarked_utf16(head: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is in, known by the zero bytes of its digits and separators."""
    sample = head[: _SAMPLE_BYTES & ~1]
    zeros = sample.count(b"\0")
    if not zeros or len(sample) < 4:  # noqa: PLR2004 - two characters
        return None
    if zeros * 4 < len(sample) and _is_utf8_so_far(sample.replace(b"\0", b"")):
        return None  # a text of its own, in whose cells somebody's program left zeros
    low = sample[1::2].count(b"\0")
    if zeros - low <= zeros * 0.01:
        name = "utf-16-le"
    elif low <= zeros * 0.01:
        name = "utf-16-be"
    else:
        return None
    return name if decodes(sample[: len(sample) & ~1], name) else None


def _is_utf8_so_far(data: bytes) -> bool:
    """Whether bytes are UTF-8, the last character perhaps cut."""
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def is_utf32(head: bytes) -> bool:
    """Whether a byte order mark says UTF-32, which nobody's spreadsheet writes and no reader here takes."""
    return head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE))


def voted_encoding(lines: Iterable[bytes]) -> str | None:
    """Return the encoding that most lines with more than ASCII speak for; None where it looks like Big5.

    A file that looks like Big5 is not guessed at: read as GB18030 its names would be other names.
    """
    votes = [line for line in lines if not line.isascii()]
    if _share(votes, UTF_8) >= _MAJORITY:
        return UTF_8
    if _share(votes, "gb2312") < _MAJORITY and _share(votes, BIG5) > _NEARLY_ALL:
        return None
    return GB18030


def _share(lines: Sequence[bytes], encoding: str) -> float:
    return sum(decodes(line, encoding) for line in lines) / len(lines) if lines else 1.0


def decodes(data: bytes, encoding: str) -> bool:
    """Whether bytes are strictly text of an encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def is_doubtful_line(line: bytes, encoding: str) -> bool:
    """Whether a line may be in another encoding than its file, or damaged.  Cheap, for lines by the million."""
    return not line.isascii() and read_line(line, encoding).state is not LineState.CLEAN


def read_line(line: bytes, encoding: str) -> TextLine:
    """Return a line of a file as text.  What is no character comes out as U+FFFD, never as another character."""
    if line.isascii():
        return TextLine(line.decode("ascii"), LineState.CLEAN, encoding)
    if encoding == GB18030 and (text := _utf8_with_han(line)) is not None:
        return TextLine(text, LineState.OTHER, UTF_8)
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return _other_or_damaged(line, encoding)
    state = LineState.CLEAN
    if DAMAGED in text:
        state = LineState.DAMAGED
    elif PRIVATE.search(text):
        state = LineState.PRIVATE
    return TextLine(text, state, encoding)


def _utf8_with_han(line: bytes) -> str | None:
    try:
        text = line.decode(UTF_8)
    except UnicodeDecodeError:
        return None
    # Two-byte sequences alone are pairs of GB2312 as well (联通); a Han character has three.
    return text if _HAN.search(text) else None


def _other_or_damaged(line: bytes, encoding: str) -> TextLine:
    if encoding == UTF_8:
        text = _decoded(line, GB18030)
        if text is not None and _is_common_chinese(text):
            return TextLine(text, LineState.OTHER, GB18030)
    if encoding == GB18030 and _EURO in line:
        text = _decoded_euro(line)
        if text is not None:
            return TextLine(text, LineState.CLEAN, GB18030)
    return TextLine(line.decode(encoding, "replace"), LineState.DAMAGED, encoding)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decoded_euro(line: bytes) -> str | None:
    """Read code page 936, where a lone 0x80 is the euro sign."""
    pieces: list[str] = []
    rest = line
    while rest:
        try:
            pieces.append(rest.decode(GB18030))
            break
        except UnicodeDecodeError as error:
            if rest[error.start : error.start + 1] != _EURO:
                return None
            pieces += [rest[: error.start].decode(GB18030), "€"]
            rest = rest[error.start + 1 :]
    return "".join(pieces)


def _is_common_chinese(text: str) -> bool:
    """Whether a text reads as Chinese of today: hardly a character outside GB 2312."""
    foreign = _ASCII.sub("", text)
    return len(foreign.encode("gb2312", "ignore")) > 2 * len(foreign) * _COMMON_HAN


def lines_of(data: bytes) -> Iterator[bytes]:
    """Give the lines of a text in a multi-byte encoding with their ends; a line ends with LF only."""
    start = 0
    while start < len(data):
        stop = data.find(b"\n", start) + 1 or len(data)
        yield data[start:stop]
        start = stop


_CHINESE_MISREAD: Final = (("gb18030", UTF_8),)
_MISREAD: Final = (*_CHINESE_MISREAD, ("cp1252", UTF_8), ("latin-1", UTF_8), ("latin-1", "gb2312"))


def untangled(text: str) -> str | None:
    """Return what a text was before it was read in the wrong encoding (mojibake), or None where it was not.

    Known are UTF-8 read as GB18030 or as Latin-1 (Windows-1252), and GB18030 read as Latin-1.
    """
    if text.isascii():
        return None
    # Han characters are in no Latin encoding, so that a text with one of them was never read in one.
    for wrong, right in _CHINESE_MISREAD if _HAN.search(text) else _MISREAD:
        if wrong == "gb18030" and _is_common_chinese(text):
            continue
        try:
            found = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if found != text and len(_HAN.findall(found)) > 1:
            return found
    return None
