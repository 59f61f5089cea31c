"""A cell in one writing: brackets, quotes, digits and blanks distinguished by their meaning, not by their form."""

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
_LINES: Final = re.compile(r" ?\n[ \n]*")
_HAN: Final = re.compile("[\u3400-\u9fff]")


def view(text: str) -> str:
    """Return a cell as it is taken apart: one writing of brackets, quotes, dashes and digits, single blanks."""
    seen = text.translate(_FORMS)
    return "\n".join(" ".join(line.split()) for line in _LINES.split(seen)).strip()


def as_written(name: str) -> str:
    """Return a name with brackets as Chinese names have them."""
    return name.replace("(", "（").replace(")", "）") if _HAN.search(name) else name
