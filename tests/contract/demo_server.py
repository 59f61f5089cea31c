"""A server as ``make run`` starts it, in a data folder of its own, with what it printed."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]
CUTOFF = str(Path(sys.executable).with_name("cutoff"))
START_TIMEOUT_S = 120


@dataclass(frozen=True)
class DemoServer:
    """Where it listens, the keys by role, the printed request, and the environment that it runs in."""

    url: str
    keys: dict[str, str]
    curl: str
    environment: dict[str, str]

    def get(self, path: str, role: str) -> Any:
        """Return the JSON of a call that reads."""
        answer = httpx2.get(self.url + path, headers={"Authorization": f"Bearer {self.keys[role]}"}, timeout=10)
        return answer.raise_for_status().json()


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a process with its own data folder and no other setting of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CUTOFF_")}
    return kept | {"CUTOFF_DATA_DIR": str(data_dir)} | variables


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(url: str) -> bool:
    """Whether the server says that it is ready."""
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def demo_server(variables: dict[str, str], log: Path) -> Iterator[DemoServer]:
    """Start ``cutoff demo`` in an environment and wait until it is ready; stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [CUTOFF, "demo", "--port", str(port)], env=variables, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_ready(url):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        printed = log.read_text(encoding="utf-8")
        keys = dict(re.findall(r"^([a-z_]+): (cutoff_\S+)$", printed, re.MULTILINE))
        (curl,) = re.findall(r"^curl .*$", printed, re.MULTILINE)
        yield DemoServer(url, keys, curl, variables)
    finally:
        process.terminate()
        assert process.wait(60) in {0, -15, 143}
