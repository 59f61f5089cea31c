"""``cutoff sweep``: the whole book against the lists in force, from the terminal."""

from datetime import date as local_day
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def sweep(
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON, XLSX or PDF, by its ending. 报告文件")],
    client: Annotated[str, typer.Option(help="Whose book.")],
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="For this local date; today. 业务日期")] = None,
    lists: Annotated[
        list[str] | None, typer.Option("--list", metavar="CODE=N", help="A version, a draft too: a what-if. 模拟测算")
    ] = None,
) -> None:
    """Sweep the whole book of a client and write the report. 专项排查.

    Exit codes: 0 done, 2 bad option or no list in force, 1 failure.

    Example: cutoff sweep -o sweep.xlsx --client core --date 2017-06-30
    """
    import getpass  # noqa: PLC0415 - see app.cli.context
    import logging  # noqa: PLC0415 - as above

    import structlog  # noqa: PLC0415 - as above

    from app import clock  # noqa: PLC0415 - as above
    from app.errors import Invalid  # noqa: PLC0415 - as above
    from app.jobs import queue  # noqa: PLC0415 - as above
    from app.jobs.queue import Owner  # noqa: PLC0415 - as above
    from app.monitoring import sweep_report, sweeps  # noqa: PLC0415 - as above
    from app.screening.service import ScreeningService  # noqa: PLC0415 - as above
    from app.watchlists.snapshots.snapshot_cache import SnapshotCache  # noqa: PLC0415 - as above

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    writers = {
        ".json": lambda *found: sweep_report.as_text(*found).encode(),
        ".xlsx": sweep_report.as_workbook,
        ".pdf": sweep_report.as_pdf,
    }
    if output.suffix not in writers:
        raise Invalid("unknown-format", f"{output.name}: 可选 / the ending is one of {', '.join(writers)}")
    asked = sweeps.Asked(as_of=_day(date), lists=_versions(lists))
    with ground() as (settings, database):
        screening_service = ScreeningService.open(database, SnapshotCache(database), settings)
        swept = sweeps.Sweeper(screening_service).sweep(client, asked)
        with database.write() as session:
            sweep_id = sweeps.ask(session, Owner(client, getpass.getuser(), None), asked, clock.now())
            session.flush()
            sweeps.write_swept(session, client, sweep_id, swept)
            queue.complete(session, sweep_id, {"report": {"sweep": sweep_id}}, clock.now())
        with database.read() as session:
            view = sweeps.read(session, client, sweep_id)
            output.write_bytes(writers[output.suffix](view, sweeps.findings(session, view)))
    counts = swept.counts
    typer.echo(
        f"{sweep_id}  counterparties {counts['counterparties']}  BLOCK {counts['BLOCK']}  REVIEW {counts['REVIEW']}  "
        f"PASS {counts['PASS']}  UNKNOWN {counts['UNKNOWN']}",
        err=True,
    )


def _day(text: str | None) -> local_day | None:
    from app.errors import Invalid  # noqa: PLC0415 - see app.cli.context

    try:
        return local_day.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Invalid("bad-date", f"--date {text}: 须为 / must be YYYY-MM-DD") from None


def _versions(texts: list[str] | None) -> dict[str, int] | None:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    found = {}
    for text in texts or ():
        code, separator, number = text.partition("=")
        if not separator or not number.isdigit():
            raise Invalid("bad-list", f"--list {text}: 须为 / must be CODE=N")
        found[code] = int(number)
    return found or None
