"""What long-running commands write is for their user only."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells the umask of a process by /proc")
def test_a_worker_writes_for_its_user_only(tmp_path: Path) -> None:
    environment = {**os.environ, "CUTOFF_DATA_DIR": str(tmp_path / "data")}
    environment.pop("CUTOFF_DATABASE_URL", None)
    before = os.umask(0o022)
    os.umask(0o022)
    command = [sys.executable, "-c", "from app.cli import main; main()", "worker"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        database = tmp_path / "data" / "cutoff.db"
        deadline = time.monotonic() + 120
        while not database.exists() or "0077" not in _umask(process.pid):
            assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert database.stat().st_mode & 0o077 == 0
    finally:
        os.umask(before)
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _umask(pid: int) -> str:
    return next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Umask"))
