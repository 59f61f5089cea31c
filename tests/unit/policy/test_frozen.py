"""A table that was in force stays as it was: what its modules say is held fast, change by change.

Where this fails because an outcome, a condition or a text is to change: leave the table, add a new one beside it under
a new name, make that the current one, and hold it fast here.
"""

import ast
import hashlib
from pathlib import Path

import pytest

from app.policy import tables

SOURCES = {"FJ17-1": ("fj17_1", "f7463b14272f46ff748d46fd499e6cc6ca84ad107c01873048ead868e4ad00bb")}
FOLDER = Path(tables.__file__).parent


def digest(folder: Path) -> str:
    """Return the hash of what the modules of a table say, without comments and layout."""
    trees = [ast.unparse(ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256("\n".join(trees).encode()).hexdigest()


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_table_is_as_it_was(name: str) -> None:
    folder, expected = SOURCES[name]
    assert digest(FOLDER / folder) == expected


def test_current_table_is_one_of_them() -> None:
    assert tables.TABLES[tables.CURRENT.name] is tables.CURRENT
    assert set(SOURCES) == set(tables.TABLES)
