"""A book as a file: NDJSON with one counterparty a line, or a table as bulk screening reads it (CSV, XLSX …).

A table goes through the reader and the mapping of columns of bulk screening, so that a header, a date or a service
means the same in both.  A cell that cannot be read never hides the rest of its row: it is left out and reported.  A row
whose name cannot be read is reported with its number; the others are taken.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from app import clock, strict_json
from app.bulk.readers import json_rewrite, open_reader
from app.bulk.readers.file_layout import FAULT_COLUMN, WARNINGS_COLUMN, Layout, Source, Span
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows import unread_columns
from app.bulk.rows.input_columns import LEFT_OUT, Columns, columns_of, headers_with_name, known_headers
from app.bulk.rows.requests import RowDefaults, written_date, written_service
from app.bulk.rows.row_reading import RowReader
from app.db import Database
from app.errors import Invalid
from app.identifiers.account import is_masked
from app.identifiers.code_cells import MASKED
from app.monitoring import book
from app.monitoring.book import Put
from app.monitoring.member import Member, member
from app.policy.vocabulary import Service
from app.screening import intake
from app.screening.request import Counterparty
from app.strict_json import RepeatedKeyError
from app.tabular.dates import with_era
from app.tabular.header_words import header_key
from app.tabular.placeholders import is_placeholder

DEFAULT_SERVICES: Final = (Service.FUND_SETTLEMENT,)
_TOGETHER: Final = 1_000
_ERRORS_MAX: Final = 1_000
_SEVERAL: Final = re.compile(r"[;；|,，、]")
_FIELDS: Final = frozenset({"id", "counterparty", "services", "opened_on"})
_SERVICES: Final = frozenset(map(header_key, ("services", "服务", "服务类型", "金融服务")))
_OPENED: Final = frozenset(map(header_key, ("opened_on", "开户日期", "建立日期", "建档日期")))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with a row; ``row`` is its number as the user sees it in the file, from 1."""

    row: int
    code: str
    message: str


@dataclass(slots=True, kw_only=True)
class Uploaded:
    """What became of a file; the first :data:`_ERRORS_MAX` errors and warnings are reported, all are counted.

    A row with an error is not taken; a warning is of a cell that was left out of a row that is.  ``columns`` tells as
    what each column of a table was read; those that were not, and the sheets, are named.
    """

    put: Put = field(default_factory=Put)
    errors: list[RowError] = field(default_factory=list)
    errors_total: int = 0
    warnings: list[RowError] = field(default_factory=list)
    warnings_total: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    columns_not_read: tuple[str, ...] = ()
    sheets_left_out: tuple[str, ...] = ()

    def warn(self, found: "Read") -> None:
        """Take in what was doubtful about a row that was taken."""
        for column, _, code in (one.rpartition(":") for one in found.warnings):
            self.warnings_total += 1
            if len(self.warnings) < _ERRORS_MAX:
                detail = f"{column}: 无法读取，已略去 / could not be read as it is; the row is taken without it"
                self.warnings.append(RowError(row=found.row, code=code, message=detail))

    def fail(self, error: RowError) -> None:
        """Take in an error."""
        self.errors_total += 1
        if len(self.errors) < _ERRORS_MAX:
            self.errors.append(error)

    def as_json(self) -> dict[str, Any]:
        """Return it in the form of the interface."""
        return {
            "created": self.put.created,
            "changed": self.put.changed,
            "unchanged": self.put.unchanged,
            "closed": self.put.closed,
            "errors": _as_json(self.errors),
            "errors_total": self.errors_total,
            "warnings": _as_json(self.warnings),
            "warnings_total": self.warnings_total,
            "columns": dict(self.columns),
            "columns_not_read": list(self.columns_not_read),
            "sheets_left_out": list(self.sheets_left_out),
        }


def _as_json(found: Sequence[RowError]) -> list[dict[str, Any]]:
    return [{"row": one.row, "code": one.code, "message": one.message} for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A row that was read: the counterparty, and what was doubtful about its cells, as ``column:code``."""

    row: int
    member: Member
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """``replace`` closes who is not named; ``confirmed`` lets it close any share of the book."""

    replace: bool = False
    confirmed: bool = False
    close_max_share: float = 0.1
    name_chars_max: int = 400
    text_chars_max: int = 20_000
    reading: ReadOptions = field(default_factory=ReadOptions)


def take_in(database: Database, client: str, path: Path, options: UploadOptions) -> Uploaded:
    """Put all counterparties of a file into a book, some at a time.

    Raises :class:`Invalid` for a file that is none, and ``Conflict`` where a replacement would close too much; both
    before anything is written.
    """
    with TemporaryDirectory(prefix="cutoff-book-") as folder:
        limits = intake.TextLimits(clock.now(), options.name_chars_max, options.text_chars_max)
        rows = _Rows(path, Path(folder), limits, options.reading)
        closing: list[str] = []
        if options.replace:
            named = {one.member.id for one in rows.read() if isinstance(one, Read)}
            with database.read() as session:
                closing = book.not_named(session, client, named)
                opened = book.state(session, client).open
            if not options.confirmed:
                book.check_share(len(closing), opened, options.close_max_share)
        done = Uploaded()
        each = _once(rows.read())
        while some := list(islice(each, _TOGETHER)):
            members = [one.member for one in some if isinstance(one, Read)]
            for one in some:
                if isinstance(one, RowError):
                    done.fail(one)
                else:
                    done.warn(one)
            with database.write() as session:
                done.put += book.put(session, client, members, clock.now())
        done.columns, done.columns_not_read, done.sheets_left_out = rows.told
        if closing:
            with database.write() as session:
                done.put += Put(closed=book.close(session, client, closing, clock.now()))
    return done


def _once(rows: Iterator[Read | RowError]) -> Iterator[Read | RowError]:
    """Keep the first row of an id; a second one is an error, as nobody knows which is meant."""
    seen: dict[str, int] = {}
    for one in rows:
        if isinstance(one, RowError):
            yield one
            continue
        first = seen.setdefault(one.member.id, one.row)
        if first == one.row:
            yield one
        else:
            detail = f"编号 {one.member.id} 与第 {first} 行重复 / the id {one.member.id} is on row {first} already"
            yield RowError(row=one.row, code="duplicate-id", message=detail)


class _Rows:
    """The rows of one file, which may be read more than once."""

    def __init__(self, path: Path, folder: Path, limits: intake.TextLimits, reading: ReadOptions) -> None:
        self._path = path
        self._reading = reading
        self._folder = folder
        self._limits = limits
        self._format = open_reader.format_of(path)
        self._readable: tuple[Path, Layout] | None = None
        self.told: tuple[Mapping[str, str], tuple[str, ...], tuple[str, ...]] = ({}, (), ())
        """What each column was read as, and the columns and the sheets that were not read."""

        open_reader.check(path)

    def read(self) -> Iterator[Read | RowError]:
        """Yield each row: a counterparty, or what is wrong with it."""
        if self._format == "json":
            self._path = json_rewrite.rewrite(self._path, self._folder / "rows.ndjson", self._reading.encoding)
            self._format = "ndjson"
        if self._format == "ndjson" and is_nested(self._path):
            return self._nested()
        return self._table()

    def _nested(self) -> Iterator[Read | RowError]:
        with self._path.open("rb") as file:
            for row, line in enumerate(file, start=1):
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    yield self._guarded(row, line)

    def _guarded(self, row: int, line: bytes) -> Read | RowError:
        try:
            value = strict_json.loads(line.decode("utf-8-sig"))
        except RepeatedKeyError as error:
            detail = f"键 {error.key!r} 重复 / the key {error.key!r} stands twice"
            return RowError(row=row, code="repeated-key", message=detail)
        except (UnicodeDecodeError, ValueError, RecursionError):
            return RowError(row=row, code="bad-json", message="不是完整的 JSON 对象 / no whole JSON object")
        try:
            found = member_of(value, self._limits)
        except Invalid as error:
            return _row_error(row, error)
        hidden = any(is_masked(code) for party in found.parties for code in party.identifiers)
        return Read(row=row, member=found, warnings=(f"identifiers:{MASKED}",) if hidden else ())

    def _table(self) -> Iterator[Read | RowError]:
        if self._readable is None:
            chosen = self._reading.columns
            known, named = known_headers(chosen), headers_with_name(chosen)
            self._readable = open_reader.open_input(self._path, self._folder, self._reading, known, named)
        path, layout = self._readable
        columns = columns_of(layout.titles, self._reading.columns)
        table = _Table(layout, columns, self._limits)
        opened = open_reader.open_source(path, layout)
        spans = list(opened.spans())
        self._tell(opened, spans, columns, layout)
        for span in spans:
            batch = opened.read(span)
            values = [batch.column(place) for place in range(len(layout.header))]
            cells = [[_cell(value) for value in column.to_pylist()] for column in values]
            faults = batch.column(FAULT_COLUMN).to_pylist()
            mended = [""] * len(faults)
            if WARNINGS_COLUMN in batch.schema.names:
                mended = batch.column(WARNINGS_COLUMN).to_pylist()
            for place, fault in enumerate(faults):
                # The header is the first row that a user sees; an NDJSON file has none.
                row = span.first_row + place + (1 if layout.format == "ndjson" else layout.header_row + 1)
                if fault is not None:
                    yield RowError(row=row, code="bad-row", message=fault)
                else:
                    yield table.read(row, [column[place] for column in cells], (mended[place] or "").split("|"))

    def _tell(self, source: Source, spans: Sequence[Span], columns: Columns, layout: Layout) -> None:
        """Say what is read as what.  Raises Invalid where a column that is not looks like names or codes."""
        of_book = {layout.header[place]: name for place, name in book_columns(layout.titles).items()}
        chosen = {**self._reading.columns, **dict.fromkeys(of_book, LEFT_OUT)}
        wanted = unread_columns.needs_rows(columns, layout.header, chosen)
        sample = unread_columns.sample_of(source, spans if wanted else (), lambda: None)
        unread_columns.check(columns, layout.header, chosen, sample)
        not_read = tuple(title for title in columns.not_read(layout.header) if title not in of_book)
        self.told = ({**columns.read_as(layout.header), **of_book}, not_read, layout.sheets_left_out)


def is_nested(path: Path) -> bool:
    """Whether the lines of an NDJSON file are counterparties of the interface, and not rows of a table."""
    with path.open("rb") as file:
        line = next((line for line in file if line.strip()), b"")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError):
        return True
    return isinstance(value, dict) and "counterparty" in value


def book_columns(titles: Sequence[str]) -> dict[int, str]:
    """Return the columns that only a book has, by place: the services of a counterparty, and when it was opened."""
    keys = [header_key(title) for title in titles]
    services = next((place for place, key in enumerate(keys) if key in _SERVICES), None)
    opened = next((place for place, key in enumerate(keys) if key in _OPENED), None)
    return {place: name for place, name in ((services, "services"), (opened, "opened_on")) if place is not None}


def _cell(value: object) -> str | None:
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return text if text and not text.isspace() and not is_placeholder(text) else None


class _Table:
    """Reads the rows of a table by its columns."""

    def __init__(self, layout: Layout, columns: Columns, limits: intake.TextLimits) -> None:
        self._header = layout.header
        self._columns = columns
        defaults = RowDefaults(Service.FUND_SETTLEMENT.value, limits.now.date().isoformat())
        self._reader = RowReader(columns, layout.header, defaults, limits)
        places = {name: place for place, name in book_columns(layout.titles).items()}
        self._services, self._opened = places.get("services"), places.get("opened_on")
        if "reference" not in columns.fields:
            detail = "没有编号列（id、客户号、客户编号 …） / no column is an id; found: " + ", ".join(layout.titles)
            raise Invalid("no-id-column", detail)

    def read(self, row: int, cells: list[str | None], mended: Sequence[str] = ()) -> Read | RowError:
        """Read one row; ``mended`` is what its reader says of its cells."""
        fields = self._columns.fields
        reference = self._taken(cells, fields["reference"])
        services = self._taken(cells, self._services if self._services is not None else fields.get("service"))
        opened_on = self._taken(cells, self._opened)
        if opened_on is not None and self._opened is not None:
            opened_on = str(with_era(opened_on, self._header[self._opened]))
        self._taken(cells, fields.get("service_date"))
        reading = self._reader.read(cells, None, [one for one in mended if one])
        if reading.doubtful or not reading.questions:
            return RowError(row=row, code=_code_of(reading.error), message=reading.error or "")
        try:
            found = member(
                book.check_id(reference or ""),
                [asked.counterparty for _, asked in reading.questions],
                _services_of(_SEVERAL.split(services) if services else ()),
                _day(written_date(opened_on)),
            )
        except Invalid as error:
            return _row_error(row, error)
        return Read(row=row, member=found, warnings=reading.warnings)

    @staticmethod
    def _taken(cells: list[str | None], place: int | None) -> str | None:
        """Return a cell and leave it empty for who reads on."""
        if place is None:
            return None
        text, cells[place] = cells[place], None
        return text


def member_of(value: Any, limits: intake.TextLimits) -> Member:  # noqa: ANN401 - any JSON
    """Read a counterparty of the interface.  Raises :class:`Invalid`."""
    if not isinstance(value, dict):
        raise Invalid("validation", "须为 JSON 对象 / must be a JSON object")
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise Invalid("validation", f"未知字段 / unknown fields: {', '.join(unknown)}")
    services = value.get("services")
    if services is not None and not (isinstance(services, list) and all(isinstance(one, str) for one in services)):
        raise Invalid("validation", "services: 须为代码的数组 / must be an array of codes")
    return member(
        book.check_id(str(value.get("id") or "")),
        [party_of(value.get("counterparty"), limits)],
        _services_of(services or ()),
        _day(value.get("opened_on")),
    )


_SHAPE: Final[Mapping[str, Any]] = {
    "name": str,
    "kind": str,
    "other_names": ("type", "name"),
    "identifiers": ("scheme", "value"),
    "region_code": str,
    "business_scope": str,
    "products": list,
    "promo_text": str,
    "remark": str,
}
"""The fields of a counterparty: a text, a list of texts, or a list of objects with these texts."""


def party_of(value: Any, limits: intake.TextLimits) -> Counterparty:  # noqa: ANN401 - any JSON
    """Read the counterparty of a screening request.  Raises :class:`Invalid`."""
    if not isinstance(value, dict):
        raise Invalid("validation", "counterparty: 须为 JSON 对象 / must be a JSON object")
    unknown = sorted(set(value) - _SHAPE.keys())
    if unknown:
        raise Invalid("validation", f"counterparty: 未知字段 / unknown fields: {', '.join(unknown)}")
    wrong = [name for name, given in value.items() if given is not None and not _has_shape(given, _SHAPE[name])]
    if wrong:
        raise Invalid("validation", f"counterparty: 类型有误 / of a wrong type: {', '.join(sorted(wrong))}")
    return intake.read({"service": Service.FUND_SETTLEMENT.value, "counterparty": value}, limits).counterparty


def _has_shape(given: Any, shape: Any) -> bool:  # noqa: ANN401 - any JSON
    if shape is str:
        return isinstance(given, str)
    if not isinstance(given, list):
        return False
    if shape is list:
        return all(isinstance(one, str) for one in given)
    return all(
        isinstance(one, dict) and set(one) == set(shape) and all(isinstance(text, str) for text in one.values())
        for one in given
    )


def _services_of(written: Sequence[str]) -> list[Service]:
    found = [written_service(one) for one in written if one.strip()]
    unknown = sorted({str(one) for one in found} - set(Service))
    if unknown:
        raise Invalid("unknown-service", f"{', '.join(unknown)}: 可选 / one of {', '.join(Service)}")
    return [Service(one) for one in found if one] or list(DEFAULT_SERVICES)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Invalid("bad-date", f"opened_on: {text} 须为 / must be YYYY-MM-DD") from None


def _code_of(error: str | None) -> str:
    """Return the code with which a fault of a row begins."""
    return (error or "bad-row").split(" ", 1)[0]


def _row_error(row: int, error: Invalid) -> RowError:
    detail = "; ".join(f"{fault.pointer}: {fault.message}" for fault in error.faults[:5]) or error.message
    code = error.faults[0].code if error.faults else error.code
    return RowError(row=row, code=code, message=detail)
