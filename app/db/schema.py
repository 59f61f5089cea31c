"""The version of the database's schema: bring it up to date, or refuse to start on another one.

A revision's id is the stem of its file in ``migrations/versions`` and sorts in the order of the chain,
so that a start needs neither Alembic nor the scripts' content to know where the database is.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from app.db.engine import Database
from app.errors import Unavailable

_LOCK_KEY = 0x63757430  # "cut0": any number that nothing else in the database uses
_LOCK_TIMEOUT_MS = 10_000
_STATEMENT_TIMEOUT_MS = 600_000


def migrations_dir() -> Path:
    """Return the folder of the migrations: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    wheel = package / "_migrations"
    return wheel if wheel.is_dir() else package.parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """Return the ids of all revisions that this program knows, oldest first."""
    return tuple(sorted(path.stem for path in (migrations_dir() / "versions").glob("[0-9]*.py")))


def current(connection: Connection) -> str | None:
    """Return the revision that the database is at; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def check(engine: Engine) -> None:
    """Refuse a schema that is not this program's own.  Raises :class:`Unavailable`."""
    with engine.connect() as connection:
        found = current(connection)
    newest = revisions()[-1]
    if found == newest:
        return
    if found is not None and found not in revisions():
        raise Unavailable(
            "schema-newer",
            f"数据库结构（{found}）比本程序（{newest}）新，请升级程序 / the database's schema {found} is newer than "
            f"this program's {newest}: install the newer program",
        )
    raise Unavailable(
        "schema-older",
        f"数据库结构（{found or '空'}）需升级到 {newest}，请运行 cutoff db upgrade / the database's schema is "
        f"{found or 'empty'}, this program needs {newest}: run cutoff db upgrade",
    )


def upgrade(engine: Engine, revision: str | None = None) -> None:
    """Bring the schema up to a revision (the newest by default); doing it again changes nothing.

    One process migrates at a time; the whole way is one transaction, so that a failure leaves the
    schema as it was.  Raises :class:`Unavailable` where the schema is newer than this program.
    """
    _run(engine, "upgrade", revision or revisions()[-1])


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to a revision, or to nothing with ``base``; what was in its tables is lost."""
    _run(engine, "downgrade", revision)


def prepare(database: Database) -> None:
    """Make a database ready for a start: the embedded one is migrated, any other one only checked."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            found = current(connection)
        if found is None or found in revisions()[:-1]:
            upgrade(database.engine)
    check(database.engine)


def _run(engine: Engine, verb: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - a quarter of a second that only a migration pays
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}"))
            connection.execute(text(f"SET LOCAL statement_timeout = {_STATEMENT_TIMEOUT_MS}"))
        found = current(connection)
        if found is not None and found not in revisions():
            raise Unavailable(
                "schema-newer",
                f"数据库结构（{found}）比本程序新，请升级程序 / the database's schema {found} is newer than this "
                "program: install the newer program",
            )
        config.attributes["connection"] = connection
        getattr(command, verb)(config, revision)
