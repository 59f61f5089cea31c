"""What a row of a list says, in words: the name of a column, and a value without its codes."""

from dataclasses import dataclass
from typing import Any, Final

from app.watchlists.history.diff import FieldChange
from app.watchlists.layout.cells import write_value
from app.watchlists.layout.columns import BY_ALIAS, Column
from app.web.catalogue import Catalogue

_STATUS: Final = "status:"
_FAMILIES: Final = {
    "category": "category",
    "entity_kind": "kind",
    "relation_type": "relation",
    "relation_status": "relation_status",
}
"""Columns whose codes the whole console has words for."""
_WORDS: Final = {
    alias: {str(code): word for word, code in [*column.codes.items()][::-1]}
    for alias, column in BY_ALIAS.items()
    if column.codes
}
"""How lists write the codes of a column: by alias, the first word for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInWords:
    """One field that differs; None where it says nothing."""

    label: str
    before: str | None
    after: str | None


def in_words(change: FieldChange, texts: Catalogue) -> ChangeInWords:
    """Return a change in the language of the texts."""
    return ChangeInWords(
        label=label_of(change.field, texts),
        before=value_of(change.field, change.before, texts),
        after=value_of(change.field, change.after, texts),
    )


def label_of(field: str, texts: Catalogue) -> str:
    """Return what a field is called: an alias, a header of an unknown column, or ``status:CATEGORY``."""
    if field.startswith(_STATUS):
        return texts("diff.status_of", category=texts.of("category", field.removeprefix(_STATUS)))
    if field not in BY_ALIAS:
        return field
    return BY_ALIAS[field].zh if texts.language == "zh" else field.replace("_", " ")


def value_of(field: str, value: Any, texts: Catalogue) -> str | None:  # noqa: ANN401 - a canonical value
    """Return what a field says; None where it says nothing."""
    if value is None:
        return None
    if field.startswith(_STATUS):
        return texts.of("status", value)
    if field in _FAMILIES:
        return texts.of(_FAMILIES[field], value)
    if isinstance(value, bool):
        return texts("yes") if value else texts("no")
    column = BY_ALIAS.get(field)
    if column is None:
        return str(value)
    # The coded values of a column are words of English already.
    return write_value(column, _coded(column, value) if texts.language == "zh" else value)


def _coded(column: Column, value: Any) -> Any:  # noqa: ANN401 - a canonical value
    """Return a value with the sheet's word for each code."""
    words = _WORDS.get(column.alias, {})
    if not words:
        return value
    return [words.get(one, one) for one in value] if column.is_list else words.get(value, value)
