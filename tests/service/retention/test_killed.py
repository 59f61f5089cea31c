"""Processes that archive and restore are killed (SIGKILL) wherever they are; nothing is lost, and the next goes on."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from archived_world import JUNE, MONTHS, TILE, World
from asking import AUTHOR, asked
from sqlalchemy import text

from app.screening import record
from app.screening.serialise import ScreeningColumns

COUNT = 6_000
PATIENCE_S = 120


@pytest.mark.long
def test_a_process_that_is_killed_anywhere_loses_nothing(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    fill(world, monkeypatch)
    before = digest(world)
    draw = random.Random(7)
    kills = 0
    for command, moments in (
        (("archive", "-o", str(world.folder), "--month", JUNE), (part_is_there, file_is_there, some_are_gone())),
        (("restore", JUNE, "--from", str(world.folder)), (some_are_back(),)),
    ):
        for moment in moments * 3:
            kills += killed(world, command, moment, draw)
            assert total(world) == COUNT + 10
            assert world.check().damage == []
        assert run(world, command).wait(PATIENCE_S) == 0
        assert world.check(files=True).damage == []
    assert digest(world) == before
    assert kills >= 6, "too few of the processes were still at it"


def fill(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put copies of a decision into June, each with its own id and record."""
    with monkeypatch.context() as patched:
        patched.setattr("app.clock.now", lambda: MONTHS[JUNE])
        one = ScreeningColumns.of(world.service.decide(asked(), "core"))
    for _ in range(COUNT // 1_000):
        copies = [replace(one, columns={**one.columns, "id": str(uuid.uuid4())}) for _ in range(1_000)]
        with world.database.write() as session:
            record.store(session, copies, AUTHOR)
    world.fill(TILE)


def run(world: World, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "CUTOFF_DATA_DIR": str(world.settings.data_dir),
        "CUTOFF_DATABASE_URL": world.settings.url,
        "CUTOFF_RETENTION_YEARS_MIN": "5",
    }
    program = "from app.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "retention", *command, "--by", "甲"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed(world: World, command: tuple[str, ...], moment: Callable[[World], bool], draw: random.Random) -> bool:
    """Kill a process a little after a moment; False where it had ended before."""
    process = run(world, command)
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and not moment(world) and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(draw.random() * 0.2)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def part_is_there(world: World) -> bool:
    return world.folder.exists() and any(world.folder.glob(".*.part"))


def file_is_there(world: World) -> bool:
    return world.folder.exists() and any(world.folder.glob("*.parquet"))


def gone(world: World) -> int:
    with world.database.read() as session:
        return int(session.scalar(text("SELECT count(*) FROM archived_record")) or 0)


def some_are_gone() -> Callable[[World], bool]:
    seen = [0]

    def moved(world: World) -> bool:
        before, seen[0] = seen[0], gone(world)
        return seen[0] > before

    return moved


def some_are_back() -> Callable[[World], bool]:
    seen: list[int] = []

    def moved(world: World) -> bool:
        seen.append(gone(world))
        return seen[-1] < seen[0]

    return moved


def total(world: World) -> int:
    with world.database.read() as session:
        return gone(world) + int(session.scalar(text("SELECT count(*) FROM screening")) or 0)


def digest(world: World) -> set[tuple[object, ...]]:
    with world.database.read() as session:
        return {tuple(row) for row in session.execute(text("SELECT id, answer, request, subject FROM screening"))}
