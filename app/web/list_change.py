"""What a version changes of an entity, in the words of the sheet: which column, what it said, what it says."""

from dataclasses import dataclass
from typing import Any, Final

from app.watchlists.history.diff import FieldChange
from app.watchlists.layout.cells import write_value
from app.watchlists.layout.columns import BY_ALIAS, Column
from app.web.catalogue import Catalogue

_STATUS: Final = "status:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInWords:
    """One field that differs; None where it says nothing."""

    label: str
    before: str | None
    after: str | None


def in_words(change: FieldChange, texts: Catalogue) -> ChangeInWords:
    """Return a change in the language of the texts."""
    return ChangeInWords(
        label=_label(change, texts),
        before=_value(change.field, change.before, texts),
        after=_value(change.field, change.after, texts),
    )


def _label(change: FieldChange, texts: Catalogue) -> str:
    if change.field.startswith(_STATUS):
        return texts("diff.status_of", category=texts.of("category", change.field.removeprefix(_STATUS)))
    return change.label_zh if texts.language == "zh" else change.field


def _value(field: str, value: Any, texts: Catalogue) -> str | None:  # noqa: ANN401 - a canonical value
    if value is None:
        return None
    if field.startswith(_STATUS):
        return texts.of("status", value)
    column = BY_ALIAS.get(field)
    if column is None:
        return str(value)
    # The coded values of a column are words of English already.
    return write_value(column, _coded(column, value) if texts.language == "zh" else value)


def _coded(column: Column, value: Any) -> Any:  # noqa: ANN401 - a canonical value
    """Return a value with the sheet's word for each code, the first of those that mean it."""
    if not column.codes:
        return value
    words: dict[str, str] = {}
    for word, code in column.codes.items():
        words.setdefault(str(code), word)
    return [words.get(one, one) for one in value] if isinstance(value, list) else words.get(value, value)
