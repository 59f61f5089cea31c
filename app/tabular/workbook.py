"""Workbooks (XLSX, XLS, and the HTML and XML that web systems name .xls) to sheets, read by a child process.

A hostile file may kill the child.  At most two children run at once in a process, so that eight bad files do not
take all of its processors and memory; who comes third waits a moment and is then asked to come again.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from app.errors import TooLarge, Unavailable
from app.tabular.limits import FileLimits
from app.tabular.sheet import EPOCH_1900, EPOCH_1904, Cell, MergedRange, Sheet, SheetRow, cleaned
from app.tabular.unreadable import Unreadable

CHILDREN_MAX: Final = 2
WAIT_S: Final = 3.0
"""How long a caller waits for its turn before it is sent away."""

_ROOT: Final = str(Path(__file__).parents[2])
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from app.tabular.workbook_child.main import main; main()"
)
_TITLES_MAX: Final = 100
"""Rows of titles and headers that a file may have beside its entries."""

_TURNS: Final = threading.BoundedSemaphore(CHILDREN_MAX)
_SAVE_AS: Final = (
    "在表格软件中打开，另存为新的 .xlsx 文件（只含数值）后重新上传 / "
    "open it in a spreadsheet, save it as a new .xlsx of values only, and upload that"
)

_REFUSALS: Final = {
    "ENCRYPTED": (
        "工作簿有密码保护，无法读取",
        "the workbook is protected by a password",
        "去掉密码后重新保存并上传 / save it without the password and upload it again",
    ),
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
    "PLACE_TWICE": (
        "工作表中同一位置出现两次，或行列次序颠倒，无法确定以何者为准",
        "a place in the workbook is written twice or out of order, and nobody can say which is meant",
        _SAVE_AS,
    ),
    "BINARY_WORKBOOK": ("这是二进制工作簿（.xlsb），无法读取", "this is a binary workbook (.xlsb)", _SAVE_AS),
    "NOT_A_TABLE": (
        "文件是网页或XML，其中没有可读取的表格",
        "the file is HTML or XML without a table that can be read",
        _SAVE_AS,
    ),
}


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """Bounds of one child: address space, processor time, and what it may hand over.

    ``with_programs`` takes workbooks with programs for their user (.xlsm), which are never run here.
    """

    memory_bytes: int = 3 << 29  # 1.5 GiB
    cpu_s: int = 30
    rows_max: int = 200_000
    unpacked_bytes_max: int = 200 << 20
    chars_max: int = 64 << 20
    wait_s: float | None = WAIT_S  # None: as long as it takes
    with_programs: bool = False


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What is known of a sheet before its rows; the fields are those of :class:`.sheet.Sheet`.

    ``untyped`` are the formulas that were never computed where their cells are empty.
    """

    name: str | None
    hidden: bool
    formulas: frozenset[tuple[int, int]]
    untyped: frozenset[tuple[int, int]]
    broken: frozenset[tuple[int, int]]
    notes: frozenset[tuple[int, int]]
    links: Mapping[tuple[int, int], str]
    struck: frozenset[tuple[int, int]]
    drawn: tuple[str, ...]
    merges: tuple[MergedRange, ...]
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    epoch: date


def read_workbook(data: bytes, limits: FileLimits) -> tuple[Sheet, ...]:
    """Return the worksheets of a workbook, hidden ones too, in its order.

    Raises :class:`Unreadable` for a file that is no workbook, is protected, or carries what a list never needs
    (macros, links, embedded objects, DTDs), :class:`app.errors.TooLarge` past a limit, and
    :class:`app.errors.Unavailable` where too many workbooks are being read.
    """
    bounds = WorkbookLimits(
        rows_max=limits.rows_max,
        unpacked_bytes_max=limits.unpacked_bytes_max,
        chars_max=limits.bytes_max,
    )
    with workbook_rows(data, bounds) as answers:
        return tuple(_sheets(answers))


@contextmanager
def workbook_rows(source: bytes | IO[bytes], limits: WorkbookLimits) -> Iterator[Iterator[SheetHead | SheetRow]]:
    """Read a workbook row by row: the head of each sheet, then its rows, with texts as they are written.

    Raises as :func:`read_workbook`.
    ``source`` is the content, or an open file with a descriptor.  The errors may also come while the rows are taken.
    """
    if not _TURNS.acquire(timeout=-1 if limits.wait_s is None else limits.wait_s):
        raise Unavailable(
            "workbook-reader-busy", "正在读取其他工作簿，请稍后再试 (other workbooks are being read; come again)"
        )
    try:
        with _child(source, limits) as child:
            try:
                yield _answers(child, limits)
            finally:
                child.kill()
    finally:
        _TURNS.release()


def _child(source: bytes | IO[bytes], limits: WorkbookLimits) -> "subprocess.Popen[bytes]":
    given = {
        "memory_bytes": limits.memory_bytes,
        "cpu_s": limits.cpu_s,
        "rows_max": limits.rows_max + _TITLES_MAX,
        "unpacked_bytes_max": limits.unpacked_bytes_max,
        "chars_max": limits.chars_max,
        "with_programs": limits.with_programs,
    }
    child = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-I", "-c", _PROGRAM, _ROOT, json.dumps(given)],
        stdin=subprocess.PIPE if isinstance(source, bytes) else source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if isinstance(source, bytes):
        assert child.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            # The child reads all of its input before it writes, so this cannot block for ever.
            child.stdin.write(source)
            child.stdin.close()
        except BrokenPipeError:
            pass
    return child


def _answers(child: "subprocess.Popen[bytes]", limits: WorkbookLimits) -> Iterator[SheetHead | SheetRow]:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    for text in child.stdout:
        answer = json.loads(text)
        if isinstance(answer, list):
            yield SheetRow(answer[0], tuple([cell if cell.__class__ is str else _cell(cell) for cell in answer[1]]))
        elif "refused" in answer:
            raise _refusal(answer["refused"], limits)
        elif "end" in answer:
            return
        else:
            yield _head(answer)
    # The child died: out of memory, out of time, or aborted by a file that is made to do that.
    raise Unreadable(
        "HOSTILE_WORKBOOK",
        "读取工作簿超出内存或时间限制，文件可能已损坏或被恶意构造",
        "reading the workbook went past the limits of memory or time; it may be damaged or made to do harm",
        _SAVE_AS,
    )


def _sheets(answers: Iterator[SheetHead | SheetRow]) -> Iterator[Sheet]:
    head: SheetHead | None = None
    lines: list[SheetRow] = []
    for answer in answers:
        if isinstance(answer, SheetRow):
            cells = [(cleaned(cell) or None) if isinstance(cell, str) else cell for cell in answer.cells]
            lines.append(SheetRow(answer.number, tuple(cells)))
            continue
        if head is not None:
            yield _sheet(head, lines)
        head, lines = answer, []
    if head is not None:
        yield _sheet(head, lines)


def _sheet(head: SheetHead, lines: list[SheetRow]) -> Sheet:
    return Sheet(
        name=head.name,
        lines=tuple(line for line in lines if any(cell is not None for cell in line.cells)),
        hidden=head.hidden,
        formulas=head.formulas,
        broken=head.broken,
        notes=head.notes,
        links=head.links,
        struck=head.struck,
        drawn=head.drawn,
        merges=head.merges,
        hidden_rows=head.hidden_rows,
        hidden_columns=head.hidden_columns,
        epoch=head.epoch,
    )


def _head(answer: dict[str, Any]) -> SheetHead:
    return SheetHead(
        name=answer["sheet"],
        hidden=answer["hidden"],
        formulas=frozenset((row, column) for row, column in answer["formulas"]),
        untyped=frozenset((row, column) for row, column in answer["untyped"]),
        broken=frozenset((row, column) for row, column in answer["broken"]),
        notes=frozenset((row, column) for row, column in answer["notes"]),
        links={(row, column): target for row, column, target in answer["links"]},
        struck=frozenset((row, column) for row, column in answer["struck"]),
        drawn=tuple(answer["drawn"]),
        merges=tuple(MergedRange(*one) for one in answer["merges"]),
        hidden_rows=frozenset(answer["hidden_rows"]),
        hidden_columns=frozenset(answer["hidden_columns"]),
        epoch=EPOCH_1904 if answer["is_1904"] else EPOCH_1900,
    )


def _cell(cell: Any) -> Cell:  # noqa: ANN401 - JSON of the child
    if isinstance(cell, list):
        return datetime.fromisoformat(cell[1]) if "T" in cell[1] else date.fromisoformat(cell[1])
    return cell  # type: ignore[no-any-return]  # a text, a number, a truth value or null


def _refusal(code: str, limits: WorkbookLimits) -> Exception:
    if code == "TOO_MANY_ROWS":
        rows = limits.rows_max
        return TooLarge("list-file-too-large", f"文件超过 {rows} 行 (the file has more than {rows} rows)")
    if code == "TOO_MANY_COLUMNS":
        return TooLarge("list-file-too-large", "工作表的列数过多 (a sheet has too many columns)")
    if code == "TOO_LARGE_UNPACKED":
        mib = limits.unpacked_bytes_max >> 20
        return TooLarge(
            "list-file-too-large",
            f"工作簿解压后超过 {mib} MiB，或文字过多 (the workbook has more than {mib} MiB unpacked, or too much text)",
        )
    text_zh, text_en, suggestion = _REFUSALS[code]
    return Unreadable(code, text_zh, text_en, suggestion)
