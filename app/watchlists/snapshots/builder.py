"""Large snapshots are made by a process of their own and handed over in pieces.

Making one takes seconds of Python and of compiled code that keeps the interpreter to itself; whoever is being answered
in the same process would wait for it.  What is left to do here is to unpickle, fifty entities at a time.
"""

import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Final

from app.db import Database
from app.matching import Entry, Index, SizeStep
from app.policy.model import Dossier
from app.watchlists.history.version import VersionRef
from app.watchlists.snapshots.collector import collector_paused
from app.watchlists.snapshots.frames import loaded, receive, send
from app.watchlists.snapshots.snapshot import Snapshot, Spellings

_COMMAND: Final = (sys.executable, "-c", "from app.watchlists.snapshots.build_process import main; main()")
_PAUSE_S: Final = 0.001
"""Between two pieces, for whoever is being answered, who else gets the interpreter late several times an answer."""
_PAUSES: Final = 3_000
"""No more than so many, as the old lists grow stale until the new ones are there."""


class BuilderError(Exception):
    """The process ended before it had handed over everything."""


class SnapshotBuilder:
    """Makes the snapshots of one database, each by a new process; one at a time."""

    def __init__(self, database: Database) -> None:
        self._url = database.url.render_as_string(hide_password=False)
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def make(self, refs: tuple[VersionRef, ...], before: SizeStep | None) -> Snapshot:
        """Return the snapshot of some versions, its index and spellings made.

        ``before`` is the step of the lists until now.  Raises :class:`BuilderError` where the process fails.
        """
        with self._lock:
            child = self.start()
            try:
                self.ask(child, refs, before)
                assert child.stdout is not None  # noqa: S101 - a pipe was asked for
                return _received(child.stdout, refs)
            except (OSError, EOFError) as error:
                raise BuilderError(f"exit code {child.poll()}") from error
            finally:
                self._running = None
                child.kill()
                for pipe in (child.stdin, child.stdout):
                    if pipe is not None:
                        with suppress(OSError):
                            pipe.close()
                child.wait()

    @property
    def running(self) -> int | None:
        """The id of the process that is under way, None where none is."""
        running = self._running
        return running.pid if running is not None else None

    def stop(self) -> None:
        """End what is under way; nothing is made from then on."""
        self._stopped.set()
        running = self._running
        if running is not None:
            running.kill()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a process, which waits to be asked.  Raises :class:`BuilderError` behind :meth:`stop`."""
        if self._stopped.is_set():
            raise BuilderError("stopped")
        self._running = child = subprocess.Popen(  # noqa: S603 - our own program
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return child

    def ask(self, child: "subprocess.Popen[bytes]", refs: tuple[VersionRef, ...], before: SizeStep | None) -> None:
        """Ask a process for a snapshot.  It ends where its input does, as this one is gone then."""
        if self._stopped.is_set():
            raise BuilderError("stopped")
        assert child.stdin is not None  # noqa: S101 - a pipe was asked for
        send(child.stdin, pickle.dumps((self._url, refs, before)))
        child.stdin.flush()


def _received(source: IO[bytes], refs: tuple[VersionRef, ...]) -> Snapshot:
    """Put a snapshot together as its pieces come."""
    step, pieces, buffers = loaded(receive(source))
    dossiers: dict[str, Dossier] = {}
    entries: list[Entry] = []
    spellings: Spellings = {}
    with collector_paused(is_large=True):
        for place in range(pieces):
            some_dossiers, some_entries, some_spellings = loaded(receive(source))
            dossiers.update((one.entity_id, one) for one in some_dossiers)
            entries += some_entries
            spellings.update(some_spellings)
            if place < _PAUSES:
                time.sleep(_PAUSE_S)
        packed = receive(source)
        arrays = [receive(source) for _ in range(buffers)]
        index: Index = pickle.loads(packed, buffers=arrays)  # noqa: S301 - made by our own process
        index.entries = tuple(entries)
        return Snapshot(refs, dossiers, index.entries, step).with_made(index, spellings)
