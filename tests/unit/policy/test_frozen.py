"""A table that was in force stays as it was: what its modules say is held fast, change by change.

Where this fails because an outcome, a condition or a text is to change: leave the table, add a new one beside it under
a new name, make that the current one, and hold it fast here.
"""

from pathlib import Path

import pytest

from app.policy import tables
from app.source_digest import digest_of

SOURCES = {"FJ17-1": ("fj17_1", "d6c98a15ebae614501945ebb584a61982b10268a2723ca819f08adf7c9a2ea8f")}
FOLDER = Path(tables.__file__).parent


def digest(folder: Path) -> str:
    """Return the hash of what the modules of a table say, without comments, docstrings, imports and layout."""
    return digest_of(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_table_is_as_it_was(name: str) -> None:
    folder, expected = SOURCES[name]
    assert digest(FOLDER / folder) == expected


def test_current_table_is_one_of_them() -> None:
    assert tables.TABLES[tables.CURRENT.name] is tables.CURRENT
    assert set(SOURCES) == set(tables.TABLES)
