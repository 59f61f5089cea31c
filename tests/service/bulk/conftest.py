"""A database with the sample lists, made once; every test gets a copy."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from silent import Silent

from app.bulk.readers.file_layout import Layout
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs.options import Options
from app.bulk.runs.run import run
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore
from app.cli.samples import load_samples
from app.clock import now
from app.db import Database
from app.screening.record import Author
from app.settings import Settings

AUTHOR = Author("core", "night", None, "cli")
RUN_ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="session")
def _samples(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("samples") / "cutoff.db"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    load_samples(Settings(data_dir=path.parent), database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture
def ground(_samples: Path, tmp_path: Path) -> Iterator[DatabaseRunStore]:
    """Return a ground with the sample lists in force."""
    path = tmp_path / "data" / "cutoff.db"
    path.parent.mkdir()
    shutil.copyfile(_samples, path)
    database = Database(f"sqlite:///{path}")
    yield DatabaseRunStore(database, Settings(data_dir=path.parent), AUTHOR)
    database.close()


@pytest.fixture
def screen_of(ground: DatabaseRunStore) -> Callable[..., BatchScreen]:
    """Return a function that makes the screening of a file with given headers."""

    def make(*titles: str, **options: str) -> BatchScreen:
        asked = Options(Path("in.csv"), Path("out.csv"), **options)  # type: ignore[arg-type]
        return ground.screen(Layout(format="csv", titles=titles, header=titles), asked, RUN_ID, now())

    return make


@pytest.fixture
def bulk(ground: DatabaseRunStore, tmp_path: Path) -> Callable[..., RunReport]:
    """Return a function that writes a file and runs it."""

    def go(data: bytes | str | None, name: str = "in.csv", to: str = "out.csv", **options: object) -> RunReport:
        if data is not None:
            (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
        reading = {key: options.pop(key) for key in [*options] if key in ReadOptions.__slots__}
        asked = Options(tmp_path / name, tmp_path / to, reading=ReadOptions(**reading), **options)  # type: ignore[arg-type]
        return run(asked, ground, Silent())

    return go
