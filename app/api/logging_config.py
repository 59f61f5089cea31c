"""Logs as JSON lines on stderr, those of the server beside our own.  No line has a name of a counterparty."""

import asyncio
import logging
import sys
import threading
from contextlib import suppress
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import Processor

from app import clock

log = structlog.get_logger("cutoff.access")


class TurnLogger:
    """Writes lines; those of one turn of an event loop together, as every answer has one.

    Whatever is written outside of a loop is written at once.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._lines: list[str] = []

    def msg(self, line: str) -> None:
        """Write a line."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write([line])
            return
        if not self._lines:
            loop.call_soon(self._flush)
        self._lines.append(line)

    log = debug = info = warning = warn = error = critical = fatal = exception = msg

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        self._write(lines)

    def _write(self, lines: list[str]) -> None:
        # A log that nobody takes (a full disk, a closed pipe) is no reason to answer nothing.
        with self._lock, suppress(OSError, ValueError):
            self._file.write("\n".join(lines) + "\n")
            self._file.flush()


_lines: TurnLogger | None = None
"""Where lines go once :func:`configure` has said so."""


def log_answer(values: dict[str, Any]) -> None:
    """Write the line of an answer, at level info: the same as structlog's, which takes three times as long to make."""
    if _lines is None:
        log.info("answered", **values)
        return
    moment = clock.now().isoformat().replace("+00:00", "Z")
    _lines.msg(_json({**values, "event": "answered", "level": "info", "timestamp": moment}))


def _json(event: Any, **_options: Any) -> str:  # noqa: ANN401 - whatever is logged
    return orjson.dumps(event, default=str).decode()


_FIRST: Final[list[Processor]] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_RENDERER: Final = structlog.processors.JSONRenderer(_json)
_PROCESSORS: Final[list[Processor]] = [*_FIRST, _RENDERER]
"""One list, however often a process is configured: loggers keep the one that they were first used with."""


def configure() -> None:
    """Configure structlog and the standard library's logging."""
    global _lines  # noqa: PLW0603 - the logging of a process is one
    logger = _lines = TurnLogger(sys.stderr)
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: logger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FIRST,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDERER],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
