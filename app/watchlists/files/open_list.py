"""A list file of any kind to sheets: NDJSON here, everything else by the reader that lists and books share."""

from app.tabular.finding import Finding
from app.tabular.limits import FileLimits
from app.tabular.open_file import check_content, is_markup, read_sheets
from app.tabular.sheet import Sheet
from app.tabular.text_file import decoded
from app.tabular.unreadable import Unreadable
from app.watchlists.files.ndjson import read_ndjson
from app.watchlists.layout.columns import column_of

_HEAD_BYTES = 64
_BLANKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def read_file(data: bytes, name: str, limits: FileLimits) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets of a file and what is doubtful about it as a whole.  ``name`` is the file's name.

    Raises :class:`Unreadable` where it is no list file, :class:`app.errors.TooLarge` past a limit.
    """
    start = data[:_HEAD_BYTES].lstrip(_BLANKS)[:1]
    if start not in (b"{", b"[") or is_markup(data):
        return read_sheets(data, name, limits, column_of)
    check_content(data, name, limits)
    if start == b"[" and name.lower().endswith((".json", ".ndjson", ".jsonl")):
        raise Unreadable(
            "BAD_NDJSON",
            "文件是一个JSON数组",
            "the file is one JSON array",
            "改为每行一个JSON对象（NDJSON） / one JSON object on each line (NDJSON)",
        )
    if start == b"[":
        return read_sheets(data, name, limits, column_of)
    found = decoded(data)
    return (read_ndjson(found.text, limits),), list(found.doubts)
