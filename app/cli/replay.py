"""``cutoff replay``: recorded decisions computed again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import ground, shown_url

if TYPE_CHECKING:
    from datetime import datetime

    from app.screening.replay import Replay

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXIT_DIFFERENT = 1


@app.command()
def replay(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only what was screened since: RFC 3339 with an offset.", metavar="TS")
    ] = None,
    sample: Annotated[int | None, typer.Option(help="That many of them by chance; all when left out.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines: what differs, and a summary.")] = False,
) -> None:
    """Compute recorded decisions again and compare them word for word. 决定重放.

    Exit 0 when all are identical, or every difference is explained by another engine or rule version; 1 when one
    differs without that, and when there is nothing to replay.

    Example: cutoff replay --since 2017-07-01T00:00:00+08:00 --sample 1000
    """
    from app.screening import replay as replays  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.snapshots.snapshot_cache import SnapshotCache  # noqa: PLC0415 - as above

    moment = _moment(since)
    different = explained = 0
    with ground() as (settings, database):
        where = shown_url(settings)
        snapshots = SnapshotCache(database)
        with database.read() as session:
            ids = replays.sample(session, moment, sample)
        for screening_id in ids:
            found = replays.replay(database, snapshots, screening_id, None)
            if not found.identical:
                different += 1
                explained += found.is_explained
                typer.echo(_line(found, as_json=as_json))
    summary = {
        "replayed": len(ids),
        "identical": len(ids) - different,
        "different": different,
        "explained": explained,
    }
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        typer.echo(
            f"重放 {len(ids)}，一致 {len(ids) - different}，不一致 {different}（其中有解释 {explained}） / "
            f"identical: {bool(ids) and not different}"
        )
    if not ids:
        detail = f"{where}: 没有可重放的决定，未能核对 / there is nothing to replay: nothing is verified"
        typer.echo(f"cutoff: {detail}", err=True)
    if different > explained or not ids:
        raise typer.Exit(EXIT_DIFFERENT)


def _line(found: Replay, *, as_json: bool) -> str:
    if as_json:
        differences = [
            {
                "pointer": one.pointer,
                "stored": one.stored,
                "replayed": one.replayed,
                "explained_by": one.explained_by,
            }
            for one in found.differences
        ]
        return json.dumps({"id": found.screening_id, "differences": differences}, ensure_ascii=False)
    named = "; ".join(
        f"{one.pointer or '(text)'}" + (f" ({one.explained_by})" if one.explained_by else "")
        for one in found.differences
    )
    return f"{found.screening_id}\t{named}"


def _moment(text: str | None) -> datetime | None:
    from datetime import datetime  # noqa: PLC0415 - as above

    from app.errors import Fault, Invalid  # noqa: PLC0415 - as above

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        detail = "须为带时区的时间，如 2017-07-01T00:00:00+08:00 / must be a time with an offset"
        raise Invalid("validation", f"--since {text}: {detail}", faults=[Fault("--since", "naive-time", detail)])
    return moment
