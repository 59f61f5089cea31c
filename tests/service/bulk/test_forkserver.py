"""Ctrl-C goes to every process of the terminal; only the one that runs the book decides what it means."""

import subprocess
import sys

import pytest

_BLOCKED_SIGNALS = """
from multiprocessing import forkserver
from app.bulk.runs.forkserver import context

context()
print(open(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_an_interrupt_is_held_back_from_the_first_moment_of_the_fork_server() -> None:
    status = subprocess.run([sys.executable, "-c", _BLOCKED_SIGNALS], capture_output=True, text=True, check=True).stdout
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))
    assert int(mask, 16) & 1 << 1
