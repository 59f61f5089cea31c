"""How a group of decisions becomes durable: one transaction, by one statement where the database can.

A *unit* is what one answer tells of: one decision or many, and the idempotency claim that they were asked under.
It is stored whole or not at all, with its records in the audit log.  Ids are given before anything is written, so that
after an unknown outcome one can look whether a unit is there.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, cast

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.access import idempotency
from app.access.idempotency import IdempotencyClaim
from app.audit import audit_recorder as audit
from app.db import Base, Database
from app.screening.models import Screening, ScreeningEntity, ScreeningIdentifier
from app.screening.record import Author, RecordRows, rows_of
from app.screening.serialise import ScreeningColumns, SerialisedDecision


@dataclass(frozen=True, slots=True)
class RecordUnit:
    """What is stored together: the rows of some decisions, and the claim with the texts of the whole answer."""

    rows: RecordRows
    texts: list[str]
    claim: IdempotencyClaim | None = None

    @classmethod
    def of(
        cls,
        decisions: Sequence[SerialisedDecision],
        texts: list[str],
        author: Author,
        claim: IdempotencyClaim | None = None,
    ) -> "RecordUnit":
        """Make a unit of decisions; ``texts`` are the parts of the whole answer, problems among them."""
        return cls(rows_of([ScreeningColumns.of(one) for one in decisions], author), texts, claim)

    @property
    def size(self) -> int:
        """How many decisions it has."""
        return len(self.rows.screenings)

    def claim_row(self) -> dict[str, Any] | None:
        """Return the row of the claim, None where there is none."""
        return None if self.claim is None else idempotency.row_of(self.claim, self.texts, clock.now())


class ClaimTakenError(Exception):
    """A claim of the group was somebody else's before; nothing of the group is stored."""


class RecordConnection(Protocol):
    """A connection of its own on which groups of units are stored; it is closed after any other error."""

    def store(self, units: Sequence[RecordUnit]) -> None:
        """Store the units and commit.  Raises :class:`ClaimTakenError`."""
        ...

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return which decisions are stored, by id."""
        ...

    def probe(self) -> None:
        """Raise where nothing could be stored now; it leaves nothing behind."""
        ...

    def fileno(self) -> int | None:
        """Return the socket to shut where the other side does not answer; None where there is none."""
        ...

    def close(self) -> None:
        """Close it, whatever state it is in."""
        ...


def connect(database: Database) -> RecordConnection:
    """Open a connection for records that takes none from the pool."""
    raw = database.dedicated()
    if not database.is_sqlite:
        return _PostgresRecords(database, raw)
    path = database.url.database
    return _SqliteRecords(database, raw, Path(path).parent if path else None)


_MODELS: Final[tuple[type[Base], ...]] = (Screening, ScreeningEntity, ScreeningIdentifier)
_TABLES: Final = (idempotency.TABLE, *(cast("Table", one.__table__) for one in _MODELS), audit.TABLE)
_NOTHING: Final = f"INSERT INTO {Screening.__tablename__} SELECT * FROM {Screening.__tablename__} WHERE 1 = 0"  # noqa: S608 - our own names
_ROOM_BYTES: Final = 1 << 20
_SQLITE_ROWS_MAX: Final = 32
"""Of 22 columns each: older versions bind 999 values at most."""
_Rows = list[Mapping[str, Any]]


def _rows(units: Sequence[RecordUnit], lane: audit.Lane) -> list[_Rows]:
    """Return the rows of each of the tables, in their order."""
    claims = [row for unit in units if (row := unit.claim_row()) is not None]
    # In one order everywhere, so that two processes never wait for each other.
    claims.sort(key=lambda row: (row["client"], row["route"], row["key"]))
    return [
        claims,  # type: ignore[list-item]  # a list of rows
        [row for unit in units for row in unit.rows.screenings],
        [row for unit in units for row in unit.rows.entities],
        [row for unit in units for row in unit.rows.identifiers],
        lane.rows([entry for unit in units for entry in unit.rows.entries]),  # type: ignore[list-item]  # as above
    ]


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.c)


def postgres_statement(place_of: Callable[[str, int], str]) -> str:
    """Return the statement that stores a group; each table's rows come as a JSON array, at the place of its parameter.

    ``place_of`` writes the place of a table's rows, by its name and its number from 1.
    """
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    parts = []
    for number, table in enumerate(_TABLES, 1):
        columns = ", ".join(f'"{column.name}" {column.type.compile(dialect)}' for column in table.c)
        parts.append(
            f"stored_{table.name} AS (INSERT INTO {table.name} ({_names(table)}) SELECT {_names(table)} "  # noqa: S608 - our own names
            f"FROM json_to_recordset({place_of(table.name, number)}::json) AS given({columns}))"
        )
    return f"WITH {', '.join(parts)} SELECT 1"


class _PostgresRecords:
    """One statement for a whole group: one way to the server and back, one commit."""

    _STATEMENT: Final = postgres_statement(lambda table, _: f"%({table})s")

    def __init__(self, database: Database, raw: Any) -> None:  # noqa: ANN401 - a driver's connection
        self._raw = raw
        self._raw.autocommit = True
        self._database = database
        self._lane: audit.Lane | None = None

    def store(self, units: Sequence[RecordUnit]) -> None:
        if self._lane is None or self._lane.is_old:
            self._lane = audit.Lane(self._database, self._new_recorder)
        parts = zip(_TABLES, json_rows(units, self._lane), strict=True)
        values = {table.name: some.decode() for table, some in parts}
        try:
            self._raw.execute(self._STATEMENT, values)
        except Exception as error:
            if getattr(getattr(error, "diag", None), "table_name", None) == idempotency.TABLE.name:
                raise ClaimTakenError from error
            raise
        self._lane.committed()

    def _new_recorder(self, process: str, started_at: datetime) -> int:
        return new_postgres_recorder(self._raw, process, started_at)

    def known(self, ids: Sequence[str]) -> set[str]:
        statement = f"SELECT id FROM {Screening.__tablename__} WHERE id = ANY(%s)"  # noqa: S608 - our own names
        return {found for (found,) in self._raw.execute(statement, (list(ids),)).fetchall()}

    def probe(self) -> None:
        # It inserts nothing, but rights, recovery and read-only mode are looked at.
        self._raw.execute(_NOTHING)

    def fileno(self) -> int | None:
        return None if self._raw.closed else int(self._raw.fileno())

    def close(self) -> None:
        self._raw.close()


def new_postgres_recorder(raw: Any, process: str, started_at: datetime) -> int:  # noqa: ANN401 - a driver's connection
    """Store the row of a recorder of the audit log, and return its id."""
    statement = f"INSERT INTO {audit.RECORDER_TABLE.name} (process, started_at) VALUES (%s, %s) RETURNING id"  # noqa: S608 - our own names
    return int(raw.execute(statement, (process, started_at)).fetchone()[0])


def json_rows(units: Sequence[RecordUnit], lane: audit.Lane) -> list[bytes]:
    """Return the rows of each of the tables as a JSON array, in their order."""
    return [orjson.dumps(some) if some else b"[]" for some in _rows(units, lane)]


class _SqliteRecords:
    """A transaction that holds the write lock from its first moment."""

    def __init__(self, database: Database, raw: Any, folder: Path | None) -> None:  # noqa: ANN401 - a driver's connection
        self._raw = raw
        self._folder = folder
        self._database = database
        self._tables = [_SqliteInsert(table) for table in _TABLES]
        self._lane: audit.Lane | None = None

    def store(self, units: Sequence[RecordUnit]) -> None:
        if self._lane is None or self._lane.is_old:
            self._lane = audit.Lane(self._database, self._new_recorder)
        rows = _rows(units, self._lane)
        with self._database.write_turn(first=True), self._transaction() as cursor:
            for table, insert, some in zip(_TABLES, self._tables, rows, strict=True):
                try:
                    insert.execute(cursor, some)
                except sqlite3.IntegrityError as error:
                    if table is idempotency.TABLE:
                        raise ClaimTakenError from error
                    raise
        self._lane.committed()

    def _new_recorder(self, process: str, started_at: datetime) -> int:
        with self._database.write_turn(first=True), self._transaction() as cursor:
            _SqliteInsert(audit.RECORDER_TABLE).execute(cursor, [{"process": process, "started_at": started_at}])
            return int(cursor.lastrowid)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        cursor = self._raw.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:
                cursor.execute("ROLLBACK")
            raise

    def known(self, ids: Sequence[str]) -> set[str]:
        places = ", ".join("?" for _ in ids)
        statement = f"SELECT id FROM {Screening.__tablename__} WHERE id IN ({places})"  # noqa: S608 - our own names
        return {found for (found,) in self._raw.execute(statement, list(ids)).fetchall()}

    def probe(self) -> None:
        # The file is only looked at when something is written, so its user version is changed, and that is rolled back,
        # which costs no flush.  Whether the disk has room would show at the commit only; a file beside it shows it now.
        cursor = self._raw.cursor()
        with self._database.write_turn(first=True):
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.execute(_NOTHING)
                cursor.execute("PRAGMA user_version = 1")
            finally:
                if self._raw.in_transaction:
                    cursor.execute("ROLLBACK")
        if self._folder is not None:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(bytes(_ROOM_BYTES))

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        self._raw.close()


class _SqliteInsert:
    """Inserts rows into a table, many by one statement.

    The interpreter is given away and taken back around every statement, and beside a busy event loop each of these
    takes longer than the insert.
    """

    def __init__(self, table: Table) -> None:
        dialect = sqlite.dialect()
        self._columns = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.c]
        self._head = f"INSERT INTO {table.name} ({_names(table)}) VALUES "  # noqa: S608 - our own names
        self._places = f"({', '.join('?' for _ in self._columns)})"

    def execute(self, cursor: Any, rows: _Rows) -> None:  # noqa: ANN401 - a driver's cursor
        """Insert the rows; statements are of so many rows as are a power of two, so that few of them are prepared."""
        start = 0
        while start < len(rows):
            count = min(_SQLITE_ROWS_MAX, 1 << ((len(rows) - start).bit_length() - 1))
            values = [value for row in rows[start : start + count] for value in self._bound(row)]
            cursor.execute(self._head + ", ".join([self._places] * count), values)
            start += count

    def _bound(self, row: Mapping[str, Any]) -> list[Any]:
        return [value if bind is None else bind(value) for name, bind in self._columns for value in (row.get(name),)]
