"""Which encoding a text file has, by its mark, its zero bytes, or what most of its lines are."""

from pathlib import Path
from typing import Final

from app.errors import Invalid
from app.tabular.encodings import decodes, is_utf32, marked_encoding, unmarked_utf16, voted_encoding

__all__ = ["ENCODINGS", "decodes", "detect"]

ENCODINGS: Final = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
_ALIASES: Final = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "utf-16": "utf-16-le",
    "utf16": "utf-16-le",
}

_BLOCK_BYTES: Final = 1 << 20
_VOTES_MAX: Final = 2_000


def known_encoding(declared: str | None) -> str | None:
    """Return one of :data:`ENCODINGS` by its name or an alias.  Raises Invalid for any other."""
    if declared is None:
        return None
    found = _ALIASES.get(declared.lower(), declared.lower())
    if found not in ENCODINGS:
        raise Invalid("encoding", f"编码只能是 / the encoding is one of {', '.join(ENCODINGS)}")
    return found


def detect(path: Path, declared: str | None = None) -> tuple[str, int]:
    """Return the encoding (the one that was given, if any) and where the text begins after its mark.

    Raises Invalid where it is unclear or not one of :data:`ENCODINGS`.
    """
    declared = known_encoding(declared)
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
        if is_utf32(head):
            raise Invalid("encoding", f"{path.name}: 编码为 UTF-32，请另存为 UTF-8 / this is UTF-32; save it as UTF-8")
        if marked := marked_encoding(head):
            return marked
        if declared is not None:
            return declared, 0
        if wide := unmarked_utf16(head):
            return wide, 0
        file.seek(0)
        votes: list[bytes] = []
        while len(votes) < _VOTES_MAX and (block := file.readlines(_BLOCK_BYTES)):
            votes += [line for line in block if not line.isascii()][: _VOTES_MAX - len(votes)]
    found = voted_encoding(votes)
    if found is None:
        raise Invalid(
            "encoding",
            f"{path.name}: 编码疑为 Big5，请用 --encoding 指明 big5 或 gb18030 / "
            "this looks like Big5; say --encoding big5 or gb18030",
        )
    return found, 0
