"""An interrupt that falls where Python drops exceptions."""

import os
import signal
import warnings

import pytest

from app.bulk.runs import interrupt


class _Finalized:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        # The handler runs between two instructions of the finalizer.
        sum(range(1000))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_finalizer_is_raised_at_the_next_look() -> None:
    with warnings.catch_warnings(), interrupt.deferred_interrupt():
        interrupt.check()
        one = _Finalized()
        del one
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()


def test_the_handler_is_there_for_as_long_as_it_is_asked_for() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt.deferred_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    interrupt.check()
