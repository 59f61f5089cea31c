"""The turn to write: one at a time, recording first, nobody for ever."""

import threading
import time
from collections import Counter
from contextlib import suppress

from app.db.write_turn import WriteTurn


def test_one_writes_at_a_time_and_everybody_comes_to_it() -> None:
    turn, until = WriteTurn(30), time.monotonic() + 0.5
    inside, done = [0], Counter[bool]()

    def work(*, first: bool) -> None:
        while time.monotonic() < until:
            with turn.taken(first=first):
                inside[0] += 1
                assert inside[0] == 1
                time.sleep(0.001)
                inside[0] -= 1
                done[first] += 1

    threads = [threading.Thread(target=work, kwargs={"first": number == 0}) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One of six who goes first has about every second turn, and the others have the rest.
    assert min(done.values()) >= 0.2 * done.total()


def test_recording_goes_before_those_who_wait() -> None:
    turn, order = WriteTurn(30), list[str]()
    held = threading.Event()

    def work(name: str, *, first: bool = False) -> None:
        with turn.taken(first=first):
            order.append(name)

    def hold() -> None:
        with turn.taken():
            held.set()
            while sum(turn._waiting.values()) < 4:
                time.sleep(0.001)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    held.wait()
    for name, first in (("a", False), ("b", False), ("recorder", True), ("c", False)):
        threads.append(threading.Thread(target=work, args=(name,), kwargs={"first": first}))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert order[0] == "recorder"
    assert sorted(order[1:]) == ["a", "b", "c"]


def test_a_turn_that_is_never_given_back_stops_nobody_for_ever() -> None:
    turn = WriteTurn(0.05)
    with turn.taken(), turn.taken():
        pass
    with turn.taken():
        started = time.monotonic()
    assert time.monotonic() - started < 10


def test_a_turn_is_given_back_where_writing_fails() -> None:
    turn = WriteTurn(30)
    for _ in range(2):
        with suppress(ValueError), turn.taken(first=True):
            raise ValueError
