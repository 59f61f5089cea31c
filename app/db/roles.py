"""The role that the application works with on PostgreSQL: it owns nothing and cannot change what is append-only."""

from typing import Final

from sqlalchemy import URL, Connection, Engine, text

from app.db.engine import Database
from app.errors import Invalid

# A lock that others must wait for takes the right to change; what changes it refuses are the triggers of these tables.
_LOCKED: Final = frozenset({"outbox_event", "list"})
# What may leave the database and what is held is for the owner to say.
_READ_ONLY: Final = frozenset({"alembic_version", "archive", "archived_record", "legal_hold"})
_APPEND_ONLY: Final = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
    WHERE NOT tgisinternal AND (tgname LIKE '%\\_append\\_only' OR tgname LIKE '%\\_no\\_change')
"""


def grant(engine: Engine, application: URL) -> str:
    """Make the role of a URL, or renew its password and rights, and return its name; run by the owner of the tables.

    It may read and insert everywhere, and change or remove rows only of tables that are not append-only.  Raises
    :class:`Invalid` where the URL names no role with a password, or the very role that owns the tables.
    """
    name, password = application.username, application.password
    if not name or not password:
        raise Invalid("bad-database-url", "CUTOFF_DATABASE_URL: 须有用户与口令 / needs a user and a password")
    with engine.begin() as connection:
        owner = connection.scalar(text("SELECT current_user"))
        if owner == name:
            raise Invalid(
                "same-role",
                f"应用角色不能是表的所有者 {owner}；以 CUTOFF_OWNER_DATABASE_URL 指定所有者 / the application's role "
                f"must not be the owner {owner}: name the owner by CUTOFF_OWNER_DATABASE_URL",
            )
        _make(connection, name, str(password))
        _give(connection, name)
    return name


def may_write(database: Database, table: str) -> bool:
    """Whether the role that a database is opened as may write a table; the embedded one has no roles."""
    if database.is_sqlite:
        return True
    with database.read() as session:
        return bool(session.scalar(text("SELECT has_table_privilege(:table, 'INSERT')"), {"table": table}))


def _make(connection: Connection, name: str, password: str) -> None:
    role = connection.dialect.identifier_preparer.quote(name)
    found = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    literal = connection.scalar(text("SELECT quote_literal(:password)"), {"password": password})
    verb = "ALTER" if found else "CREATE"
    connection.exec_driver_sql(
        f"{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {literal}".replace(
            "%", "%%"
        )
    )


def _give(connection: Connection, name: str) -> None:
    role = connection.dialect.identifier_preparer.quote(name)
    kept = set(connection.scalars(text(_APPEND_ONLY))) - _LOCKED
    tables = list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")))
    connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    for table in tables:
        quoted = connection.dialect.identifier_preparer.quote(table)
        rights = "SELECT" if table in _READ_ONLY else "SELECT, INSERT"
        if table not in kept and table not in _READ_ONLY:
            rights += ", UPDATE, DELETE"
        connection.exec_driver_sql(f"REVOKE ALL ON {quoted} FROM {role}")
        connection.exec_driver_sql(f"GRANT {rights} ON {quoted} TO {role}")
