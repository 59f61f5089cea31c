"""Which encoding a text file has: its mark, else what most of its lines are.

GB18030 reads almost any bytes, and a few bad lines must not turn a whole UTF-8 file into GB18030; so
lines vote.  A file that looks like Big5 is not guessed at: read as GB18030 its names would be other
names, and would pass.
"""

from pathlib import Path

from app.errors import Invalid

ENCODINGS = ("utf-8", "gb18030", "big5")

_BLOCK_BYTES = 1 << 20
_VOTES_MAX = 2_000
_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def detect(path: Path, told: str | None = None) -> tuple[str, int]:
    """Return the encoding (the one that was told, if any) and where the text begins after its mark.

    Raises Invalid where it is unclear or not one of :data:`ENCODINGS`.
    """
    if told is not None and told not in ENCODINGS:
        raise Invalid("encoding", f"编码只能是 / the encoding is one of {', '.join(ENCODINGS)}")
    with path.open("rb") as file:
        mark = file.read(3)
        if mark == _BOM:
            return "utf-8", len(_BOM)
        if mark[:2] in _UTF16_MARKS:
            raise Invalid("encoding", f"{path.name}: UTF-16 文件请另存为 UTF-8 / UTF-16; save it as UTF-8")
        if told is not None:
            return told, 0
        file.seek(0)
        votes: list[bytes] = []
        while len(votes) < _VOTES_MAX and (block := file.readlines(_BLOCK_BYTES)):
            votes += [line for line in block if not line.isascii()][: _VOTES_MAX - len(votes)]
    if _share(votes, "utf-8") >= 0.5:  # noqa: PLR2004 - a majority
        return "utf-8", 0
    if _share(votes, "gb2312") < 0.5 and _share(votes, "big5") > 0.9:  # noqa: PLR2004 - most, nearly all
        raise Invalid(
            "encoding",
            f"{path.name}: 编码疑为 Big5，请用 --encoding 指明 big5 或 gb18030 / "
            "this looks like Big5; say --encoding big5 or gb18030",
        )
    return "gb18030", 0


def _share(lines: list[bytes], encoding: str) -> float:
    return sum(decodes(line, encoding) for line in lines) / len(lines) if lines else 1.0


def decodes(data: bytes, encoding: str) -> bool:
    """Return whether the bytes are text of the encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
