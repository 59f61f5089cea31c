"""A stretch of a name cell as its pieces: what is in brackets taken out, numbering and separators left away."""

import re
from collections.abc import Iterator
from typing import Final

from app.names.regions import regions_by_name
from app.watchlists.name_cells import words
from app.watchlists.name_cells.one_name import begins_with_region
from app.watchlists.name_cells.reading import NameCell

_BRACKET: Final = re.compile(r"\(([^()]{0,300})\)")
_WORD: Final = re.compile(rf"(?![已现于因被原曾未拟正])[{words.HAN}A-Za-z0-9·&]{{1,10}}")
_HAN: Final = re.compile(f"[{words.HAN}]")
_PIECE_END: Final = re.compile(r"[;、,|/\n(\"]")

HELD: Final = "\ue000"
"""Stands for the opening, and the next character for the closing, of a bracket that belongs to a name."""

HELD_END: Final = "\ue001"
COMMA: Final = "\ue002"
"""Stands for the comma of Co., Ltd."""


def unwrapped(text: str) -> str:
    """Take numbers and marks away from around a text; a quoted part of a name is a part of it."""
    stripped = text.strip(words.BULLETS + words.QUOTES)
    if numbered := words.NUMBERING.match(stripped):
        stripped = stripped[numbered.end() :].strip(words.BULLETS + words.QUOTES)
    return stripped


def held(text: str, found: NameCell) -> tuple[str, list[str]]:
    """Take out what is in brackets, and hold together the brackets that belong to a name."""
    insides = []
    while match := _BRACKET.search(text):
        inside, before, after = match[1].strip(), text[: match.start()], text[match.end() :]
        if _belongs(inside, before, after):
            text = f"{before}{HELD}{inside}{HELD_END}{after}"
            continue
        if inside and words.ORGANISATION.search(before) and regions_by_name(inside):
            found.remarks.append(inside)  # 有限公司（福建）: where it is
        elif inside:
            insides.append(inside)
        text = f"{before} {after}" if _splits(before, after) else f"{before}{after}"
    return text, insides


def _splits(before: str, after: str) -> bool:
    return bool(words.ORGANISATION.search(before.rstrip()) and after.strip())


def _belongs(inside: str, before: str, after: str) -> bool:
    """Whether brackets are a part of the name: 福丽（福建）有限公司, …合伙企业（有限合伙）."""
    if words.KEPT.fullmatch(inside):
        return True
    follows = _PIECE_END.split(after, maxsplit=1)[0].strip(words.BULLETS)
    if not follows or words.COMPANY.search(before[-8:]) or words.NOT_A_NAME.match(follows):
        return False
    if after.startswith(" ") and words.ORGANISATION.search(before):
        return False
    if regions_by_name(inside):
        return _HAN.match(follows) is not None
    if not before.strip(words.BULLETS) or not words.ORGANISATION.search(follows):
        return False
    return (
        bool(_WORD.fullmatch(inside))
        and not any(pattern.match(inside) for pattern in (words.RENAMED, words.FORMER, words.ALIAS))
        and not words.REMARK.fullmatch(inside)
    )


def pieces(text: str) -> Iterator[str]:
    """Give the pieces between separators, numbers inside a cell and conjunctions between organisations."""
    marked = words.LATIN_COMMA.sub(COMMA, words.INNER_NUMBERING.sub(";", text))
    for piece in words.SEPARATORS.split(marked):
        yield from words.CONJUNCTION.split(" ".join(piece.split()))


def joined_by_and(text: str) -> tuple[str, str] | None:
    """Return a short name and the company that 和 or 及 joins to it, recognised by the region in front."""
    for match in words.AND_COMPANY.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        if len(left) > 2 and begins_with_region(right):  # noqa: PLR2004 - a short name
            return left, right
    return None
