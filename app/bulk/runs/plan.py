"""From a file to what every chunk of it needs: how it is read, cut, and by what it is decided."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from app.bulk.readers import open_reader
from app.bulk.readers.file_layout import Layout, Span
from app.bulk.rows import unread_columns
from app.bulk.rows.input_columns import headers_with_name, known_headers
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs.options import Options

_NOTHING_DONE: Final[Callable[[], None]] = lambda: None  # noqa: E731 - the default of an argument


class ScreenMaker(Protocol):
    """Makes the pure function for a file; see :class:`app.bulk.runs.run.RunStore`."""

    def screen(self, layout: Layout, options: Options, run_id: str, started_at: datetime) -> BatchScreen:
        """Return it, with the lists in force at ``started_at``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``readable`` is the file that is read: that of the user, or what it was unpacked or written anew to."""

    readable: Path
    layout: Layout
    spans: tuple[Span, ...]
    screen: BatchScreen


def plan(
    options: Options,
    folder: Path,
    store: ScreenMaker,
    run_id: str,
    started_at: datetime,
    look: Callable[[], None] = _NOTHING_DONE,
) -> Plan:
    """Plan a run in its folder.  ``look`` is called now and then, and may raise to give up.

    Raises Invalid where the file cannot be read, or a column looks like names and nobody said what it is.
    """
    path, chosen = options.input.resolve(), options.reading.columns
    readable, layout = open_reader.open_input(
        path, folder, options.reading, known_headers(chosen), headers_with_name(chosen)
    )
    look()
    source = open_reader.open_source(readable, layout)
    spans = tuple(_looking(source.spans(), look)) or (Span(0, 0, 0, layout.start, 0),)
    screen = store.screen(layout, options, run_id, started_at)
    wanted = unread_columns.needs_rows(screen.columns, layout.header, chosen)
    unread_columns.check(
        screen.columns, layout.header, chosen, unread_columns.sample_of(source, spans if wanted else (), look)
    )
    return Plan(readable=readable, layout=layout, spans=spans, screen=screen)


def _looking(spans: Iterable[Span], look: Callable[[], None]) -> Iterable[Span]:
    for span in spans:
        look()
        yield span
