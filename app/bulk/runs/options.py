"""What a bulk run is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.  ``service`` and ``service_date`` are for rows that do not say."""

    input: Path
    output: Path
    service: str | None = None
    service_date: str | None = None
    encoding: str | None = None
    since: str | None = None
    report: Path | None = None
    workers: int = 1
    resume: bool = False
    force: bool = False

    @property
    def report_path(self) -> Path:
        """Where the JSON report goes: beside the output unless said otherwise."""
        return self.report or self.output.with_name(f"{self.output.name}.report.json")

    def deciding(self) -> dict[str, str | None]:
        """Return the options on which the output depends; a resumed run must have the same."""
        return {
            "service": self.service,
            "service_date": self.service_date,
            "encoding": self.encoding,
            "since": self.since,
        }
