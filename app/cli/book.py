"""``cutoff book``: the counterparties under watch, from the terminal."""

from datetime import date as local_day
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_ERRORS_SHOWN = 20


@app.callback()
def _book() -> None:
    """Import and decide a book of counterparties. 客户名册监测."""


@app.command("import")
def import_book(
    file: Annotated[Path, typer.Argument(help="NDJSON, CSV, XLSX or Parquet. 输入文件")],
    client: Annotated[str, typer.Option(help="Whose book it is.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Close who is not named. 关闭未列出的客户")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Let --replace close any share of the book.")] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="HEADER=FIELD", help="What a column is; HEADER=- leaves it out. 指明列的用途"),
    ] = None,
) -> None:
    """Put every counterparty of a file into the book of a client. 导入客户名册.

    Exit codes: 0 taken in, wrong rows are reported; 2 bad input or option, 1 failure.

    Example: cutoff book import book.csv --client core
    """
    from app.bulk.readers.read_options import ReadOptions, column_options  # noqa: PLC0415 - as below
    from app.monitoring.book_jobs import options_of  # noqa: PLC0415 - see app.cli.context
    from app.monitoring.upload import take_in  # noqa: PLC0415 - as above

    with ground() as (settings, database):
        reading = ReadOptions(columns=column_options(column or []))
        options = options_of(settings, replace=replace, confirmed=confirm, reading=reading)
        done = take_in(database, client, file, options)
    if done.columns:
        typer.echo(
            "columns 读取的列: " + ", ".join(f"{title}={field}" for title, field in done.columns.items()), err=True
        )
    if done.columns_not_read:
        typer.echo("not read 未使用的列: " + ", ".join(done.columns_not_read), err=True)
    if done.sheets_left_out:
        typer.echo("sheets not read 未读取的工作表: " + ", ".join(done.sheets_left_out), err=True)
    for error in done.errors[:_ERRORS_SHOWN]:
        typer.echo(f"{file.name}:{error.row}: {error.code}: {error.message}", err=True)
    for warning in done.warnings[:_ERRORS_SHOWN]:
        typer.echo(f"{file.name}:{warning.row}: 警告 warning {warning.code}: {warning.message}", err=True)
    put = done.put
    typer.echo(
        f"created {put.created}  changed {put.changed}  unchanged {put.unchanged}  closed {put.closed}  "
        f"errors {done.errors_total}  warnings {done.warnings_total}",
        err=True,
    )


@app.command("run")
def run_book(
    *,
    client: Annotated[str | None, typer.Option(help="One client; all when left out.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Decide the whole book and mend differences. 全量重筛")] = False,
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Decide for this local date; today when left out.")
    ] = None,
) -> None:
    """Bring books up to the lists in force, the rules and the date. 重新筛查客户名册.

    Exit codes: 0 done, 2 bad option, 1 failure or no list in force.

    Example: cutoff book run --full --date 2017-06-30
    """
    import logging  # noqa: PLC0415 - see app.cli.context

    import structlog  # noqa: PLC0415 - as above

    from app.errors import Invalid, Unavailable  # noqa: PLC0415 - as above
    from app.monitoring import book  # noqa: PLC0415 - as above
    from app.monitoring.rescreening import BookRunner  # noqa: PLC0415 - as above
    from app.monitoring.telling import tell_step  # noqa: PLC0415 - as above
    from app.screening.service import ScreeningService  # noqa: PLC0415 - as above
    from app.watchlists.snapshots.scheduler import caught_up_by_a_right_clock  # noqa: PLC0415 - as above
    from app.watchlists.snapshots.snapshot_cache import SnapshotCache  # noqa: PLC0415 - as above

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        on = local_day.fromisoformat(date) if date is not None else None
    except ValueError:
        raise Invalid("bad-date", f"--date {date}: 须为 / must be YYYY-MM-DD") from None
    with ground() as (settings, database):
        cache = SnapshotCache(database)
        if not caught_up_by_a_right_clock(database, cache).refs:
            raise Unavailable(
                "no-list", "没有生效的名单，客户均为未知 / no list is in force: every counterparty is UNKNOWN"
            )
        runner = BookRunner(ScreeningService.open(database, cache, settings), tell_step, settings.pre_alert_days)
        with database.read() as session:
            clients = [client] if client is not None else book.clients(session)
        for one in clients:
            for step in runner.run(one, on=on, full=full):
                typer.echo(
                    f"{one}\t{step.after.on}\t{step.cause}\t{step.mode}\taffected {step.affected}\t"
                    f"changes {step.changes}\terrors {step.errors}"
                )


@app.command("calendar")
def calendar(
    file: Annotated[Path, typer.Argument(help="CSV: YYYY-MM-DD,off or work,note. 节假日安排")],
) -> None:
    """Put a calendar of working days in the place of the one in force. 更新工作日历.

    Example: cutoff book calendar holidays-2027.csv
    """
    from app.monitoring import calendar_store  # noqa: PLC0415 - see app.cli.context

    days = calendar_store.read_csv(file.read_text("utf-8"))
    with ground() as (_, database), database.write() as session:
        calendar_store.replace(session, days)
    typer.echo(f"{len(days)} days", err=True)
