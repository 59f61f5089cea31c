"""``cutoff worker``: jobs, and the nightly check of a folder, outside of the server."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import ground, keep_files_private

if TYPE_CHECKING:
    from app.worker import Schedule

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def worker(
    nightly: Annotated[str | None, typer.Option(help="Cron expression, Asia/Shanghai. 定时表达式")] = None,
    folder: Annotated[Path | None, typer.Option(help="Files to screen every night. 输入目录")] = None,
    to: Annotated[Path | None, typer.Option(help="Where the answers go, a folder a night. 输出目录")] = None,
    service: Annotated[str | None, typer.Option(help="Of nightly rows that do not say. 每晚默认服务")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How nightly files are read, as for bulk. 映射文件")] = None,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Work on jobs until it is asked to stop (SIGTERM, Ctrl-C). 运行后台任务.

    Any number of workers may run, on one machine or several that share the database and the data folder.
    With --nightly it also screens every file of a folder at those times and writes a report of the night.
    Exit codes: 0 stopped, 1 the database is not available, 2 a setting or option is wrong.

    Example: cutoff worker --nightly '30 2 * * *' --folder /data/book --to /data/answers
    """
    from app import worker as running  # noqa: PLC0415 - see app.cli.ground
    from app.api import logging_config  # noqa: PLC0415 - as above

    schedule = _schedule(nightly, folder, to, service, mapping)
    logging_config.configure()
    keep_files_private()
    with ground() as (settings, database):
        running.run(settings, database, parent=parent, schedule=schedule)


def _schedule(
    nightly: str | None, folder: Path | None, to: Path | None, service: str | None, mapping: Path | None
) -> "Schedule | None":
    from app.bulk.readers.read_options import ReadOptions, read_mapping  # noqa: PLC0415 - see app.cli.ground
    from app.bulk.service.cron import Cron  # noqa: PLC0415 - see app.cli.ground
    from app.bulk.service.nightly import Night  # noqa: PLC0415 - as above
    from app.errors import Invalid, NotFound  # noqa: PLC0415 - as above
    from app.worker import Schedule  # noqa: PLC0415 - as above

    if nightly is None and folder is None and to is None:
        if service is not None or mapping is not None:
            raise Invalid("nightly", "--service 与 --mapping 只用于 --nightly / are for --nightly only")
        return None
    if nightly is None or folder is None or to is None:
        raise Invalid("nightly", "--nightly、--folder、--to 须一起给出 / go together")
    if not folder.is_dir():
        raise NotFound("no-folder", f"--folder {folder}: 没有这个目录 / no such folder")
    reading, defaults = read_mapping(mapping) if mapping else (ReadOptions(), {})
    night = Night(
        folder,
        to,
        os.cpu_count() or 1,
        service=service or defaults.get("service"),
        kind=defaults.get("kind"),
        reading=reading,
    )
    return Schedule(Cron.parse(nightly), night)
