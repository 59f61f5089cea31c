"""Natural persons in rows of lists (法定代表人、实际控制人、股东), hidden from those who need not see them."""

from collections.abc import Mapping
from typing import Any, Final

PERSON_COLUMNS: Final = frozenset({"legal_rep", "actual_controller", "shareholders"})
_MASK: Final = "＊"


def masked(column: str, value: Any) -> Any:  # noqa: ANN401 - a cell of any column
    """Return a cell with the name of a person hidden but for its first character; other cells as they are.

    >>> masked("legal_rep", "张三样")
    '张＊＊'
    """
    if value is None:
        return None
    if column in PERSON_COLUMNS:
        return f"{str(value)[:1]}{_MASK * 2}"
    if column in {"unmatched", "extra"} and isinstance(value, Mapping):
        # Columns that the layout does not know may hold anything, persons too.
        return dict.fromkeys(value, _MASK * 3)
    return value


def masked_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with the names of persons hidden."""
    return {column: masked(column, value) for column, value in row.items()}


def names_persons(row: Mapping[str, Any]) -> bool:
    """Whether a row names a person."""
    return any(row.get(column) for column in PERSON_COLUMNS) or bool(row.get("unmatched") or row.get("extra"))
