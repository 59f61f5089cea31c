"""The ground of all tests: databases, the groups that a machine may be unable to run, and their last lines.

Nothing heavy is imported here, so that a run of the pure tests starts at once.
"""

import os
import random
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import browser_path
import postgres

if TYPE_CHECKING:
    from app.db import Database

_FOLDER = "CUTOFF_TEST_SESSION_FOLDER"
_OWNER = "CUTOFF_TEST_SESSION_PID"
_NOT_RUN = "group {} could not run: "


_BUDGET = "CUTOFF_TEST_BUDGET_S"
_STARTED = "CUTOFF_TEST_STARTED"
_FRESH = "fresh"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import settings

    # No bound on the clock for one example: a machine that does something else beside the tests breaks any.
    settings.register_profile("default", settings.get_profile("default"), deadline=None)
    if config.getoption("--hypothesis-profile") == _FRESH:
        settings.register_profile(_FRESH, derandomize=False, deadline=None, max_examples=500, print_blob=True)
        os.environ.setdefault(_STARTED, str(time.time()))
    if not hasattr(config, "workerinput"):
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="cutoff-tests-")
        os.environ[_OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[_FOLDER], ignore_errors=True)


# Groups


def _no_postgres() -> str | None:
    try:
        postgres.obtain(Path(os.environ[_FOLDER]), int(os.environ[_OWNER]))
    except postgres.NoServer as reason:
        return str(reason)
    return None


def _no_browser() -> str | None:
    if find_spec("playwright") is None:
        return "playwright is not installed (make test installs it)"
    return (
        None if browser_path.chromium() else "no Chromium on the machine (Debian: apt install chromium fonts-noto-cjk)"
    )


def _no_spark() -> str | None:
    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    return None if shutil.which("java") or os.environ.get("JAVA_HOME") else "no Java on the machine"


_GROUPS: dict[str, Callable[[], str | None]] = {
    "postgres": _no_postgres,
    "browser": _no_browser,
    "spark": _no_spark,
}


def _required() -> set[str]:
    return {word.strip() for word in os.environ.get("CUTOFF_TEST_REQUIRE", "").split(",")} & _GROUPS.keys()


def pytest_runtest_setup(item: pytest.Item) -> None:
    budget_s, started = float(os.environ.get(_BUDGET, "inf")), float(os.environ.get(_STARTED, "inf"))
    if time.time() > started + budget_s:
        pytest.skip(f"the budget of {budget_s:g} s is spent")
    for group, reason_not in _GROUPS.items():
        if item.get_closest_marker(group) is None:
            continue
        reason = reason_not()
        if reason and group in _required():
            pytest.fail(_NOT_RUN.format(group) + reason, pytrace=False)
        if reason:
            pytest.skip(_NOT_RUN.format(group) + reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _STARTED in os.environ:
        # Where the budget does not suffice, each run leaves out others; all workers need the same order.
        random.Random(os.environ[_STARTED]).shuffle(items)


_NOTHING_PASSED_OF = pytest.StashKey[set[str]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a whole run in which nothing of a required group passed, though nothing of it failed either."""
    config = session.config
    paths, keyword, marks = config.args_source, config.option.keyword, config.option.markexpr
    whole = paths is pytest.Config.ArgsSource.TESTPATHS and not keyword and marks in config.getini("addopts")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(config, "workerinput") or exitstatus or not whole or reporter is None or config.option.collectonly:
        return
    passed = {group for group in _GROUPS for one in reporter.stats.get("passed", []) if group in one.keywords}
    config.stash[_NOTHING_PASSED_OF] = _required() & {"postgres"} - passed
    if config.stash[_NOTHING_PASSED_OF]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for group in _GROUPS:
        start = _NOT_RUN.format(group)
        skipped = [
            report.longrepr[2].removeprefix("Skipped: ")
            for report in terminalreporter.stats.get("skipped", [])
            if isinstance(report.longrepr, tuple) and start in report.longrepr[2]
        ]
        if skipped:
            terminalreporter.write_line(f"{group}: {len(skipped)} tests not run: {skipped[0].removeprefix(start)}")
    for group in terminalreporter.config.stash.get(_NOTHING_PASSED_OF, set()):
        terminalreporter.write_line(f"{group}: required, but not one test of it passed: the run has failed", red=True)


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Undo what a command that ran in this process has set."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


# Databases


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from app.db import Database
    from app.db.schema import upgrade

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture
def sqlite_db(_sqlite_template: Path, tmp_path: Path) -> Iterator["Database"]:
    """Return a migrated SQLite database of its own."""
    from app.db import Database

    path = tmp_path / "cutoff.db"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """Return the URL of the run's PostgreSQL server, on which a test may create databases."""
    return postgres.obtain(Path(os.environ[_FOLDER]), int(os.environ[_OWNER]))


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> Iterator[str]:
    from app.db import Database
    from app.db.schema import upgrade

    with _created(postgres_server, None) as url:
        database = Database(url)
        upgrade(database.engine)
        database.close()
        yield url


@pytest.fixture
def postgres_db(postgres_server: str, _postgres_template: str) -> Iterator["Database"]:
    """Return a migrated PostgreSQL database of its own."""
    from app.db import Database

    with _created(postgres_server, _postgres_template) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database."""
    with _created(postgres_server, None) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest) -> "Database":
    """Return a migrated database of its own; the test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_db")


@pytest.fixture(scope="module")
def module_sqlite_db(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Database"]:
    """Return a migrated SQLite database that the tests of a module share."""
    from app.db import Database

    path = tmp_path_factory.mktemp("module") / "cutoff.db"
    shutil.copyfile(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def module_postgres_db(postgres_server: str, _postgres_template: str) -> Iterator["Database"]:
    """Return a migrated PostgreSQL database that the tests of a module share."""
    from app.db import Database

    with _created(postgres_server, _postgres_template) as url:
        database = Database(url)
        yield database
        database.close()


class _created:  # noqa: N801 - a context manager that reads as a verb
    """A new database on the server, from a template or empty; dropped at the end."""

    def __init__(self, server: str, template: str | None) -> None:
        self.server, self.template = server, template

    def _execute(self, statement: str) -> None:
        from sqlalchemy import create_engine, text

        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def __enter__(self) -> str:
        from sqlalchemy.engine import make_url

        self.name = f"cutoff_test_{uuid.uuid4().hex[:12]}"
        template = f" TEMPLATE {make_url(self.template).database} STRATEGY file_copy" if self.template else ""
        self._execute(f"CREATE DATABASE {self.name}{template}")
        return make_url(self.server).set(database=self.name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
