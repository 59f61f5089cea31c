"""One served console and one Chromium for the browser tests of a module."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

PEOPLE = {
    "陈示例": "list_maker",
    "林示例": "list_checker",
    "黄示例": "screener",
    "周示例": "analyst",
    "钱示例": "analyst",
    "郑示例": "auditor",
    "吴示例": "admin",
}


# Not of a session: the event loop of Playwright would stay in the main thread for every test that comes after.
@pytest.fixture(scope="module")
def _desk(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from browser_path import chromium
    from desk import Desk, Watch
    from playwright.sync_api import sync_playwright
    from server import Server
    from watchlist_rows import VENUE, load

    from app.access import Role, keys
    from app.db import Database

    folder = tmp_path_factory.mktemp("console")
    shutil.copyfile(_sqlite_template, folder / "cutoff.db")
    url = f"sqlite:///{folder / 'cutoff.db'}"
    database = Database(url)
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with database.write() as session:
        secrets = {
            person: keys.create(session, Role(role), name=person, subject=person, client="bank")[1]
            for person, role in PEOPLE.items()
        }
    server = Server(url, folder / "log", CUTOFF_DATA_DIR=str(folder))
    server.start()
    base = f"http://127.0.0.1:{server.port}"
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=[*options, "--lang=zh-CN"])
            yield Desk(base, browser, server.environment, secrets, Watch(base))
            browser.close()
    finally:
        server.kill_if_running()
        database.close()


@pytest.fixture
def desk(_desk: object) -> Iterator[object]:
    """Return the console; nothing that a test does may leave an error, a violation or a foreign request."""
    from desk import Desk

    assert isinstance(_desk, Desk)
    _desk.watch.problems.clear()
    yield _desk
    for context in _desk.contexts:
        context.close()
    _desk.contexts.clear()
    assert _desk.watch.problems == []
