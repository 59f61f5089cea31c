"""``cutoff worker``: jobs, outside of the server."""

from typing import Annotated

import typer

from app.cli.ground import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def worker(
    with_parent: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--with-parent", help="Stop when the process that started it is gone.", hidden=True)
    ] = False,
) -> None:
    """Work on jobs until it is told to stop (SIGTERM, Ctrl-C). 运行后台任务.

    Any number of workers may run, on one machine or several that share the database and the data folder.
    Exit codes: 0 stopped, 1 the database is not available, 2 a setting is wrong.

    Example: cutoff worker
    """
    from app import worker as running  # noqa: PLC0415 - see app.cli.ground
    from app.api import log  # noqa: PLC0415 - as above

    log.configure()
    with ground() as (settings, database):
        running.run(settings, database, with_parent=with_parent)
