"""Names as they are: what cannot be seen in them, or turns the text around, is written out as its code point."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")  # letters and marks that show nothing
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
_SPACES: Final = frozenset(" \u3000")
_LINE_ENDS: Final = "\n\t"


def is_hidden(char: str) -> bool:
    """Whether a character shows nothing, or something other than itself: controls, format marks, odd spaces."""
    category = unicodedata.category(char)
    if category == "Zs":
        return char not in _SPACES
    return category in _HIDDEN or char in _BLANK or any(ord(char) in selectors for selectors in _SELECTORS)


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield a text in runs that can be shown as they are (False), and hidden characters one by one (True)."""
    run = ""
    for char in text:
        if is_hidden(char) and char not in _LINE_ENDS:
            if run:
                yield False, run
                run = ""
            yield True, f"U+{ord(char):04X}"
        else:
            run += char
    if run:
        yield False, run


def visible_html(text: object) -> Markup:
    """Return a name as HTML, isolated from the direction of the text around it; None and nothing stay nothing."""
    if text is None or text == "":
        return Markup("")
    shown = Markup("").join(
        Markup('<span class="n-code">{}</span>').format(piece) if hidden else escape(piece)
        for hidden, piece in pieces(str(text))
    )
    return Markup("<bdi>{}</bdi>").format(shown)


def visible_text(text: object) -> str:
    """Return a name as plain text, for titles, options and drawings."""
    return "".join(f"[{piece}]" if hidden else piece for hidden, piece in pieces("" if text is None else str(text)))
