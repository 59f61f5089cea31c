"""The report of a finished run: what was asked, on what it rests, what came out."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from app.bulk.runs.chunk_log import write_atomically
from app.bulk.runs.chunk_result import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run.

    ``basis`` holds the list versions, the rule version, the defaults of service and date, and which column
    was read as what.  ``rows_per_second`` is over the time in which this process worked on chunks, and
    counts only the rows that it worked on.
    """

    run_id: str
    input: str
    input_sha256: str
    output: str
    output_sha256: str
    options: dict[str, Any]
    basis: dict[str, Any]
    counts: Counts
    started_at: datetime
    finished_at: datetime
    rows_per_second: float
    resumed: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            **asdict(self),
            "counts": self.counts.as_json(),
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
        }

    def write(self, path: Path) -> None:
        """Write it to a file, all or nothing."""
        write_atomically(path, json.dumps(self.as_json(), ensure_ascii=False, indent=2).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a report back; None where there is none."""
        try:
            value = json.loads(path.read_bytes())
            counts = Counts.from_report(value["counts"])
            times = {key: datetime.fromisoformat(value[key]) for key in ("started_at", "finished_at")}
            return cls(**{**value, "counts": counts, **times})
        except (OSError, ValueError, KeyError, TypeError):
            return None
