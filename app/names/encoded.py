"""Names as programs leave them: escaped, reversed, or damaged on the way between two encodings.

What surely means one text is read as that text.  What has lost characters cannot be read by anybody, and is reported.
"""

import html
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from app.names.notations import MARKS, read_bytes, read_notations

DAMAGED: Final = "\ufffd"
"""What a program writes where bytes were no character."""

SUSPICIOUS: Final = (
    r"[&%\\<＆％＼＜\x{ad}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffd}\x{e000}-\x{f8ff}\x{80}-\x{b6}\x{b8}-\x{ff}]"
    rf"|[?？][?？]|[\x{{3400}}-\x{{9fff}}][?？]|{MARKS}"
)
"""A pattern of RE2 for texts that may be written so; what it does not meet surely is not."""

_ENTITY: Final = re.compile(
    r"&(?:#\d{1,12}|#[xX][0-9a-fA-F]{1,10}|[a-zA-Z]{2,31});|&#(?:\d{4,6}|[xX][0-9a-fA-F]{4,5})(?![0-9a-fA-F;])"
)
_WIDE: Final = re.compile("[＆％＼＜]")
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ESCAPE: Final = re.compile(
    r"\\(?:[ux]\{0{0,4}|N\{U\+0{0,4})([0-9a-fA-F]{4,5})\}|\\u([0-9a-fA-F]{4,5})"
    r"|\\x([0-9a-fA-F]{2})(?![0-9a-fA-F])|%u([0-9a-fA-F]{4})"
)
# A line break, a tab or a zero as programs write them, between the characters of a name.
_WRITTEN_BREAK: Final = re.compile(r"(?<=[\u3400-\u9fff])(?:\\[rntfvb0])+(?=[\u3400-\u9fff])")
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
# Bytes of other encodings than UTF-8 are ASCII in part, and then stand as they are.
_PERCENT_BYTES: Final = re.compile(r"(?:%[0-9a-fA-F]{2}[A-Za-z0-9~@^_`{|}\[\]]?){6,}")
_COMMENT: Final = re.compile(r"<!--([^>]{0,200}?)-->|<!\[CDATA\[|\]\]>")
_COMMENT_HAN_MAX: Final = 3
_TAG: Final = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,10}(?:\s[^<>]{0,200})?/?>")
_REVERSED: Final = re.compile("[\u202e\u2067]+([^\u202c\u2069\u202d\u2066]*)[\u202c\u2069]?")
_LOST: Final = re.compile(
    "[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]|[?？]{2,}|(?<=[\u3400-\u9fff])[?？]+(?=[\u3400-\u9fff])"
)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_SOUP: Final = re.compile("[\x80-\xb6\xb8-\xff\u0152-\u0178\u2013-\u203a\u20ac\u2122]")
_SOUP_MIN: Final = 6
_HAN: Final = re.compile("[\u3400-\u9fff]")
_ROUNDS: Final = 8
_MIXED_UP: Final = (("gb18030", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"))
_UTF8_AS_GB_LEADS: Final = range(0xE4, 0xEA)
_UTF8_AS_GB_TRAILS: Final = range(0x80, 0xC0)


def _utf8_as_gb() -> str:
    """Return the characters that GB18030 makes of the first two bytes of a Han character in UTF-8."""
    pairs = (bytes((lead, trail)) for lead in _UTF8_AS_GB_LEADS for trail in _UTF8_AS_GB_TRAILS)
    return "".join(pair.decode("gb18030", "ignore") for pair in pairs)


_FIRST: Final = _utf8_as_gb()
MOJIBAKE: Final = f"[{_FIRST}]..[{_FIRST}]|[{_FIRST}]..$"
"""A pattern, of RE2 too, that UTF-8 read as GB18030 meets: every third character is one of few."""

_MOJIBAKE: Final = re.compile(MOJIBAKE)
_LATIN: Final = re.compile("[\x80-\xff]{2}|[\xc0-\xff].{0,2}[\x80-\xbf\u2013-\u203a\u20ac\u2122]")


def decoded(text: str) -> str:
    """Return a text without escapes, tags and reversed runs, and read anew where it was read in a wrong encoding."""
    for _ in range(_ROUNDS):
        found = read_notations(_REVERSED.sub(lambda run: run[1][::-1], _unescaped(text)))
        if found == text:
            break
        text = found
    return text if text.isascii() else untangled(text) or text


def is_damaged(text: str) -> bool:
    """Whether a text has lost characters that nobody can tell: U+FFFD, private use, question marks, mojibake."""
    if text.isascii() and "?" not in text:
        return False
    if _LOST.search(text) or is_mojibake(text):
        return True
    soup = len(_SOUP.findall(text))
    return soup >= _SOUP_MIN and soup * 2 > len(text)


def is_mojibake(text: str) -> bool:
    """Whether a text is UTF-8 that was read as GB18030, of which some bytes are lost."""
    return len(_MOJIBAKE.findall(text)) > 1


def without_damage(text: str) -> str:
    """Return what is left of a damaged text."""
    return _LOST.sub("", text)


def untangled(text: str) -> str | None:
    """Return what a text was before it was read in a wrong encoding, None where it was not."""
    if not (_MOJIBAKE.search(text) or _LATIN.search(text)):
        return None
    for wrong, right in _MIXED_UP:
        try:
            data = text.encode(wrong)
        except UnicodeEncodeError:
            continue
        found = _text_of(data, right)
        if found and found != text and len(_HAN.findall(found)) > 1 and _is_common(found):
            return found
    return None


def _text_of(data: bytes, encoding: str) -> str | None:
    """Decode, also where the last character was cut."""
    for size in range(len(data), max(len(data) - 3, 0), -1):
        try:
            return data[:size].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _is_common(text: str) -> bool:
    """Whether a text reads as Chinese: nearly all of its characters are in GB 2312."""
    chars = [char for char in text if char > "\x7f"]
    return sum(bool(char.encode("gb2312", "ignore")) for char in chars) >= len(chars) * 0.8


def _unescaped(text: str) -> str:
    if _WIDE.search(text):
        narrow = text.translate(_NARROW)
        found = _unescaped(narrow)
        if found != narrow:
            return found
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "\\" in text or "%u" in text:
        text = _WRITTEN_BREAK.sub("", text)
        text = _ESCAPE.sub(lambda one: chr(int(one[1] or one[2] or one[3] or one[4], 16)), text)
        # Halves of surrogate pairs that were escaped one by one belong together.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "%" in text:
        text = _PERCENT_BYTES.sub(lambda run: read_bytes(unquote_to_bytes(run[0])) or run[0], text)
        text = _PERCENT.sub(_from_percent, text)
    return _without_tags(text) if "<" in text else text


def _without_tags(text: str) -> str:
    """Return a text without markup between its characters; markup that says something itself stays as it is."""
    found = _TAG.sub(lambda tag: tag[0] if _HAN.search(tag[0]) else "", text)
    found = _COMMENT.sub(lambda one: one[0] if len(_HAN.findall(one[1] or "")) > _COMMENT_HAN_MAX else "", found)
    return found if found.strip() else text


def _from_percent(run: "re.Match[str]") -> str:
    """Read %E7%A6%8F where its bytes are Chinese; 100%AB is left as it is."""
    data = unquote_to_bytes(run[0])
    for encoding in ("utf-8", "gb18030"):
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(map(str.isprintable, found)):
            return _CONTROL.sub("", found)  # a break, a zero, or a character without ink
        if _HAN.search(found) or (found.isascii() and found.isprintable()):
            return found
    return run[0]
