"""``cutoff serve``: the API and the console."""

import os
import signal
import socket
import tempfile
from contextlib import nullcontext
from types import FrameType
from typing import Annotated

import typer

from app.cli.context import keep_files_private, open_database, read_settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_SHUTDOWN_S = 20
_WORKER_SILENT_S = 120
"""A worker that gives no sign for so long is replaced.

Reading a large list, or a busy machine, keeps it silent for more than the five seconds of the default, and a worker
that is replaced while it starts never serves.
"""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
) -> None:
    """Serve the API and the console until it is asked to stop (SIGTERM, Ctrl-C). 启动服务.

    An embedded database is migrated first; any other must be at its schema. Exit codes: 0 stopped, 1 the
    port or the database is not available, 2 a setting is wrong.

    Example: cutoff serve --host 0.0.0.0 --port 8000 --workers 4
    """
    run(host, port, workers)


def run(host: str, port: int, workers: int = 1) -> None:
    """Serve until asked to stop.  Raises ``Unavailable`` where the port or the database is not."""
    # Before the application is imported: prometheus_client looks for the folder when it is.
    if workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="cutoff-metrics-")

    import uvicorn  # noqa: PLC0415 - see app.cli.ground

    from app.access.settings_record import note_settings  # noqa: PLC0415 - as above
    from app.api import logging_config  # noqa: PLC0415 - as above
    from app.api.http_protocol import BoundedProtocol  # noqa: PLC0415 - as above
    from app.errors import Unavailable  # noqa: PLC0415 - as above
    from app.worker import beside  # noqa: PLC0415 - as above

    settings = read_settings()
    keep_files_private()
    with open_database(settings) as database:
        note_settings(database, settings)
    _check_port(host, port)
    logging_config.configure()
    # Once it has shut down, uvicorn sends itself the signal again: being asked to stop is no failure.
    signal.signal(signal.SIGTERM, _stopped)
    try:
        with beside() if settings.serve_jobs else nullcontext():
            uvicorn.run(
                "app.main:from_environment",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                access_log=False,
                server_header=False,
                http=BoundedProtocol,
                proxy_headers=bool(settings.forwarded_allow_ips),
                forwarded_allow_ips=settings.forwarded_allow_ips,
                timeout_graceful_shutdown=_SHUTDOWN_S,
                timeout_worker_healthcheck=_WORKER_SILENT_S,
            )
    except SystemExit as error:
        if not error.code:
            return
        raise Unavailable("start-failed", "服务未能启动，详见日志 / the server did not start; see the log") from error


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _check_port(host: str, port: int) -> None:
    """Raise ``Unavailable`` now, in one line, where the server could not listen there in a moment."""
    from app.errors import Unavailable  # noqa: PLC0415 - as above

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            detail = f"无法监听 {host}:{port} / cannot listen there: {error.strerror or error}"
            raise Unavailable("port-unavailable", detail) from error
