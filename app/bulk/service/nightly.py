"""The nightly check of a folder: every file of counterparties in it, each with its answers, and one report.

Each night has a folder named by its local date.  A night that was cut short goes on where it stopped when
it is run again, and a file that cannot be read is in the report and does not keep the others from
being screened.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import structlog

from app.bulk.readers import open_reader
from app.bulk.readers.read_options import ReadOptions
from app.bulk.runs import local_pool, run_records
from app.bulk.runs.chunk_log import write_atomically
from app.bulk.runs.options import Options
from app.bulk.runs.run import ChunkEngine, Watcher, run
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore
from app.errors import CutoffError, NotFound

_REPORT: Final = "report.json"
_LATEST: Final = "latest.json"
_NOT_BOOKS: Final = ("~$", ".~", ".", "._")

log = structlog.get_logger("cutoff.nightly")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: its report, or why there is none."""

    name: str
    report: dict[str, Any] | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Night:
    """A folder to screen, and where the answers go; ``workers`` processes share the work.

    ``service``, ``kind`` and ``reading`` are those of the run, as in :class:`app.bulk.runs.options.Options`.
    """

    inputs: Path
    outputs: Path
    workers: int = 1
    service: str | None = None
    kind: str | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)


def screen_folder(
    night: Night, day: date, ground: DatabaseRunStore, watcher: Watcher, engine: ChunkEngine = local_pool.run
) -> list[FileResult]:
    """Screen every file of the folder for a date and write the report of the night, which names the other files too.

    A file is compared with its last run, if it has one: the column ``change`` says what is new.
    """
    folder = night.outputs / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    latest = _latest(night.outputs)
    results = []
    files = _files(night.inputs)
    left_out = [path.name for path in files if path.suffix.lower() not in open_reader.FORMATS]
    for name in left_out:
        log.warning("nightly_file_left_out", file=name)
    for path in (path for path in files if path.name not in left_out):
        options = Options(
            path,
            folder / f"{path.stem}{path.suffix}.answers.csv",
            service=night.service,
            service_date=day.isoformat(),
            kind=night.kind,
            reading=night.reading,
            since=_comparable(ground, latest.get(path.name)),
            workers=night.workers,
            resume=True,
        )
        results.append(_screened(options, ground, watcher, engine))
        report = results[-1].report
        if report is not None:
            latest[path.name] = report["run_id"]
    content = {
        "date": day.isoformat(),
        "left_out": left_out,
        "files": [asdict(one) for one in results],
        "total": _total(results),
    }
    write_atomically(folder / _REPORT, json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
    write_atomically(night.outputs / _LATEST, json.dumps(latest, ensure_ascii=False, indent=1).encode())
    return results


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder: no lock files of a spreadsheet, no hidden ones, nothing outside of the folder."""
    inside = folder.resolve()
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(_NOT_BOOKS) and path.resolve().is_relative_to(inside)
    )


def _screened(options: Options, ground: DatabaseRunStore, watcher: Watcher, engine: ChunkEngine) -> FileResult:
    done = RunReport.read(options.report_path)
    if done is not None:
        # The night is run again: the file is compared with what it was compared with before.
        options = replace(options, since=done.options.get("since"))
    try:
        report = run(options, ground, watcher, engine)
    except CutoffError as error:
        log.error("nightly_file_failed", file=options.input.name, code=error.code)  # noqa: TRY400 - one line says it
        return FileResult(options.input.name, None, error.message)
    return FileResult(options.input.name, report.as_json(), None)


def _comparable(ground: DatabaseRunStore, run_id: str | None) -> str | None:
    """Return the run to compare with, None where it is not recorded (another database)."""
    if run_id is None:
        return None
    with ground.database.read() as session:
        try:
            run_records.findings_of(session, run_id, ground.author.client)
        except NotFound:
            return None
    return run_id


def _latest(outputs: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((outputs / _LATEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _total(results: Iterable[FileResult]) -> dict[str, int]:
    names = ("rows", "pass", "review", "block", "errors")
    counts = [one.report["counts"] for one in results if one.report]
    return {name: sum(count[name] for count in counts) for name in names} | {
        "files": len(counts),
        "failed": sum(one.error is not None for one in results),
    }
