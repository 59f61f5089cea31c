"""The migrations: one chain, up and down, equal to the models, and a start on another schema is refused."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.db import Base, Database
from app.db.schema import check, current, downgrade, migrations_dir, prepare, revisions, upgrade
from app.errors import Unavailable


def test_a_revision_is_named_for_its_file_and_the_chain_has_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    script = ScriptDirectory.from_config(config)
    chain = [revision.revision for revision in script.walk_revisions()][::-1]
    assert tuple(chain) == revisions()
    assert script.get_heads() == [revisions()[-1]]


def test_models_and_migrations_agree(db: Database) -> None:
    upgrade(db.engine)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_to_nothing_and_up_again(db: Database) -> None:
    def tables() -> list[str]:
        return sorted(inspect(db.engine).get_table_names())

    before = tables()
    downgrade(db.engine, "base")
    assert tables() == ["alembic_version"]
    upgrade(db.engine)
    assert tables() == before


def test_every_step_goes_up_and_down(db: Database) -> None:
    downgrade(db.engine, "base")
    for revision in revisions():
        upgrade(db.engine, revision)
        downgrade(db.engine, "-1")
        upgrade(db.engine, revision)
    check(db.engine)


def test_a_newer_schema_is_refused_by_start_and_by_upgrade(db: Database) -> None:
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    for start in (lambda: check(db.engine), lambda: prepare(db), lambda: upgrade(db.engine)):
        with pytest.raises(Unavailable, match="9999_future") as caught:
            start()
        assert caught.value.code == "schema-newer"


@pytest.mark.postgres
def test_an_older_schema_on_postgres_is_refused_with_the_command_that_mends_it(postgres_db: Database) -> None:
    downgrade(postgres_db.engine, revisions()[0])
    with pytest.raises(Unavailable, match="cutoff db upgrade"):
        prepare(postgres_db)


def test_an_older_embedded_schema_is_migrated_at_the_start(sqlite_db: Database) -> None:
    downgrade(sqlite_db.engine, revisions()[0])
    prepare(sqlite_db)
    with sqlite_db.engine.connect() as connection:
        assert current(connection) == revisions()[-1]
