"""The findings of one file, counted in full and kept up to a bound, so that a file of errors costs little."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from app.tabular.finding import Finding, Severity

KEPT_MAX: Final = 10_000
"""How many findings of each severity are kept; all are counted."""


@dataclass(slots=True)
class ValidationReport:
    """What was found in a file of ``rows`` rows."""

    rows: int = 0
    errors: int = 0
    warnings: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, findings: Iterable[Finding]) -> None:
        """Count findings, and keep them while there is room."""
        for finding in findings:
            if finding.severity is Severity.ERROR:
                self.errors += 1
                count = self.errors
            else:
                self.warnings += 1
                count = self.warnings
            if count <= KEPT_MAX:
                self.findings.append(finding)

    @property
    def is_refused(self) -> bool:
        """Whether some finding refuses the file."""
        return self.errors > 0

    def in_order(self) -> list[Finding]:
        """Return the findings as a reader goes through the file: the whole file first, then row by row."""
        return sorted(self.findings, key=lambda finding: (finding.row is not None, finding.row or 0))

    def as_json(self) -> dict[str, Any]:
        """Return it as ``cutoff lists validate --json`` prints it."""
        return {
            "rows": self.rows,
            "errors": self.errors,
            "warnings": self.warnings,
            "findings": [finding.as_json() for finding in self.in_order()],
        }
