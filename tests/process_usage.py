"""What a command takes, measured apart from the process that measures.

Linux counts the pages of a process that starts another one as the other's, up to the moment when the other's program
replaces them: a child of a test process that has grown to 1.4 GiB "took" 1.4 GiB.  So a small process of its own
starts the command and writes down what it used, its children included.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_MEASURE = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
printed = child.stdout.read()
_, status, used = os.wait4(child.pid, 0)
code = os.waitstatus_to_exitcode(status)
child.returncode = code
print(json.dumps([code, printed.decode(), used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A finished command: its exit code, what it printed, its processor time and its largest process in memory."""

    exit_code: int
    printed: str
    cpu_s: float
    rss_kib: int


def usage_of(command: list[str], environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end and return what it and its children used."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", _MEASURE, *command], env=environment, stdout=subprocess.PIPE, check=True
    )
    exit_code, printed, cpu_s, rss_kib = json.loads(done.stdout)
    return Usage(exit_code=exit_code, printed=printed, cpu_s=cpu_s, rss_kib=rss_kib)
