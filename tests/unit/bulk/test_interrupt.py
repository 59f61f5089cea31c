"""An interrupt that falls where Python drops exceptions."""

import os
import signal

import pytest

from app.bulk.runs import interrupt


class _Finalized:
    def __del__(self) -> None:
        _interrupt()


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    # The handler runs between two instructions.
    sum(range(1000))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_finalizer_is_raised_at_the_next_look() -> None:
    def work() -> None:
        with interrupt.deferred_interrupt():
            interrupt.check()
            one = _Finalized()
            del one
            interrupt.check()

    with pytest.raises(KeyboardInterrupt):
        work()


def test_the_handler_raises_nothing_and_is_there_for_as_long_as_it_is_asked_for() -> None:
    went_on = []

    def work() -> None:
        with interrupt.deferred_interrupt():
            assert signal.getsignal(signal.SIGINT) is not before
            _interrupt()
            went_on.append(True)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert went_on
    assert signal.getsignal(signal.SIGINT) is before
    interrupt.check()


def test_what_fails_because_of_an_interrupt_is_an_interrupt() -> None:
    def work(*, interrupted: bool) -> None:
        with interrupt.deferred_interrupt():
            if interrupted:
                _interrupt()
            raise BrokenPipeError

    with pytest.raises(KeyboardInterrupt):
        work(interrupted=True)
    with pytest.raises(BrokenPipeError):
        work(interrupted=False)


def test_items_are_given_until_an_interrupt() -> None:
    taken = []

    def work() -> None:
        with interrupt.deferred_interrupt():
            for number in interrupt.checked(range(9)):
                taken.append(number)
                if number == 2:
                    _interrupt()

    with pytest.raises(KeyboardInterrupt):
        work()
    assert taken == [0, 1, 2]
