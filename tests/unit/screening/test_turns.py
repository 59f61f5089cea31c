"""Decisions in the event loop leave it to others often, whatever they cost."""

import asyncio
import itertools
import time
from typing import Any, cast

from event_loop import run_apart

from app.screening.pipeline import ScreeningPipeline
from app.screening.record import Author
from app.screening.record_statement import RecordUnit
from app.screening.recorder import Recorder
from app.screening.request import ScreeningInput
from app.screening.service import ScreeningService

_COSTS_S = 0.01
_QUESTIONS = 96


class _Slow:
    """Decides as the service does, and takes a known time of the processor for each question."""

    def __init__(self) -> None:
        self.together: list[int] = []

    def decide_now(self, questions: list[Any], _clients: list[Any]) -> list[Any]:
        self.together.append(len(questions))
        until = time.thread_time() + _COSTS_S * len(questions)
        while time.thread_time() < until:
            pass
        raise LookupError


class _Recorder:
    def require_recording(self) -> None: ...

    def hand_in(self, _unit: RecordUnit, _future: Any) -> None:
        raise AssertionError("nothing was decided")


def test_dear_questions_are_decided_few_at_a_time() -> None:
    slow = _Slow()
    pipeline = ScreeningPipeline(
        cast("ScreeningService", slow),
        cast("Recorder", _Recorder()),
        under_way_max=_QUESTIONS,
        of_client_max=_QUESTIONS,
    )
    turns: list[float] = []

    async def watch() -> None:
        while True:
            turns.append(time.thread_time())
            await asyncio.sleep(0)

    async def ask_all() -> None:
        watching = asyncio.ensure_future(watch())
        author = Author("core", "somebody", None, "api")
        asked = [pipeline.screen(cast("ScreeningInput", at), author, None) for at in range(_QUESTIONS)]
        await asyncio.gather(*asked, return_exceptions=True)
        watching.cancel()

    run_apart(ask_all())
    # Where one of several fails each is asked again alone, and this is about those that were asked together.
    gaps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert len(slow.together) > _QUESTIONS / 8
    assert sorted(gaps)[-4] <= 12 * _COSTS_S
