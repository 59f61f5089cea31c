"""What is kept: each made once, the last asked for, no more than may be."""

import threading
import time

import pytest

from app.watchlists.snapshots.single_flight import SingleFlightCache


def kept(size: int = 2, weight_max: int = 100) -> SingleFlightCache[str, str]:
    return SingleFlightCache(size, len, weight_max)


def test_a_value_is_made_once_and_the_least_asked_for_goes() -> None:
    values = kept()
    for key in ("a", "b", "a", "c"):
        assert values.get(key, lambda key=key: key * 2) == key * 2
    assert values.keys() == ["a", "c"]
    assert values.peek("b") is None
    assert values.get("a", lambda: pytest.fail("made again")) == "aa"


def test_together_they_weigh_no_more_than_may_be_but_the_last_stays() -> None:
    values = kept(size=10, weight_max=5)
    for key in ("aa", "bb", "cc", "dddddd"):
        values.get(key, lambda key=key: key)
    assert values.keys() == ["dddddd"]


def test_threads_that_ask_together_wait_for_one_making() -> None:
    values = kept()
    made: list[int] = []
    start = threading.Barrier(5)

    def make() -> str:
        made.append(1)
        time.sleep(0.05)
        return "x"

    def ask() -> None:
        start.wait()
        values.get("a", make)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_making_that_fails_is_tried_again() -> None:
    values = kept()

    def fail() -> str:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        values.get("a", fail)
    assert values.get("a", lambda: "x") == "x"
