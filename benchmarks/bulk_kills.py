"""``cutoff bulk`` killed with -9 at random moments of its life and resumed: the bytes, and what is paid twice.

    python -m benchmarks.bulk_kills [--rows N] [--listed N] [--kills N] [--late-kills N] [--format csv] [--workers N]

An unbroken run comes first, of the real command on a drawn file.  Then, until ``--kills`` have come in time: a run that
is killed at a moment drawn evenly from the time that the unbroken one took, and one with ``--resume``, whose output
must be the same to the last byte.  At the end, ``--late-kills`` times, an unbroken run comes again, and one that is
killed when it has used 80 % of the processor time of that one, which other work on the machine disturbs less than
seconds; what the resumed one takes is told as a share of the unbroken one before it.
"""

import argparse
import json
import os
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from app.bulk.readers.open_reader import sha256
from app.bulk.runs.chunk_log import folder_of
from benchmarks.ground import ground
from benchmarks.process_tree import Run, command

MOMENT_SEED = 23
LATE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Kill:
    """A run that was killed ``after_s`` seconds (or had ended: ``in_time`` is false), and the resumed one."""

    after_s: float
    in_time: bool
    parts_done: int
    seconds: float
    cpu_s: float
    same_bytes: bool


class Trial:
    """One file, screened again and again."""

    def __init__(self, folder: Path, kind: str, workers: int) -> None:
        self.output = folder / f"out.{kind}"
        self._arguments = ["bulk", str(folder / f"book.{kind}"), "-o", str(self.output), "--workers", str(workers)]

    def start(self, *more: str) -> Run:
        """Start the command."""
        return Run(command(*self._arguments, "--quiet", *more))

    def whole(self) -> tuple[float, float, str]:
        """Return seconds, processor time and digest of an unbroken run."""
        run = self.start("--force")
        code, seconds = run.wait()
        if code:
            raise SystemExit(f"the unbroken run ended with {code}")
        return seconds, run.usage.total_cpu_s, sha256(self.output)

    def killed(self, digest: str, *, after_s: float | None = None, at_cpu_s: float = 0.0) -> Kill:
        """Kill a run at that age, or when it has used so much processor time; resume it and compare."""
        self.output.unlink()
        started = time.monotonic()
        run = self.start()
        in_time = run.kill_at(at_cpu_s) if after_s is None else run.kill_after(after_s)
        after_s = time.monotonic() - started
        parts = folder_of(self.output) / "parts.ndjson"
        done = parts.read_bytes().count(b"\n") if parts.exists() else 0
        run = self.start("--resume")
        code, seconds = run.wait()
        same = code == 0 and sha256(self.output) == digest and not parts.exists()
        return Kill(after_s, in_time, done, seconds, run.usage.total_cpu_s, same)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--listed", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--late-kills", type=int, default=5)
    parser.add_argument("--format", default="csv", choices=["csv", "parquet"])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    chance = random.Random(MOMENT_SEED)  # noqa: S311 - moments, no secrets
    with ground(given.listed, given.rows, [given.format]) as folder:
        trial = Trial(folder, given.format, given.workers)
        seconds, cpu_s, digest = trial.whole()
        print(f"unbroken: {given.rows:,} rows, {seconds:.1f} s, {cpu_s:.1f} s of processor time", flush=True)
        kills: list[Kill] = []
        while sum(kill.in_time for kill in kills) < given.kills:
            kills.append(trial.killed(digest, after_s=chance.random() * seconds))
            print(shown(kills[-1]), flush=True)
        late, shares_s, shares_cpu = [], [], []
        for _ in range(given.late_kills):
            whole_s, whole_cpu_s, _ = trial.whole()
            late.append(trial.killed(digest, at_cpu_s=LATE_SHARE * whole_cpu_s))
            print(shown(late[-1]), flush=True)
            shares_s.append(late[-1].seconds / whole_s)
            shares_cpu.append(late[-1].cpu_s / whole_cpu_s)
    same = sum(kill.same_bytes for kill in kills + late)
    in_time = sum(kill.in_time for kill in kills)
    print(
        f"{same} of {len(kills) + len(late)} outputs are the same bytes; {in_time} of {len(kills)} kills came in time"
    )
    if late:
        print(
            f"killed after {LATE_SHARE:.0%}: resumed in {median(shares_s):.2f} of the time, "
            f"{median(shares_cpu):.2f} of the processor time (median of {len(late)})"
        )
    if given.json:
        found = {"seconds": seconds, "cpu_s": cpu_s, "kills": [*map(asdict, kills)], "late": [*map(asdict, late)]}
        found |= {"late_shares_s": shares_s, "late_shares_cpu": shares_cpu}
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(same < len(kills) + len(late))


def shown(kill: Kill) -> str:
    """Return a line for the terminal."""
    what = "killed" if kill.in_time else "had ended"
    return (
        f"  {what} after {kill.after_s:5.1f} s with {kill.parts_done:3} chunks done; resumed in {kill.seconds:5.1f} s, "
        f"{'same bytes' if kill.same_bytes else 'OTHER BYTES'}"
    )


if __name__ == "__main__":
    main()
