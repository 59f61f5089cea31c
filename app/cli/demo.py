"""``cutoff demo``: everything that ``make run`` does."""

from __future__ import annotations

import json
import os
import shlex
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import keep_files_private, open_database, read_settings

if TYPE_CHECKING:
    from app.db import Database
    from app.settings import Settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)

KEYS_FILE = "demo-keys.json"
ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
TICKET_MINUTES = 60
PEOPLE = {
    "screener": "黄示例",
    "analyst": "周示例",
    "list_maker": "陈示例",
    "list_checker": "林示例",
    "auditor": "郑示例",
    "admin": "吴示例",
}
"""The person of each demo role; six people, so that four eyes can be tried."""
SECOND_ANALYST = "second_analyst"
SECOND_PERSON = "何示例"
"""Confirms what the first analyst has found, with a key of their own: it is printed beside the link."""

QUESTION = {
    "reference": "demo-1",
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-06-30",
    "counterparty": {"name": "福建示例大宗商品交易中心有限公司"},
}


@app.command()
def demo(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve afterwards.")] = True,
) -> None:
    """Migrate, load the sample lists, print keys, sign-in links and a ready request, and serve. 演示.

    Each role has a key and a link that signs its person in to the console, once.
    Running it again keeps the data and prints the same keys and new links.  They lie readable in the data folder
    (demo-keys.json, mode 0600): for trying out only.
    Exit codes: 0 stopped, 1 the port or the database is not available, 2 the database holds other lists.

    Example: cutoff demo --port 8080
    """
    settings = read_settings()
    keep_files_private()
    if serve:
        _check_port(host, port)
    if host not in LOOPBACK:
        typer.echo(
            "警告：其他机器可访问演示 / warning: other machines can reach the demo and its keys",
            err=True,
        )
    from app.cli.samples import load_samples  # noqa: PLC0415 - see app.cli.ground
    from app.db import schema  # noqa: PLC0415 - as above

    with open_database(settings, prepared=False) as database:
        with database.engine.connect() as connection:
            is_newest = schema.current(connection) == schema.revisions()[-1]
        if not is_newest:
            schema.upgrade(database.engine)
        loaded = load_samples(settings, database)
        keys = _keys(settings, database)
        tickets = _tickets(database, keys)
    if loaded:
        typer.echo(f"已装载样例名单 / sample lists loaded: {loaded} files")
    typer.echo(_welcome(host, port, keys, tickets))
    if serve:
        from app.cli.serve import run  # noqa: PLC0415 - as above

        run(host, port)


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken before anything is loaded, printed or written."""
    from app.errors import Unavailable  # noqa: PLC0415 - as above

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise Unavailable(
            "port-unavailable",
            f"无法监听 {host}:{port} / cannot listen there ({error.strerror or error}); make run PORT=… 换一个端口",
        ) from error


def _keys(settings: Settings, database: Database) -> dict[str, str]:
    """Return a key for each holder: those of the last time where they still hold, else new ones."""
    from app.access import keys  # noqa: PLC0415 - see app.cli.ground
    from app.access.role import Role  # noqa: PLC0415 - as above
    from app.errors import Unauthenticated  # noqa: PLC0415 - as above

    path = settings.data_dir / KEYS_FILE
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    holders = {**{str(role): (role, PEOPLE[role]) for role in Role}, SECOND_ANALYST: (Role.ANALYST, SECOND_PERSON)}
    secrets: dict[str, str] = {}
    with database.write() as session:
        for holder, (role, person) in holders.items():
            try:
                if keys.authenticate(session, kept.get(holder, "")).role is role:
                    secrets[holder] = kept[holder]
            except Unauthenticated:
                made = keys.create(session, role, name=f"demo-{holder}", subject=person, client="demo")
                secrets[holder] = made[1]
    if secrets != kept:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(secrets, file, indent=2)
    return secrets


def _tickets(database: Database, secrets: dict[str, str]) -> dict[str, str]:
    """Return a one-time sign-in ticket for the holder of each key."""
    from datetime import timedelta  # noqa: PLC0415 - see app.cli.ground

    from app.access import keys, sessions  # noqa: PLC0415 - as above

    with database.write() as session:
        return {
            holder: sessions.issue_ticket(
                session, keys.authenticate(session, secret).key_id, timedelta(minutes=TICKET_MINUTES)
            )
            for holder, secret in secrets.items()
        }


def _welcome(host: str, port: int, keys: dict[str, str], tickets: dict[str, str]) -> str:
    from app.access.role import Role  # noqa: PLC0415 - see app.cli.ground

    name = "127.0.0.1" if host in ANY_ADDRESS else f"[{host}]" if ":" in host else host
    address = f"http://{name}:{port}"
    curl = [
        "curl", "-sS", f"{address}/v1/screenings",
        "-H", f"Authorization: Bearer {keys[Role.SCREENER]}",
        "-H", "Content-Type: application/json",
        "-d", json.dumps(QUESTION, ensure_ascii=False),
    ]  # fmt: skip
    lines = [f"{role}: {keys[role]}" for role in Role]
    people = {
        **{role: f"{role} {person}" for role, person in PEOPLE.items()},
        SECOND_ANALYST: f"analyst {SECOND_PERSON}",
    }
    links = [f"  {people[holder]}  {address}/login?once={ticket}" for holder, ticket in tickets.items()]
    # Not as the keys of the roles are written: who reads those by role gets one each.
    links.append(f"    其密钥 / with the key {keys[SECOND_ANALYST]}")
    return "\n".join(
        [
            *lines,
            f"控制台 / console: {address}/",
            f"一次性登录链接 / one-time sign-in links ({TICKET_MINUTES} min):",
            *links,
            f"接口说明 / API: {address}/docs",
            shlex.join(curl),
        ]
    )
