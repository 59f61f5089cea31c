"""``cutoff keys``: API keys, made and revoked by whoever operates the database."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from app.access.role import Role
from app.cli.context import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def _keys() -> None:
    """Create, list, replace and revoke API keys. 密钥管理."""


@app.command()
def create(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str | None, typer.Option(help="Name of the key; the role when left out.")] = None,
    subject: Annotated[str | None, typer.Option(help="The person behind it; the name when left out.")] = None,
    client: Annotated[str | None, typer.Option(help="The system whose screenings it sees.")] = None,
    expires: Annotated[str | None, typer.Option(help="Expiry, RFC 3339 with an offset; never when left out.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Narrow the role, such as screenings:read; may be given again.")
    ] = None,
) -> None:
    """Print a new key and nothing else; it is shown this once. 新建密钥，仅显示一次.

    Example: cutoff keys create --role screener --name core-bank --client core
    """
    from app.access import keys  # noqa: PLC0415 - see app.cli.ground

    with ground() as (_, database), database.write() as session:
        _key, secret = keys.create(
            session, role, name=name, subject=subject, client=client, expires_at=_moment(expires), scopes=scope
        )
    typer.echo(secret)


@app.command("list")
def list_keys() -> None:
    """Print every key but its secret, one a line, tab between. 列出密钥.

    Example: cutoff keys list
    """
    from app import clock  # noqa: PLC0415 - as above
    from app.access import keys  # noqa: PLC0415 - as above

    with ground() as (_, database), database.read() as session:
        for key in keys.list_keys(session):
            expired = key.expires_at is not None and key.expires_at <= clock.now()
            state = "revoked" if key.revoked_at else "expired" if expired else "valid"
            typer.echo(f"{key.id}\t{key.role}\t{key.name}\t{key.subject}\t{key.client}\t{state}")


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as listed.")],
    overlap: Annotated[float, typer.Option(min=0, help="Hours for which the old key holds beside it.")] = 24.0,
) -> None:
    """Print a new key like another one, which ends when the overlap is over. 更换密钥.

    Example: cutoff keys rotate 6f1c2e0a-5a0e-4d5e-9f7e-0e6f1c2e0a5a --overlap 2
    """
    from app.access import keys  # noqa: PLC0415 - as above

    with ground() as (_, database), database.write() as session:
        _key, secret = keys.rotate(session, key_id, overlap=timedelta(hours=overlap))
    typer.echo(secret)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as listed.")]) -> None:
    """Revoke a key; its next request is refused. 吊销密钥.

    Example: cutoff keys revoke 6f1c2e0a-5a0e-4d5e-9f7e-0e6f1c2e0a5a
    """
    from app.access import keys  # noqa: PLC0415 - as above

    with ground() as (_, database), database.write() as session:
        keys.revoke(session, key_id)
    typer.echo(f"revoked {key_id}", err=True)


def _moment(text: str | None) -> datetime | None:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("bad-time", f"--expires: 不是时间 / {text!r} is not a time") from error
    if moment.tzinfo is None:
        raise Invalid("naive-time", "--expires: 须带时区 / needs an offset, e.g. 2027-01-01T00:00:00+08:00")
    return moment
