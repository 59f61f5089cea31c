"""``cutoff clients``: the systems whose records are kept apart, made and closed by whoever operates the database."""

from typing import Annotated

import typer

from app.cli.context import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_Code = Annotated[str, typer.Argument(metavar="CODE", help="The client's code, as given to its keys.")]


@app.callback()
def _clients() -> None:
    """Create, list and close client systems. 客户系统管理."""


@app.command()
def create(code: _Code, name: Annotated[str | None, typer.Option(help="A name for people.")] = None) -> None:
    """Make a client system. 新建客户系统.

    Example: cutoff clients create core --name 核心系统
    """
    from app.access import clients  # noqa: PLC0415 - see app.cli.context

    with ground() as (_, database), database.write() as session:
        client = clients.create(session, code, name=name)
    typer.echo(client.code)


@app.command("list")
def list_clients() -> None:
    """Print every client system, one a line, tab between. 列出客户系统.

    Example: cutoff clients list
    """
    from app.access import clients  # noqa: PLC0415 - as above

    with ground() as (_, database), database.read() as session:
        for client in clients.list_clients(session):
            typer.echo(f"{client.code}\t{client.name}\t{'closed' if client.closed_at else 'open'}")


@app.command()
def close(code: _Code) -> None:
    """Close a client system and revoke its keys; its records are kept. 停用客户系统.

    Example: cutoff clients close core
    """
    from app.access import clients  # noqa: PLC0415 - as above

    with ground() as (_, database), database.write() as session:
        _client, revoked = clients.close(session, code)
    typer.echo(f"closed {code}, revoked {len(revoked)} keys", err=True)
