"""What is wrong with a list file, and where: one finding for each cell, row or file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Severity(StrEnum):
    """ERROR refuses the whole file; WARN needs the sign-off of the checker."""

    ERROR = "ERROR"
    WARN = "WARN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    ``row`` is 1-based as the user sees it in the file, None for the whole file; ``column`` is the header as
    written there; ``sheet`` is None for a file without sheets; ``suggestion`` says how to mend it, where we know.
    """

    severity: Severity
    code: str
    text_zh: str
    text_en: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as files, commands and calls show it."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "value": self.value,
            "text_zh": self.text_zh,
            "text_en": self.text_en,
            "suggestion": self.suggestion,
        }

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Self:
        """Read back what :meth:`as_json` wrote."""
        return cls(**{**shown, "severity": Severity(shown["severity"])})

    def line(self) -> str:
        """Return it as one line for a terminal, Chinese first."""
        place = [f"[{self.sheet}]"] if self.sheet else []
        place += [f"第{self.row}行"] if self.row else []
        place += [f"“{self.column}”"] if self.column else []
        mend = f" → {self.suggestion}" if self.suggestion else ""
        head = " ".join([self.severity.value, self.code, *place])
        return " ".join(f"{head}：{self.text_zh} ({self.text_en}){mend}".split())


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that refuse the file."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that the checker signs off."""
    return [finding for finding in findings if finding.severity is Severity.WARN]
