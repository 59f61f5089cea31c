"""Workbooks (XLSX, XLS) to sheets, through a child process that a hostile file may kill."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from app.errors import TooLarge, Unavailable
from app.watchlists.findings.file_error import Unreadable
from app.watchlists.findings.limits import FileLimits
from app.watchlists.layout.sheet import EPOCH_1900, EPOCH_1904, Cell, Sheet, SheetRow, cleaned

MEMORY_BYTES: Final = 3 << 29  # 1.5 GiB of address space
CPU_S: Final = 30
_CHILD: Final = Path(__file__).with_name("workbook_child.py")
_SAVE_AS: Final = "在表格软件中打开，另存为新的 .xlsx 文件（只含数值）后重新上传"

_REFUSALS: Final = {
    "ENCRYPTED": ("工作簿有密码保护，无法读取", "the workbook is protected by a password", "去掉密码后重新保存并上传"),
    "MACROS": ("工作簿含有宏，不予接收", "the workbook has macros", _SAVE_AS),
    "EXTERNAL_LINKS": ("工作簿引用外部文件或数据连接，不予接收", "the workbook links to other files or data", _SAVE_AS),
    "EMBEDDED_OBJECTS": ("工作簿嵌有其他对象，不予接收", "the workbook has embedded objects", _SAVE_AS),
    "DTD": (
        "工作簿内部含有DTD或非UTF-8的XML，不予接收",
        "the workbook has a DTD inside, or XML that is not UTF-8",
        _SAVE_AS,
    ),
    "NOT_A_WORKBOOK": (
        "文件已损坏，或不是 .xlsx / .xls 工作簿",
        "the file is damaged, or no .xlsx or .xls workbook",
        _SAVE_AS,
    ),
}


def read_workbook(data: bytes, limits: FileLimits) -> tuple[Sheet, ...]:
    """Return the worksheets of a workbook, hidden ones too, in its order.

    Raises :class:`Unreadable` for a file that is no workbook, is protected, or carries what a list never needs
    (macros, links, embedded objects, DTDs), and :class:`app.errors.TooLarge` past a limit.
    """
    given = {
        "memory_bytes": MEMORY_BYTES,
        "cpu_s": CPU_S,
        "rows_max": limits.rows_max + 100,
        "unpacked_bytes_max": limits.unpacked_bytes_max,
    }
    command = [sys.executable, "-I", str(_CHILD), json.dumps(given)]
    with subprocess.Popen(  # noqa: S603 - our own program, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise Unavailable("workbook-reader", "the reader of workbooks did not start")
        try:
            # The child reads all of its input before it writes, so this cannot block for ever.
            child.stdin.write(data)
            child.stdin.close()
        except BrokenPipeError:
            pass
        try:
            return tuple(_sheets(child.stdout, limits))
        finally:
            child.kill()


def _sheets(answers: IO[bytes], limits: FileLimits) -> Iterator[Sheet]:
    head: dict[str, Any] | None = None
    lines: list[SheetRow] = []
    for text in answers:
        answer = json.loads(text)
        if isinstance(answer, list):
            lines.append(SheetRow(answer[0], tuple(_cell(cell) for cell in answer[1])))
            continue
        if head is not None:
            yield _sheet(head, lines)
            lines = []
        if "refused" in answer:
            raise _refusal(answer["refused"], limits)
        if "end" in answer:
            return
        head = answer
    # The child died: out of memory, out of time, or aborted by a file that is made to do that.
    raise Unreadable(
        "HOSTILE_WORKBOOK",
        "读取工作簿超出内存或时间限制，文件可能已损坏或被恶意构造",
        "reading the workbook went past the limits of memory or time; it may be damaged or made to do harm",
        _SAVE_AS,
    )


def _sheet(head: dict[str, Any], lines: list[SheetRow]) -> Sheet:
    return Sheet(
        head["sheet"],
        tuple(line for line in lines if any(cell is not None for cell in line.cells)),
        head["hidden"],
        frozenset((row, column) for row, column in head["formulas"]),
        frozenset((row, column) for row, column in head["broken"]),
        EPOCH_1904 if head["is_1904"] else EPOCH_1900,
    )


def _cell(cell: Any) -> Cell:  # noqa: ANN401 - JSON of the child
    if isinstance(cell, str):
        return cleaned(cell) or None
    if isinstance(cell, list):
        return datetime.fromisoformat(cell[1]) if "T" in cell[1] else date.fromisoformat(cell[1])
    return cell  # type: ignore[no-any-return]  # a number, a truth value or null


def _refusal(code: str, limits: FileLimits) -> Exception:
    if code == "TOO_MANY_ROWS":
        return TooLarge(
            "list-file-too-large", f"文件超过 {limits.rows_max} 行 (the file has more than {limits.rows_max} rows)"
        )
    if code == "TOO_MANY_COLUMNS":
        return TooLarge("list-file-too-large", "工作表的列数过多 (a sheet has too many columns)")
    if code == "TOO_LARGE_UNPACKED":
        mib = limits.unpacked_bytes_max >> 20
        return TooLarge(
            "list-file-too-large", f"工作簿解压后超过 {mib} MiB (the workbook is larger than {mib} MiB unpacked)"
        )
    text_zh, text_en, suggestion = _REFUSALS[code]
    return Unreadable(code, text_zh, text_en, suggestion)
