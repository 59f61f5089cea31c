"""A connection to PostgreSQL that the event loop itself works: groups of decisions go out without a thread between.

A thread is woken, waits for the interpreter and hands back, several times for each group, which costs more than storing
the group does.  Here the loop writes the statement to the socket and is called when the answer is there.
"""

from collections.abc import Sequence
from typing import Any, Final

from app.access import idempotency
from app.audit import audit_recorder as audit
from app.db import Database
from app.screening.record_statement import (
    ClaimTakenError,
    RecordUnit,
    json_rows,
    new_postgres_recorder,
    postgres_statement,
)

_SUCCESS: Final = (1, 2)
"""PGRES_COMMAND_OK and PGRES_TUPLES_OK, as the protocol's library has numbered them from the beginning."""
_NAME: Final = b"cutoff_store"
_STATEMENT: Final = postgres_statement(lambda _, number: f"${number}").encode()


class LoopConnection:
    """One group of units at a time: :meth:`send`, :meth:`flush` until all is sent, :meth:`finish` until it is stored.

    After any error but ``ClaimTakenError`` it is of no more use, and whether the group is stored is unknown.
    """

    def __init__(self, database: Database, raw: Any) -> None:  # noqa: ANN401 - a driver's connection
        self._raw = raw
        raw.autocommit = True
        self._lane = audit.Lane(database, lambda process, started_at: new_postgres_recorder(raw, process, started_at))
        self._socket: Any = raw.pgconn
        _require_success(self._socket.prepare(_NAME, _STATEMENT))
        self._socket.nonblocking = 1
        self._failure: Exception | None = None

    @property
    def is_old(self) -> bool:
        """Whether another connection has to take over, for the sake of the audit log."""
        return self._lane.is_old

    def fileno(self) -> int:
        """Return the socket."""
        return int(self._socket.socket)

    def send(self, units: Sequence[RecordUnit]) -> bool:
        """Begin to store units; return whether all is sent."""
        self._socket.send_query_prepared(_NAME, json_rows(units, self._lane))
        return self.flush()

    def flush(self) -> bool:
        """Send on; return whether all is sent."""
        return bool(self._socket.flush() == 0)

    def listen(self) -> bool:
        """Read what comes unasked, of which a group is never stored; raises where the server has closed."""
        self._socket.consume_input()
        return False

    def finish(self) -> bool:
        """Read what has come; return whether the units are stored and committed.

        Raises :class:`ClaimTakenError` where nothing of them is stored, and what the driver raises.
        """
        self._socket.consume_input()
        while not self._socket.is_busy():
            result = self._socket.get_result()
            if result is None:
                failure, self._failure = self._failure, None
                if failure is not None:
                    raise failure
                self._lane.committed()
                return True
            try:
                _require_success(result)
            except Exception as error:  # noqa: BLE001 - raised once the server is ready again, which says it is undone
                self._failure = error
        return False

    def close(self) -> None:
        """Close it, whatever state it is in."""
        self._raw.close()


def _require_success(result: Any) -> None:  # noqa: ANN401 - a result of the driver
    if result.status in _SUCCESS:
        return
    from psycopg import errors  # noqa: PLC0415 - a part of the installation that an embedded database needs not

    error = errors.error_from_result(result)
    if error.diag.table_name == idempotency.TABLE.name:
        raise ClaimTakenError from error
    raise error


def connect_loop(database: Database) -> LoopConnection | None:
    """Open a connection for the event loop that takes none from the pool; None where the database is a file."""
    if database.is_sqlite:
        return None
    raw = database.dedicated()
    try:
        return LoopConnection(database, raw)
    except BaseException:
        raw.close()
        raise
