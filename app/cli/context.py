"""What every command rests on: the settings, read once, and the database at its schema.

SQLAlchemy and pydantic take most of a second to import, which ``--help`` does not pay: every command
imports what it works with when it runs.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.db import Database
    from app.errors import Invalid
    from app.settings import Settings


def keep_files_private() -> None:
    """Let files that this process makes be for its user only; for those that run long and make many."""
    os.umask(0o077)


def read_settings() -> Settings:
    """Read the settings.  Raises ``Invalid`` with the variable's name where one is wrong, or is none of ours."""
    from pydantic import ValidationError  # noqa: PLC0415 - see the module's docstring

    from app.errors import Fault, Invalid  # noqa: PLC0415 - as above
    from app.settings import Settings, refuse_unknown  # noqa: PLC0415 - as above

    refuse_unknown(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        faults = [Fault(f"CUTOFF_{str(one['loc'][0]).upper()}", one["type"], one["msg"]) for one in error.errors()]
        raise Invalid("bad-setting", "环境变量有误 / a setting is wrong", faults=faults) from error


@contextmanager
def open_database(settings: Settings, *, prepared: bool = True, url: str | None = None) -> Iterator[Database]:
    """Open the database and close it at the end; ``prepared`` migrates an embedded one and checks any other.

    ``url`` is another one than that of the settings.

    Raises ``Invalid`` for a URL that is none, or a data folder that cannot be used, and ``Unavailable`` where nothing
    answers.
    """
    from sqlalchemy.exc import (  # noqa: PLC0415 - as above
        ArgumentError,
        DatabaseError,
        NoSuchModuleError,
        OperationalError,
    )

    from app.db import Database  # noqa: PLC0415 - as above
    from app.db.schema import prepare  # noqa: PLC0415 - as above
    from app.errors import Invalid, Unavailable  # noqa: PLC0415 - as above

    try:
        database = Database(
            url or settings.url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Invalid("bad-database-url", f"CUTOFF_DATABASE_URL 有误 / is wrong: {error}") from error
    except OSError as error:
        raise _bad_folder(settings, error.strerror or str(error)) from error
    try:
        if prepared:
            try:
                prepare(database)
            except OperationalError as error:
                if not database.is_sqlite:
                    raise
                raise _bad_folder(settings, str(error.orig)) from error
            except DatabaseError as error:
                detail = f"{shown_url(settings)}: 不是数据库或已损坏 / is no database, or is damaged: {error.orig}"
                raise Invalid("bad-database", detail) from error
        yield database
        _seal(settings, database)
    except OperationalError as error:
        raise Unavailable("database-unavailable", f"数据库不可用 / the database failed: {error.orig}") from error
    finally:
        database.close()


def _seal(settings: Settings, database: Database) -> None:
    """Seal what this command recorded, so that it is safe also where no server runs."""
    from app.audit.audit_recorder import has_written  # noqa: PLC0415 - as above

    if has_written(database):
        from app.audit.installation import sealer_of  # noqa: PLC0415 - as above

        sealer_of(database, settings).seal_all()


def shown_url(settings: Settings) -> str:
    """Return which database the settings mean, its password hidden."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as above

    return make_url(settings.url).render_as_string(hide_password=True)


def _bad_folder(settings: Settings, detail: str) -> Invalid:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    return Invalid("bad-data-dir", f"{shown_url(settings)}: 数据目录不可用 / the data folder cannot be used: {detail}")


@contextmanager
def ground() -> Iterator[tuple[Settings, Database]]:
    """Give a command its settings and its prepared database."""
    settings = read_settings()
    with open_database(settings) as database:
        yield settings, database
