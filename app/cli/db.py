"""``cutoff db``: the database's schema."""

from typing import Annotated

import typer

from app.cli.context import open_database, read_settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def _db() -> None:
    """Migrate the database. 数据库升级."""


@app.command()
def upgrade(
    *,
    grant: Annotated[
        bool, typer.Option("--grant", help="Make or renew the application's role, that of CUTOFF_DATABASE_URL.")
    ] = False,
) -> None:
    """Bring the schema up to date; running it again changes nothing. 升级数据库结构.

    On PostgreSQL it works as the owner of the tables (CUTOFF_OWNER_DATABASE_URL); with --grant the role that the
    application works with may read and add, and change only what is not append-only.

    Example: CUTOFF_OWNER_DATABASE_URL=postgresql+psycopg://owner@db/cutoff cutoff db upgrade --grant
    """
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - see app.cli.context

    from app.db import roles, schema  # noqa: PLC0415 - as above
    from app.errors import Invalid  # noqa: PLC0415 - as above

    settings = read_settings()
    with open_database(settings, prepared=False, url=settings.owner_url) as database:
        if grant and database.is_sqlite:
            raise Invalid("no-roles", "内置数据库没有角色 / the embedded database has no roles")
        schema.upgrade(database.engine)
        role = roles.grant(database.engine, make_url(settings.url)) if grant else None
    typer.echo(f"schema {schema.revisions()[-1]}")
    if role is not None:
        typer.echo(f"role {role}")
