"""A file that cannot be read as a list at all."""

from app.errors import Invalid
from app.tabular.finding import Finding, Severity


class Unreadable(Invalid):
    """The file as a whole is refused; ``finding`` says why and how to mend it."""

    def __init__(
        self, code: str, text_zh: str, text_en: str, suggestion: str | None = None, *, row: int | None = None
    ) -> None:
        super().__init__("list-file-unreadable", f"{text_zh} ({text_en})")
        self.finding = Finding(
            severity=Severity.ERROR, code=code, text_zh=text_zh, text_en=text_en, row=row, suggestion=suggestion
        )
