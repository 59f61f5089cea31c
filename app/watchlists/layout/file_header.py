"""The batch of a list file: what the 批次信息 sheet, or the options of a command or call, say about the whole."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, TypeVar

from app.clock import SHANGHAI, local_date
from app.errors import Fault, Invalid
from app.tabular.dates import NotADate, read_date
from app.tabular.finding import Finding
from app.tabular.header_words import header_key
from app.tabular.issue import Issue, doubtful, refused
from app.tabular.sheet import Cell, Sheet, cleaned, shown
from app.watchlists.layout.cells import read_cell
from app.watchlists.layout.columns import CellKind, Column
from app.watchlists.layout.jurisdictions import OUT, read_list_jurisdiction

_Value = TypeVar("_Value")

_FILE_KINDS: Final = {"全量": "FULL", "增量": "DELTA"}

BATCH_COLUMNS: Final[tuple[Column, ...]] = (
    Column("文件类型", "file_kind", CellKind.CODED, codes=_FILE_KINDS),
    Column("名单编号", "list_code"),
    Column("名单名称", "list_name"),
    Column("名单制定机关", "list_issuer", synonyms=("制定机关",)),
    Column("上传机关", "uploader_org"),
    Column("发文字号", "issuing_doc_no", synonyms=("文号",)),
    Column("成文日期", "issued_on", CellKind.DATE),
    Column("生效日期", "effective_on", CellKind.DATE),
    Column("接收时间", "received_at"),
    Column("适用辖区", "jurisdiction_code"),
    Column("基线版本", "base_version", CellKind.INTEGER),
    Column("记录数", "row_count", CellKind.INTEGER),
    Column("文件摘要", "sha256"),
)
OPTIONS: Final = (
    "file_kind",
    "list_issuer",
    "issuing_doc_no",
    "issued_on",
    "effective_on",
    "received_at",
    "jurisdiction_code",
    "base_version",
)
"""The fields that may come as options; given there, they override the sheet."""

BACKFILL_AFTER: Final = timedelta(days=1)
"""A file that was received longer ago than this before its upload is loaded backfilled."""

_BY_ALIAS: Final = {column.alias: column for column in BATCH_COLUMNS}
_BY_HEADER: Final[Mapping[str, Column]] = MappingProxyType(
    {header_key(text): column for column in BATCH_COLUMNS for text in (column.zh, column.alias, *column.synonyms)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """The batch of one file.  Its dates are information: events take effect by their own."""

    file_kind: str
    list_name: str | None
    list_issuer: str
    uploader_org: str | None
    issuing_doc_no: str | None
    issued_on: date
    effective_on: date
    received_at: datetime
    jurisdiction: str
    base_version: int | None
    row_count: int | None
    is_received_now: bool = False
    """Nobody said when it was received, so that is the moment of the upload."""

    @property
    def is_full(self) -> bool:
        """Whether the file gives the whole list."""
        return self.file_kind == "FULL"

    def is_backfilled(self, uploaded_at: datetime) -> bool:
        """Whether the file was received so long before its upload that the program knew it late."""
        return uploaded_at - self.received_at > BACKFILL_AFTER


@dataclass(frozen=True, slots=True)
class HeaderDefaults:
    """What holds where neither sheet nor option says: from the list as it is, or for a new list."""

    uploader_org: str
    now: datetime
    list_name: str | None = None
    list_issuer: str | None = None
    jurisdiction: str = "350000"
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """One field as the sheet says it."""

    cell: Cell
    row: int
    header: str


def batch_column_of(header: str) -> Column | None:
    """Return the batch field of a header, or None."""
    return _BY_HEADER.get(header_key(header))


def read_batch(
    sheet: Sheet | None, options: Mapping[str, str], defaults: HeaderDefaults, list_code: str | None
) -> tuple[FileHeader, list[Finding]]:
    """Return the batch from its sheet, the options that override it, and the defaults; and the findings of the sheet.

    Raises :class:`Invalid` for an option that cannot be read.
    """
    said = _said(sheet) if sheet else {}
    values: dict[str, object] = {}
    findings: list[Finding] = []
    faults: list[Fault] = []
    for alias, column in _BY_ALIAS.items():
        given = options.get(alias)
        if given:
            value, doubt = _value(column, cleaned(given), is_option=True)
            faults += (
                [Fault(alias, doubt.code, f"{doubt.text_zh} ({doubt.text_en})")] if doubt and value is None else []
            )
        elif alias in said:
            value, doubt = _value(column, said[alias].cell, is_option=False)
            findings += [_at(sheet, said[alias], doubt)] if doubt else []
        else:
            continue
        values[alias] = value
    if faults:
        raise Invalid("batch-option", f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    findings += _other_list(sheet, said, list_code)
    return _batch(values, defaults), findings


def _said(sheet: Sheet) -> dict[str, _Said]:
    """Return the fields of the sheet, which are below each other or beside each other."""
    found: dict[str, _Said] = {}
    for place, line in enumerate(sheet.lines):
        below = sheet.lines[place + 1].cells if place + 1 < len(sheet.lines) else ()
        fields = [batch_column_of(cell) if isinstance(cell, str) else None for cell in line.cells]
        is_header = sum(column is not None for column in fields) > 1
        for index, column in enumerate(fields):
            if column is None:
                continue
            cells, at = (below, index) if is_header else (line.cells, index + 1)
            cell = cells[at] if at < len(cells) else None
            if cell is not None:
                number = sheet.lines[place + 1].number if is_header else line.number
                found.setdefault(column.alias, _Said(cell, number, str(line.cells[index])))
    return found


def _value(column: Column, cell: Cell, *, is_option: bool) -> tuple[object, Issue | None]:
    if column.alias == "received_at":
        return _moment(cell, may_be_local=not is_option)
    if column.alias == "jurisdiction_code":
        code, doubt = read_list_jurisdiction(str(cell))
        return (None if code == OUT else code), doubt
    reading = read_cell(column, cell)
    return reading.value, reading.doubts[0] if reading.doubts else None


def _moment(cell: Cell, *, may_be_local: bool) -> tuple[datetime | None, Issue | None]:
    """Return an aware moment.  A sheet has no zones: what is stored there without one is Asia/Shanghai."""
    moment: datetime | None = None
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime.combine(cell, time(), SHANGHAI)
    elif isinstance(cell, str):
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            with suppress(NotADate):
                moment = datetime.combine(read_date(cell).day, time())
    if moment is not None and moment.tzinfo is None and may_be_local:
        moment = moment.replace(tzinfo=SHANGHAI)
    if moment is not None and moment.tzinfo is not None:
        return moment, None
    return None, refused(
        "BAD_TIME",
        "接收时间应为带时区的时间",
        "must be a time with an offset (RFC 3339)",
        "如 2017-03-20T09:00:00+08:00 / such as 2017-03-20T09:00:00+08:00",
    )


def _at(sheet: Sheet | None, said: _Said, doubt: Issue) -> Finding:
    return doubt.at(sheet.name if sheet else None, said.row, said.header, shown(said.cell))


def _other_list(sheet: Sheet | None, said: Mapping[str, _Said], list_code: str | None) -> list[Finding]:
    one = said.get("list_code")
    if one is None or list_code is None or str(one.cell) == list_code:
        return []
    doubt = doubtful(
        "LIST_CODE_DIFFERS",
        f"批次信息中的名单编号与所选名单 {list_code} 不同，按 {list_code} 导入",
        f"the sheet names another list; the file is taken for {list_code}",
        "核对是否选对名单 / check whether this is the right list",
    )
    return [_at(sheet, one, doubt)]


def _batch(values: Mapping[str, object], defaults: HeaderDefaults) -> FileHeader:
    received_at = _get(values, "received_at", datetime) or defaults.now
    issued_on, effective_on = _get(values, "issued_on", str), _get(values, "effective_on", str)
    uploader_org = _get(values, "uploader_org", str) or defaults.uploader_org
    base_version = _get(values, "base_version", int)
    return FileHeader(
        file_kind=_get(values, "file_kind", str) or "FULL",
        list_name=_get(values, "list_name", str) or defaults.list_name,
        list_issuer=_get(values, "list_issuer", str) or defaults.list_issuer or uploader_org,
        uploader_org=uploader_org,
        issuing_doc_no=_get(values, "issuing_doc_no", str),
        issued_on=date.fromisoformat(issued_on) if issued_on else local_date(received_at),
        effective_on=date.fromisoformat(effective_on) if effective_on else local_date(received_at),
        received_at=received_at,
        jurisdiction=_get(values, "jurisdiction_code", str) or defaults.jurisdiction,
        base_version=defaults.base_version if base_version is None else base_version,
        row_count=_get(values, "row_count", int),
        is_received_now="received_at" not in values,
    )


def _get(values: Mapping[str, object], alias: str, kind: type[_Value]) -> _Value | None:
    value = values.get(alias)
    return value if isinstance(value, kind) else None
