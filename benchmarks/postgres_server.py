"""A PostgreSQL server of a benchmark's own, as a bank would run it: with fsync, on this machine's disk.

A new server makes a segment of its log of 16 MB whenever it needs one, and nothing is committed for as long as that
takes, 50 ms and more.  One that has run for a while has them.  So has this one, before anything is measured.
"""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

_BINARIES = "/usr/lib/postgresql/*/bin"
_START_TIMEOUT_S = 60
_SEGMENTS = 64


def binaries() -> Path | None:
    """Return where the newest server of this machine is; None where there is none."""
    found = [one for one in Path("/").glob(_BINARIES.lstrip("/")) if (one / "initdb").exists()]
    return max(found, key=lambda one: int(one.parent.name), default=None)


@contextmanager
def running(programs: Path) -> Iterator[Callable[[], str]]:
    """Run a server in a folder that goes with it; give what makes an empty database and returns its URL."""
    with tempfile.TemporaryDirectory(prefix="cutoff-bench-pg-") as name:
        home, owner = Path(name), _owner()
        if owner:
            os.chown(home, owner["user"], owner["group"])
        home.chmod(0o755)
        data = home / "data"
        shared: dict[str, Any] = {"cwd": home, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, **owner}
        made = [programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"]
        subprocess.run(made, check=True, capture_output=True, **shared)
        kept = ["-c", f"min_wal_size={_SEGMENTS * 16}MB", "-c", f"max_wal_size={_SEGMENTS * 4 * 16}MB"]
        settings = ["-c", f"unix_socket_directories={home}", "-c", "listen_addresses=", *kept]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *settings],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **shared,
        )
        numbers = count()

        def fresh() -> str:
            database = f"bench_{next(numbers)}"
            subprocess.run([programs / "createdb", "-h", home, "-U", "bench", database], check=True, **shared)
            return f"postgresql+psycopg://bench@/{database}?host={home}"

        try:
            _wait(data / "postmaster.pid", server)
            switches = "SELECT pg_logical_emit_message(false, 'made', ''), pg_switch_wal();" * _SEGMENTS
            told = [programs / "psql", "-h", home, "-U", "bench", "-d", "postgres", "-q", "-o", os.devnull]
            subprocess.run([*told, "-f", "-"], input=f"{switches} CHECKPOINT;", text=True, check=True, **shared)
            yield fresh
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()


def _owner() -> dict[str, Any]:
    """Return as whom the server runs, which refuses to run as root; nothing where we are not."""
    if os.geteuid():
        return {}
    user = next(one for one in pwd.getpwall() if one.pw_name in {"postgres", "nobody"})
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait(log: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not log.exists() or "ready" not in log.read_text(encoding="utf-8"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the PostgreSQL server of the benchmark did not start")
        time.sleep(0.05)
