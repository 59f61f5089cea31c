"""One engine for SQLite and PostgreSQL, and sessions whose type says who may write.

SQLite runs in WAL mode with foreign keys on.  Its driver opens no transaction of its own accord: each
begins with an explicit BEGIN, and one that may write with BEGIN IMMEDIATE, because a read transaction
that turns into a write fails at once with SQLITE_BUSY when another wrote in between.
"""

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.db.write_turn import WriteTurn

# A server whose machine is gone sends nothing, not even an end of the connection; without these a client waits for
# minutes.  Ignored on a socket of the same machine.
_SILENCE: Final = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
_ANSWER_MS: Final = 1_000


class ReadSession(Session):
    """A session that only reads."""


class WriteSession(ReadSession):
    """A session that may write.  One request, one transaction; the edge commits."""


class Database:
    """The database of one process."""

    def __init__(
        self, url: str | URL, *, pool_size: int = 8, statement_timeout_ms: int = 10_000, pool_timeout_s: float = 30
    ) -> None:
        """Open an engine; nothing is connected yet.

        ``url`` is a SQLAlchemy URL; ``pool_timeout_s`` is how long a caller waits for a connection at most.
        """
        self.url = make_url(url)
        self.engine = _engine(self.url, pool_size, statement_timeout_ms, pool_timeout_s)
        self._apart = _engine(self.url, 1, statement_timeout_ms, pool_timeout_s)
        self._writing = self.engine.execution_options(writes=True)
        self._whose: Callable[[], str | None] = _of_all
        self._turn = WriteTurn(statement_timeout_ms / 1000)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self, client: str | None = None) -> Iterator[ReadSession]:
        """Open a transaction that reads one state of the database and is rolled back at the end.

        With a ``client`` PostgreSQL shows it the rows of that client only, whatever it asks for.
        """
        with ReadSession(self.engine, expire_on_commit=False) as session:
            self._narrow(session, client if client is not None else self._whose())
            yield session

    @contextmanager
    def write(self, client: str | None = None) -> Iterator[WriteSession]:
        """Open a transaction that commits when the block ends and rolls back when it raises; as :meth:`read`."""
        with (
            self.write_turn(),
            WriteSession(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            self._narrow(session, client if client is not None else self._whose())
            yield session

    def write_turn(self, *, first: bool = False) -> AbstractContextManager[None]:
        """Return the turn to write, which only the embedded database needs; ``first`` is for recording decisions."""
        return self._turn.taken(first=first) if self.is_sqlite else nullcontext()

    def narrowed(self, whose: Callable[[], str | None]) -> "Database":
        """Return the same database for one caller: every transaction is narrowed to the client that ``whose`` gives.

        ``whose`` is asked when a transaction begins; None leaves it with the rows of all.
        """
        narrowed = copy.copy(self)
        narrowed._whose = whose  # noqa: SLF001 - another of this class
        return narrowed

    def _narrow(self, session: Session, client: str | None) -> None:
        """Let a transaction of PostgreSQL work with one client's rows; connections begin with those of all."""
        if client is not None and not self.is_sqlite:
            session.execute(text("SELECT set_config('cutoff.client', :client, true)"), {"client": client})

    def dedicated(self) -> Any:  # noqa: ANN401 - the driver's own connection
        """Open a connection that belongs to whoever asked, beside those of the pool, and return the driver's."""
        fairy = self._apart.raw_connection()
        driver = fairy.driver_connection
        fairy.detach()
        return driver

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._apart.dispose()


def _of_all() -> None:
    """Narrow nothing."""


def _make_file(path: Path) -> None:
    """Make the file of an embedded database where there is none, for its user only; files beside it follow its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _engine(url: URL, pool_size: int, statement_timeout_ms: int, pool_timeout_s: float) -> Engine:
    # Parameters are names of counterparties, which no message or log may carry.
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            _make_file(Path(url.database))
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=pool_timeout_s,
            hide_parameters=True,
            connect_args={"timeout": statement_timeout_ms / 1000},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=pool_timeout_s,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "options": f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC -c cutoff.client=*",
            **_SILENCE,
            "tcp_user_timeout": statement_timeout_ms + _ANSWER_MS,
        },
    )


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL makes an answered decision survive a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
