"""Finds a font for Chinese on this machine and knows which characters it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont

from app.errors import Unavailable

_FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimSun",
    "PingFang SC",
    "Droid Sans Fallback",
)
_PLACES: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_COLLECTIONS: Final = frozenset({".ttc", ".otc"})
_ENDINGS: Final = _COLLECTIONS | {".ttf", ".otf"}
_WORDS: Final = ("cjk", "notosanssc", "sourcehan", "wqy", "msyh", "simsun", "pingfang", "fallback")
_FAMILY_NAME: Final = 1
_REGULAR: Final = frozenset({"Regular", "Normal", "Book", "常规"})
_STYLE_NAME: Final = 2


@dataclass(frozen=True)
class Font:
    """A family, the folder of its file, and the code points that it has."""

    family: str
    folder: Path
    has: frozenset[int]


@cache
def chinese_font(folder: Path | None) -> Font:
    """Return the best font for Chinese: one in ``folder`` where that is given, else one of the machine's own.

    Raises :class:`Unavailable` where there is none.
    """
    places = [folder] if folder is not None else [Path(place) for place in _PLACES] + [Path.home() / ".fonts"]
    found: dict[str, Font] = {}
    for path in _files(places, is_given=folder is not None):
        for font in _faces(path):
            found.setdefault(font.family, font)
    for family in _FAMILIES:
        if family in found:
            return found[family]
    if folder is not None and found:
        return max(found.values(), key=lambda font: len(font.has))
    raise Unavailable(
        "no-font",
        "没有中文字体：请安装 fonts-noto-cjk，或以 CUTOFF_FONT_DIR 指定字体目录 / no font for Chinese: install "
        "fonts-noto-cjk, or name a folder by CUTOFF_FONT_DIR",
    )


def _files(places: Sequence[Path], *, is_given: bool) -> list[Path]:
    files = [path for place in places if place.is_dir() for path in sorted(place.rglob("*"))]
    return [
        path
        for path in files
        if path.suffix.lower() in _ENDINGS
        and (is_given or any(word in path.name.lower().replace("-", "") for word in _WORDS))
    ]


def _faces(path: Path) -> list[Font]:
    try:
        with path.open("rb") as file:
            faces = (
                TTCollection(file, lazy=True).fonts
                if path.suffix.lower() in _COLLECTIONS
                else [TTFont(file, lazy=True)]
            )
            return [font for face in faces if (font := _font(face, path)) is not None]
    except Exception:  # noqa: BLE001 - a file that is no font is none of ours
        return []


def _font(face: TTFont, path: Path) -> Font | None:
    names = face["name"]
    family, style = names.getDebugName(_FAMILY_NAME), names.getDebugName(_STYLE_NAME)
    if family is None:
        return None
    if style is not None and style not in _REGULAR:
        return None
    return Font(str(family), path.parent, frozenset(face.getBestCmap() or ()))
