"""``cutoff retention``: decisions that are old enough leave the database as monthly files, and come back."""

from __future__ import annotations

import getpass
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.context import open_database, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.db import Database
    from app.retention.holds import Hold
    from app.settings import Settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_STATEMENT_TIMEOUT_MS = 600_000

_Months = Annotated[
    int | None, typer.Option(help="Whole months that stay in the database; the least allowed when left out.", min=1)
]
_By = Annotated[str, typer.Option(help="The person who has it done, for the record.", metavar="PERSON")]
_Reason = Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")]


@app.callback()
def _retention() -> None:
    """Archive old decisions by month, restore them, hold them. 归档与保全."""


@contextmanager
def _owned() -> Iterator[tuple[Settings, Database]]:
    """Open the database as the owner of its tables, who alone may let anything leave.

    Raises ``Forbidden`` where the role is another one.  Statements go over a month, so they have more time than those
    of a request.
    """
    from app.db import roles  # noqa: PLC0415 - see app.cli.context
    from app.errors import Forbidden  # noqa: PLC0415 - as above

    settings = read_settings().model_copy(update={"statement_timeout_ms": _STATEMENT_TIMEOUT_MS})
    with open_database(settings, url=settings.owner_url) as database:
        if not roles.may_write(database, "archived_record"):
            raise Forbidden(
                "not-owner",
                "须以表的所有者运行（CUTOFF_OWNER_DATABASE_URL） / needs the owner of the tables",
            )
        yield settings, database


@app.command()
def plan(
    *, months: _Months = None, as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False
) -> None:
    """Print which months are old enough, what is held, and what is archived; nothing is changed. 归档计划.

    Example: cutoff retention plan --months 120
    """
    from app import clock  # noqa: PLC0415 - see app.cli.context
    from app.retention.months import months_kept  # noqa: PLC0415 - as above
    from app.retention.planning import plan as make_plan  # noqa: PLC0415 - as above

    with _owned() as (settings, database), database.read() as session:
        kept = months_kept(months, settings.retention_years_min)
        made = make_plan(session, kept, clock.now())
    if as_json:
        typer.echo(json.dumps(made.to_json(), ensure_ascii=False))
        return
    typer.echo(f"保留 {kept} 个月 months stay")
    for due in made.due:
        typer.echo(f"due 到期\t{due.month}\t{due.decisions}\theld 保全 {due.held}")
    for one in made.archives:
        typer.echo(f"archive 归档 {one.no}\t{one.month}\t{one.records}\t{one.state}\t{one.file_name}")


@app.command()
def archive(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder of the archives.")],
    *,
    by: _By,
    months: _Months = None,
    month: Annotated[str | None, typer.Option(help="Only this month, such as 2017-06.", metavar="YYYY-MM")] = None,
) -> None:
    """Write months that are old enough as files, verify them, and remove them from the database. 归档.

    Needs the role that owns the tables (CUTOFF_OWNER_DATABASE_URL). Interrupted at any point, it loses nothing, and
    run again it goes on. Exit codes: 0 done, 2 refused (nothing was removed), 1 failure.

    Example: cutoff retention archive -o /archive --months 120 --by 档案员
    """
    from app import clock  # noqa: PLC0415 - as above
    from app.audit.installation import sealer_of  # noqa: PLC0415 - as above
    from app.retention.archiving import Archiver, locked  # noqa: PLC0415 - as above
    from app.retention.months import months_kept, require_due  # noqa: PLC0415 - as above
    from app.retention.planning import due_now  # noqa: PLC0415 - as above

    with _owned() as (settings, database), locked(output):
        kept = months_kept(months, settings.retention_years_min)
        if month is not None:
            require_due(month, kept, clock.now())
        archiver = Archiver(
            database=database,
            sealer=sealer_of(database, settings),
            folder=output,
            by=by,
            os_user=getpass.getuser(),
        )
        done = archiver.resume()
        with database.read() as session:
            due = [month] if month is not None else due_now(session, kept, clock.now())
        for one in due:
            done.append(archiver.month(one))
            typer.echo(_line(done[-1]), err=True)
    typer.echo(f"{sum(one.removed for one in done)} decisions 条决定 → {output}")


@app.command()
def restore(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month to restore.")],
    *,
    folder: Annotated[Path, typer.Option("--from", metavar="DIR", help="The folder of the archives.")],
    by: _By,
) -> None:
    """Put an archived month back into the database, to the byte, after verifying its files. 恢复归档.

    Example: cutoff retention restore 2017-06 --from /archive --by 档案员
    """
    from app.audit.installation import sealer_of  # noqa: PLC0415 - as above
    from app.retention.archiving import locked  # noqa: PLC0415 - as above
    from app.retention.restoring import Restorer  # noqa: PLC0415 - as above

    with _owned() as (settings, database), locked(folder):
        restorer = Restorer(
            database=database,
            sealer=sealer_of(database, settings),
            folder=folder,
            by=by,
            os_user=getpass.getuser(),
        )
        count = restorer.month(month)
    typer.echo(f"{count} decisions restored 条决定已恢复")


@app.command()
def hold(
    *,
    client: Annotated[str | None, typer.Option(help="Hold all decisions of this client system.")] = None,
    month: Annotated[str | None, typer.Option(help="Hold all decisions of this month.", metavar="YYYY-MM")] = None,
    screening: Annotated[str | None, typer.Option(help="Hold this decision.", metavar="ID")] = None,
    by: _By,
    reason: _Reason,
) -> None:
    """Set a legal hold: what it covers is not archived until two people lift it; print its number. 法定保全.

    Example: cutoff retention hold --month 2017-06 --by 合规甲 --reason '法院调取，(2027)示例1号'
    """
    from app import clock  # noqa: PLC0415 - as above
    from app.errors import Invalid  # noqa: PLC0415 - as above
    from app.retention.holds import HoldScope, set_hold  # noqa: PLC0415 - as above

    given = [
        (scope, value)
        for scope, value in (
            (HoldScope.CLIENT, client),
            (HoldScope.MONTH, month),
            (HoldScope.SCREENING, screening),
        )
        if value is not None
    ]
    if len(given) != 1:
        raise Invalid("bad-hold", "须指定其一 / give one of --client, --month and --screening")
    scope, value = given[0]
    with _owned() as (_, database), database.write() as session:
        made = set_hold(session, scope, value, reason=reason, by=by, os_user=getpass.getuser(), now=clock.now())
    typer.echo(made.no)


@app.command()
def release(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the hold.")],
    *,
    by: _By,
    second: Annotated[str, typer.Option(help="The second person, another one.", metavar="PERSON")],
    reason: _Reason,
) -> None:
    """Lift a legal hold; it takes two people. 解除保全.

    Example: cutoff retention release 1 --by 合规甲 --second 合规乙 --reason 案件已结
    """
    from app import clock  # noqa: PLC0415 - as above
    from app.retention.holds import release_hold  # noqa: PLC0415 - as above

    with _owned() as (_, database), database.write() as session:
        release_hold(session, number, reason=reason, by=by, second=second, os_user=getpass.getuser(), now=clock.now())
    typer.echo(f"released 已解除 {number}", err=True)


@app.command()
def holds(*, as_json: Annotated[bool, typer.Option("--json", help="Print the holds as JSON.")] = False) -> None:
    """Print every legal hold, the lifted ones too, one a line, tab between. 列出保全.

    Example: cutoff retention holds
    """
    from app.retention.holds import holds as all_holds  # noqa: PLC0415 - as above

    with _owned() as (_, database), database.read() as session:
        found = all_holds(session)
    if as_json:
        typer.echo(json.dumps([_json(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        state = "held 保全中" if one.lifted_at is None else f"lifted 已解除 {one.lifted_at.isoformat()}"
        typer.echo(f"{one.no}\t{one.scope}\t{one.value}\t{state}\t{one.set_by}\t{one.reason}")


def _json(one: Hold) -> dict[str, Any]:
    return {
        "no": one.no,
        "scope": one.scope,
        "value": one.value,
        "reason": one.reason,
        "set_by": one.set_by,
        "set_at": one.set_at.isoformat(),
        "lifted_by": one.lifted_by,
        "lifted_with": one.lifted_with,
        "lift_reason": one.lift_reason,
        "lifted_at": one.lifted_at.isoformat() if one.lifted_at else None,
    }


def _line(one: Any) -> str:  # noqa: ANN401 - imported late
    return (
        f"{one.month}: {one.removed} archived 已归档, {one.held} held 保全, {one.not_sealed} not sealed in a full tile "
        f"尚不可归档{'' if one.file_name is None else ' → ' + one.file_name}"
    )
