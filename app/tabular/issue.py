"""What is wrong with one value, whose place is not known yet."""

from dataclasses import dataclass

from app.tabular.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a value; :meth:`at` makes it a finding."""

    severity: Severity
    code: str
    text_zh: str
    text_en: str
    suggestion: str | None = None

    def at(self, sheet: str | None, row: int | None, column: str | None, value: str | None) -> Finding:
        """Return it as a finding at a place."""
        return Finding(
            severity=self.severity,
            code=self.code,
            text_zh=self.text_zh,
            text_en=self.text_en,
            sheet=sheet,
            row=row,
            column=column,
            value=value,
            suggestion=self.suggestion,
        )


def refused(code: str, text_zh: str, text_en: str, suggestion: str | None = None) -> Issue:
    """Return a doubt that refuses the file."""
    return Issue(Severity.ERROR, code, text_zh, text_en, suggestion)


def doubtful(code: str, text_zh: str, text_en: str, suggestion: str | None = None) -> Issue:
    """Return a doubt that the checker signs off."""
    return Issue(Severity.WARN, code, text_zh, text_en, suggestion)
