"""A cell in one writing: brackets, quotes, digits and blanks distinguished by their meaning, not by their form."""

import html
import re
from typing import Final

_FULL_WIDTH: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FORMS: Final = {
    **_FULL_WIDTH,
    **dict.fromkeys(map(ord, "【〔［｛〈{["), "("),
    **dict.fromkeys(map(ord, "】〕］｝〉}]"), ")"),
    **dict.fromkeys(map(ord, '“”„‟«»「」『』《》〝〞"'), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`´＇"), "'"),
    **dict.fromkeys(map(ord, "\u3000\u00a0\t\r\u2002\u2003\u2009\u202f\u205f"), " "),
    **dict.fromkeys(map(ord, "‐‑‒–—―−－─"), "-"),
    **dict.fromkeys(map(ord, "；"), ";"),
    **dict.fromkeys(map(ord, "，"), ","),
    **dict.fromkeys(map(ord, "：︰"), ":"),
    **dict.fromkeys(map(ord, "｜"), "|"),
    **dict.fromkeys(map(ord, "／"), "/"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"), None),
}
_BREAK: Final = re.compile(r"<br ?/?>|</(?:p|div|li|td)>", re.IGNORECASE)
_CARRIAGE_RETURN: Final = re.compile("_x000[dD]_")
"""What a workbook keeps of a line break that another program wrote."""

_TAG: Final = re.compile(r"</?(?:b|i|u|p|div|span|font|strong|em|li|td|a)(?: [^<>]{0,200})?>", re.IGNORECASE)
_LINES: Final = re.compile(r" ?\n[ \n]*")
_HAN: Final = re.compile("[\u3400-\u9fff]")


def view(text: str) -> str:
    """Return a cell as it is taken apart: one writing of brackets, quotes, dashes and digits, single blanks."""
    seen = _plain_text(text).translate(_FORMS)
    return "\n".join(" ".join(line.split()) for line in _LINES.split(seen)).strip()


def _plain_text(text: str) -> str:
    """Return a text without what a web page wrote into it: a line break is a line, &nbsp; a blank."""
    text = _CARRIAGE_RETURN.sub("\n", text)
    if "&" not in text and "<" not in text:
        return text
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def has_markup(text: str) -> bool:
    """Whether a web page wrote more into a text than its characters."""
    return _plain_text(text) != text


def as_written(name: str) -> str:
    """Return a name with brackets as Chinese names have them."""
    return name.replace("(", "（").replace(")", "）") if _HAN.search(name) else name
