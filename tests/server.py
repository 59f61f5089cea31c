"""A real server in a process of its own, to be killed."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.db import Database

_START_TIMEOUT_S = 120


class Server:
    """``cutoff serve`` over a database."""

    def __init__(self, url: str, log: Path, *, folder: Path | None = None, **environment: str) -> None:
        """Make one; ``folder`` has another state of the program than this one."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {**os.environ, "CUTOFF_DATABASE_URL": url, **environment}
        self.log, self.folder = log, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> "Server":
        """Start and wait until it is ready."""
        command = [
            sys.executable,
            "-c",
            "from app.cli import main; main()",
            "serve",
            "--port",
            str(self.port),
            *options,
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not start: {self.log.read_text()[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop the whole process group and return the exit code."""
        assert self._process is not None
        os.killpg(self._process.pid, how)
        return self._process.wait(60)

    def signal(self, how: signal.Signals) -> None:
        """Send a signal to the whole process group, and do not wait."""
        assert self._process is not None
        os.killpg(self._process.pid, how)

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def kill_if_running(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGKILL)

    def call(
        self, method: str, path: str, key: str | None = None, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        return self.raw(method, path, None if body is None else json.dumps(body).encode(), sent)[:2]

    def raw(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, bool]:
        """Send a request as it is; return status, body, and whether it says when to come again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content, response.headers["Retry-After"] is not None


def unlimited_server(database: Database, folder: Path) -> Server:
    """Start a server over a database that no rate bounds and that runs no jobs; its files lie in the folder."""
    url = database.url.render_as_string(hide_password=False)
    return Server(
        url,
        folder / "server.log",
        CUTOFF_RATE_PER_KEY_PER_S="1000000",
        CUTOFF_RATE_BURST="1000000",
        CUTOFF_SERVE_JOBS="false",
        CUTOFF_DATA_DIR=str(folder),
    ).start()
