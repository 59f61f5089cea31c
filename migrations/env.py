"""Alembic's environment: one set of migrations for SQLite and PostgreSQL."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import Connection

import app
from app.db import Base

for module in pkgutil.walk_packages(app.__path__, "app."):
    if module.name.endswith(".models"):
        importlib.import_module(module.name)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


# The connection is handed over by whoever migrates (the program, a test), inside its own transaction.
_migrate(context.config.attributes["connection"])
