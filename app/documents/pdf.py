"""Makes PDF/A-3 files from a template and data.  The same data give the same bytes on the same program and font.

Data never become part of the template's source: a name with typst's own signs in it stays a name.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typst

from app.documents.fonts import Font, chinese_font

_TEMPLATES: Final = Path(__file__).parent / "templates"
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


def make_pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    dated: datetime,
    attached: str | None = None,
    font_dir: Path | None = None,
) -> bytes:
    """Return the PDF of a template (``templates/NAME.typ``) with its data, which are JSON.

    ``dated`` is the date on the document; ``attached`` a JSON text that travels inside the file.  A character
    that the font lacks is printed as its code point, such as 〔U+2CB4E〕.  Raises ``Unavailable`` where the machine has
    no font for Chinese.
    """
    font = chinese_font(font_dir)
    moment = dated.astimezone(UTC)
    date = {name: getattr(moment, name) for name in ("year", "month", "day", "hour", "minute", "second")}
    given = {"data": printable(data, font), "date": date, "font": font.family}
    inputs = {"given": json.dumps(given, ensure_ascii=False)}
    if attached is not None:
        inputs["attached"] = attached
    made: object = typst.compile(  # type: ignore[misc]  # its stub cannot say what it takes
        (_TEMPLATES / f"{template}.typ").read_bytes(),
        sys_inputs=inputs,
        font_paths=[str(font.folder)],
        ignore_system_fonts=True,
        pdf_standards=["a-3b"],
    )
    if not isinstance(made, bytes):
        raise TypeError("a template makes one document")
    return made


def printable(value: Any, font: Font) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON in which every character that a font lacks is written as its code point."""
    if isinstance(value, str):
        return "".join(_shown(char, font) for char in value)
    if isinstance(value, Mapping):
        return {key: printable(one, font) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [printable(one, font) for one in value]
    return value


def attachment_name(*words: str) -> str:
    """Return a file's name of some words, with nothing in it that a header could not carry."""
    return "-".join(_NAME.sub("_", word) for word in words)


def _shown(char: str, font: Font) -> str:
    if ord(char) in font.has or char in "\n\t ":
        return char
    return f"〔U+{ord(char):04X}〕"
