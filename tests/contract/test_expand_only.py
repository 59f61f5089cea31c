"""The newest migration only adds, so that processes of the release before go on while a fleet is upgraded."""

from typing import Any

from sqlalchemy import inspect

from app.db import Database
from app.db.schema import downgrade, revisions, upgrade


def schema(database: Database) -> dict[str, dict[str, Any]]:
    """Return the columns of each table, and what its rows have to be unique by."""
    found: dict[str, dict[str, Any]] = {}
    with database.engine.connect() as connection:
        looked = inspect(connection)
        for table in looked.get_table_names():
            columns = {one["name"]: one for one in looked.get_columns(table)}
            unique = {tuple(one["column_names"]) for one in looked.get_unique_constraints(table)}
            unique |= {tuple(one["column_names"]) for one in looked.get_indexes(table) if one["unique"]}
            found[table] = {"columns": columns, "unique": unique}
    return found


def test_what_the_release_before_writes_and_reads_is_still_there(db: Database) -> None:
    downgrade(db.engine, revisions()[-2])
    before = schema(db)
    upgrade(db.engine)
    after = schema(db)
    assert before.keys() <= after.keys()
    for table, old in before.items():
        new = after[table]
        for name, column in old["columns"].items():
            found = new["columns"][name]
            assert str(found["type"]) == str(column["type"]), (table, name)
            assert found["nullable"] == column["nullable"], (table, name)
        for name in new["columns"].keys() - old["columns"].keys():
            added = new["columns"][name]
            assert added["nullable"] or added["default"] is not None, (table, name, "old rows leave it empty")
        own = {one for one in new["unique"] if set(one) <= old["columns"].keys()}
        assert own <= old["unique"], (table, "rows that were fine are refused")
