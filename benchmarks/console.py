"""What a page of the console costs: ``python -m benchmarks.console [--databases sqlite postgresql] [--page FILE]``.

For each page: processor time of the first visit after a start and of later ones (the program, its child processes and
the PostgreSQL server together, so that other work on the machine does not count), and the bytes of the page, packed.
The application runs in this process; every page is asked for in the order of the table.
"""

import argparse
import gzip
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import structlog
from starlette.testclient import TestClient

from app.access import Role
from app.main import create_app
from app.settings import Settings
from app.web import static_files
from benchmarks import postgres_server
from benchmarks.console_ground import CODE, Sizes, fill
from benchmarks.process_tree import descendants

AGAIN: Final = 3
MS_MAX: Final = 300
NO_PAGES: Final = ("/difference", "/impact", "/certificate")
"""What is made beside its page, and a file; they are measured with the rest."""
DEFAULT: Final = Sizes()
_OWN: Final = {"Sec-Fetch-Site": "same-origin"}
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Visit:
    """One page, by whom, and what it cost: milliseconds of processor time, bytes of the page as sent."""

    path: str
    role: str
    first_ms: float
    again_ms: float
    sent_bytes: int


def main() -> None:
    """Measure, print, and fail where a page is beyond what the console promises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listed", type=int, default=DEFAULT.listed)
    parser.add_argument("--screenings", type=int, default=DEFAULT.screenings)
    parser.add_argument("--alerts", type=int, default=DEFAULT.alerts)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sizes = Sizes(asked.listed, asked.screenings, asked.alerts)
    found: dict[str, list[Visit]] = {}
    for database in asked.databases:
        with _database(database) as (url, servers), tempfile.TemporaryDirectory() as name:
            os.environ |= {"CUTOFF_DATABASE_URL": url, "CUTOFF_DATA_DIR": name}
            secrets = fill(Path(name), sizes)
            found[database] = visits(secrets, servers)
        print(_table(database, sizes, found[database]), flush=True)
    if asked.json:
        asked.json.write_text(
            json.dumps({one: [asdict(visit) for visit in visits] for one, visits in found.items()}, indent=2),
            encoding="utf-8",
        )
    slow = [
        visit.path
        for some in found.values()
        for visit in some
        if visit.first_ms > MS_MAX and not visit.path.endswith(NO_PAGES)
    ]
    if slow:
        sys.exit(f"beyond {MS_MAX} ms: {', '.join(slow)}")


@contextmanager
def _database(kind: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """Give the URL of an empty database and what its server has used, in nanoseconds."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as name:
            yield f"sqlite:///{name}/cutoff.db", lambda: 0
        return
    programs = postgres_server.binaries()
    if programs is None:
        raise SystemExit("there is no PostgreSQL server on this machine")
    with postgres_server.running(programs) as fresh:
        parent = _child(os.getpid(), "postgres")
        yield fresh(), lambda: sum(_used_ns(one) for one in descendants(parent))


def _child(pid: int, name: str) -> int:
    return next(
        one for one in descendants(pid)[1:] if (_PROC / str(one) / "comm").read_text(encoding="ascii").strip() == name
    )


def _used_ns(pid: int) -> int:
    try:
        return sum(
            int(one.read_text(encoding="ascii").split()[0]) for one in (_PROC / str(pid) / "task").glob("*/schedstat")
        )
    except OSError:
        return 0


def visits(secrets: dict[Role, str], server_ns: Callable[[], int]) -> list[Visit]:
    """Start the application, visit every page, and return what each cost."""
    with ExitStack() as stack:
        client = stack.enter_context(
            TestClient(create_app(Settings(rate_burst=1_000_000, request_timeout_s=600)), raise_server_exceptions=True)
        )
        cookies = {role: _signed_in(client, secret) for role, secret in secrets.items()}
        return [_visit(client, cookies[role], role, path, server_ns) for role, path in pages(client, cookies)]


def _signed_in(client: TestClient, secret: str) -> str:
    answer = client.post("/login", data={"key": secret}, headers=_OWN, follow_redirects=False)
    client.cookies.clear()
    return str(answer.headers["set-cookie"].split(";")[0])


def pages(client: TestClient, cookies: dict[Role, str]) -> list[tuple[Role, str]]:
    """Return every page with the role that sees most of it."""

    def first(role: Role, path: str, start: str) -> str:
        text = client.get(path, headers={"Cookie": cookies[role]}).text
        at = text.index(f'href="{start}') + len('href="')
        return text[at : text.index('"', at)].replace("&amp;", "&")

    screening = first(Role.AUDITOR, "/screenings?outcome=BLOCK", "/screenings/")
    entity = first(Role.ANALYST, "/?q=B-0000007", "/entities/")
    alert = first(Role.ANALYST, "/alerts?whose=all", "/alerts/")
    name = client.get(screening, headers={"Cookie": cookies[Role.AUDITOR]}).text.split("<title>")[1].split(" · ")[0]
    own: Sequence[tuple[Role, str]] = (
        (Role.SCREENER, "/"),
        (Role.ANALYST, "/?q=B-0000007"),
        (Role.ANALYST, "/?q=样本"),
        (Role.AUDITOR, "/screenings"),
        (Role.AUDITOR, "/screenings?outcome=BLOCK"),
        (Role.AUDITOR, f"/screenings?name={name.partition('：')[2]}"),
        (Role.AUDITOR, "/screenings?reference=core-0000100"),
        (Role.SCREENER, screening),
        (Role.SCREENER, f"{screening}/replay"),
        (Role.SCREENER, f"{screening}/certificate"),
        (Role.ANALYST, entity),
        (Role.LIST_CHECKER, "/lists"),
        (Role.LIST_CHECKER, f"/lists/{CODE}"),
        (Role.LIST_CHECKER, f"/lists/{CODE}/versions/1"),
        (Role.LIST_CHECKER, f"/lists/{CODE}/versions/2"),
        (Role.LIST_CHECKER, f"/lists/{CODE}/versions/2/sheet"),
        (Role.LIST_CHECKER, f"/lists/{CODE}/versions/2/difference"),
        (Role.LIST_CHECKER, f"/lists/{CODE}/versions/2/impact"),
        (Role.SCREENER, "/bulk"),
        (Role.ANALYST, "/alerts"),
        (Role.ANALYST, "/alerts?whose=all"),
        (Role.ANALYST, alert),
        (Role.ANALYST, "/book"),
        (Role.ANALYST, "/book?outcome=BLOCK"),
        (Role.ANALYST, "/book/upload"),
        (Role.ANALYST, "/sweeps"),
        (Role.AUDITOR, "/audit"),
        (Role.ADMIN, "/system"),
        (Role.SCREENER, "/shortcuts"),
    )
    return list(own)


def _visit(client: TestClient, cookie: str, role: Role, path: str, server_ns: Callable[[], int]) -> Visit:
    times: list[float] = []
    body = b""
    for _ in range(1 + AGAIN):
        before = _cpu_s(server_ns)
        answer = client.get(path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        times.append((_cpu_s(server_ns) - before) * 1_000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        body = answer.content
    is_text = answer.headers["content-type"].startswith("text/")
    sent = len(gzip.compress(body, compresslevel=5, mtime=0)) if is_text else len(body)
    return Visit(path, role, times[0], median(times[1:]), sent)


def _cpu_s(server_ns: Callable[[], int]) -> float:
    used: Any = os.times()
    return float(used.children_user + used.children_system) + time.process_time() + server_ns() / 1e9


def _table(database: str, sizes: Sizes, found: Sequence[Visit]) -> str:
    assets = sum(len(file.packed) for file in static_files.files().values())
    data = f"{sizes.listed:,} listed entities, {sizes.screenings:,} screenings, {sizes.alerts:,} alerts"
    lines = [
        f"{database}: {data}; styles and scripts {assets / 1024:.0f} KB once",
        "",
        "| page | first, ms CPU | again, ms CPU | KB |",
        "|---|---|---|---|",
        *(f"| `{one.path}` | {one.first_ms:.0f} | {one.again_ms:.0f} | {one.sent_bytes / 1024:.1f} |" for one in found),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
