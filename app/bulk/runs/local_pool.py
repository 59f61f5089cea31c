"""All cores of this machine: processes that take chunks as they get free.

The processes come from a fork server that has imported everything once, and leave when their parent is
gone, however it went.  At most two chunks a process are under way, so memory does not grow with the file.
"""

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from app.bulk.readers.file_layout import Span
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs import chunk_worker, interrupt, memory
from app.bulk.runs.chunk_result import Blob, ChunkResult
from app.bulk.runs.chunk_worker import ChunkWorker, Task
from app.bulk.runs.forkserver import context
from app.errors import Unavailable
from app.watchlists.snapshots.packed import pack

_CHUNKS_UNDER_WAY = 2
_LOOK_EVERY_S = 0.2

_worker: ChunkWorker


def run(task: Task, spans: Iterable[Span], workers: int) -> Iterator[ChunkResult]:
    """Work on the chunks and yield each part when it is written, in whatever order.

    Raises Unavailable where a process died (killed, or out of memory); what was yielded is safe.
    """
    if workers == 1:
        worker = ChunkWorker(task)
        with _loaded_stays():
            yield from map(worker.work, interrupt.checked(spans))
        return
    pool = ProcessPoolExecutor(workers, context(), _start, (task,))
    waiting = iter(spans)
    running: set[Future[ChunkResult]] = {
        pool.submit(_work, span) for span in islice(waiting, workers * _CHUNKS_UNDER_WAY)
    }
    try:
        while running:
            interrupt.check()
            done, running = wait(running, _LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            running |= {pool.submit(_work, span) for span in islice(waiting, len(done))}
            for future in done:
                yield future.result()
    except BrokenProcessPool as error:
        raise Unavailable(
            "worker-died", "一个工作进程意外终止，可用 --resume 继续 / a worker process died; go on with --resume"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def write_ready(screen: BatchScreen, folder: Path, name: str) -> Blob:
    """Do what :func:`app.bulk.runs.chunk_worker.write_ready` does in a process that leaves with the memory it took.

    It has the matcher loaded already, where this process would have to load it for this alone.
    """
    with ProcessPoolExecutor(1, context(), _obey) as pool:
        try:
            building = pool.submit(_write_ready, pack(screen), folder, name)
            while not building.done():
                interrupt.check()
                wait([building], _LOOK_EVERY_S)
            return building.result()
        except BrokenProcessPool as error:
            raise Unavailable(
                "worker-died", "一个工作进程意外终止 / the process that built the lists died; start again"
            ) from error


def _write_ready(packed: bytes, folder: Path, name: str) -> Blob:
    screen: BatchScreen = pickle.loads(packed)  # noqa: S301 - made by the parent process
    return chunk_worker.write_ready(screen, folder, name)


def _start(task: Task) -> None:
    global _worker  # noqa: PLW0603 - a process of a pool has no other place for its state
    _obey()
    _worker = ChunkWorker(task)
    # This process does nothing else: what is loaded stays, and the collector need not walk it at every chunk.
    gc.freeze()


@contextmanager
def _loaded_stays() -> Iterator[None]:
    """Spare the collector what is loaded by now: it would walk the lists at every chunk."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _obey() -> None:
    """Leave it to the parent when to stop."""
    # Ctrl-C goes to the whole group; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(span: Span) -> ChunkResult:
    part = _worker.work(span)
    # What a chunk leaves behind in pieces is much for a machine on which every core has such a process.
    memory.trim()
    return part
