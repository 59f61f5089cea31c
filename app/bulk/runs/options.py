"""What a bulk run is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.bulk.readers.read_options import ReadOptions


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.  ``service``, ``service_date`` and ``kind`` are for rows that do not say.

    ``reading`` says how the file is to be read; ``strict`` makes every row with a warning REVIEW at least; ``bom``
    writes a byte order mark before a CSV, None where the input had one or was GB18030.
    """

    input: Path
    output: Path
    service: str | None = None
    service_date: str | None = None
    kind: str | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)
    strict: bool = False
    bom: bool | None = None
    since: str | None = None
    report: Path | None = None
    workers: int = 1
    resume: bool = False
    force: bool = False

    @property
    def report_path(self) -> Path:
        """Where the JSON report goes: beside the output unless said otherwise."""
        return self.report or self.output.with_name(f"{self.output.name}.report.json")

    def deciding(self) -> dict[str, Any]:
        """Return the options on which the output depends; a resumed run must have the same."""
        return {
            "service": self.service,
            "service_date": self.service_date,
            "kind": self.kind,
            "reading": self.reading.as_json(),
            "strict": self.strict,
            "bom": self.bom,
            "since": self.since,
        }
