"""``cutoff db``: the database's schema."""

import typer

from app.cli.context import open_database, read_settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def _db() -> None:
    """Migrate the database. 数据库升级."""


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; running it again changes nothing. 升级数据库结构.

    Example: CUTOFF_DATABASE_URL=postgresql+psycopg://cutoff@db/cutoff cutoff db upgrade
    """
    from app.db import schema  # noqa: PLC0415 - see app.cli.ground

    with open_database(read_settings(), prepared=False) as database:
        schema.upgrade(database.engine)
    typer.echo(f"schema {schema.revisions()[-1]}")
