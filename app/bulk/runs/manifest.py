"""What ``run.json`` says: everything about a run that must stay the same when another process goes on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from app.bulk.readers.file_layout import Layout, Span
from app.bulk.runs.chunk_result import Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManifest:
    """A run that has begun.

    ``input`` is the file that is read: that of the user, or what a workbook was unpacked to.  ``screen``
    is the pickled pure function with its lists, so that a resumed run decides by the same versions.  ``previous``
    is how many findings the run had that this one is compared with.
    """

    run_id: str
    started_at: datetime
    input: Path
    input_sha256: str
    options: dict[str, Any]
    layout: Layout
    spans: tuple[Span, ...]
    screen: Blob
    added: tuple[str, ...]
    basis: dict[str, Any]
    previous: int | None = None

    @property
    def rows_total(self) -> int:
        """How many rows the input has."""
        return sum(span.rows for span in self.spans)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "run_id": self.run_id,
            "started_at": self.started_at.isoformat(),
            "input": str(self.input),
            "input_sha256": self.input_sha256,
            "options": self.options,
            "layout": self.layout.as_json(),
            "spans": [span.as_json() for span in self.spans],
            "screen": {"name": self.screen.name, "size": self.screen.size, "sha256": self.screen.sha256},
            "added": list(self.added),
            "basis": self.basis,
            "previous": self.previous,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read it back."""
        return cls(
            run_id=value["run_id"],
            started_at=datetime.fromisoformat(value["started_at"]),
            input=Path(value["input"]),
            input_sha256=value["input_sha256"],
            options=value["options"],
            layout=Layout.from_json(value["layout"]),
            spans=tuple(Span.from_json(span) for span in value["spans"]),
            screen=Blob(**value["screen"]),
            added=tuple(value["added"]),
            basis=value["basis"],
            previous=value["previous"],
        )
