"""Under overload a single screening is refused before anything of it is read, whoever asks."""

import asyncio
import json
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from event_loop import run_apart
from starlette.datastructures import State

from app.access.rate import RateLimit
from app.api.early_refusal import EarlyRefusals
from app.api.http_protocol import WHOLE_ANSWER
from app.api.screening_endpoint import PATH, ScreeningEndpoint
from app.errors import CutoffError, TooMany
from app.screening.pipeline import Room, ScreeningPipeline
from app.settings import Settings


def asked(endpoint: ScreeningEndpoint) -> list[tuple[int, dict[bytes, bytes], Any]]:
    """Ask without a key and with no JSON, and return what was answered at once."""
    answers: list[tuple[int, dict[bytes, bytes], Any]] = []

    def send(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        answers.append((status, dict(headers), json.loads(body)))
        return True

    async def unused(*_: Any) -> Any:
        raise AssertionError("nothing is read, and nothing sent in pieces")

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    scope |= {"client": ("127.0.0.1", 1), "extensions": {WHOLE_ANSWER: {"send": send}}}

    async def ask() -> bool:
        return endpoint.answer_soon(scope, unused, unused, b"{")

    is_answered = asyncio.run(ask())
    assert is_answered == bool(answers)
    return answers


def endpoint_with(room: int) -> ScreeningEndpoint:
    pipeline = ScreeningPipeline(SimpleNamespace(), SimpleNamespace(), under_way_max=room, of_client_max=1)  # type: ignore[arg-type]
    directory = SimpleNamespace(known=lambda _: None)
    return ScreeningEndpoint(None, State({"settings": Settings(), "pipeline": pipeline, "key_directory": directory}))  # type: ignore[arg-type]


def test_a_full_pipeline_refuses_at_once_and_says_when_to_come_again() -> None:
    ((status, headers, problem),) = asked(endpoint_with(0))
    assert status == 503
    assert int(headers[b"retry-after"]) >= 1
    assert problem["type"].endswith("overloaded")


def test_with_room_whoever_is_unknown_is_left_to_the_declared_route() -> None:
    assert asked(endpoint_with(1)) == []


def early(pipeline: Any, *, per_s: float = 1e6, burst: int = 1_000_000) -> tuple[EarlyRefusals, RateLimit]:
    """Return what refuses early, where the secret ``of-X`` is a key of the client X."""
    rate = RateLimit(per_s, burst)
    known = lambda secret: SimpleNamespace(client=secret[3:], key_id=secret) if secret.startswith("of-") else None  # noqa: E731
    state = State({"pipeline": pipeline, "rate_limit": rate, "key_directory": SimpleNamespace(known=known)})
    return EarlyRefusals(state), rate


def request(*more: str, body: bytes = b"{}", key: str = "of-a", line: str = "POST /v1/screenings HTTP/1.1") -> bytes:
    head = [line, "Host: x", f"Authorization: Bearer {key}", f"Content-Length: {len(body)}", *more, "", ""]
    return "\r\n".join(head).encode() + body


def refused(refusals: EarlyRefusals, data: bytes) -> tuple[int, dict[str, str], Any] | None:
    async def ask() -> bytes | None:
        return refusals.answer(data, [(b"date", b"now")])

    return read(run_apart(ask()))


def read(answer: bytes | None) -> tuple[int, dict[str, str], Any] | None:
    if answer is None:
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body)
    return int(first.split(" ")[1]), headers, json.loads(body)


def pipeline_with(room: int, of_client: int = 1_000) -> ScreeningPipeline:
    recorder = SimpleNamespace(require_recording=lambda: None)
    return ScreeningPipeline(SimpleNamespace(), recorder, under_way_max=room, of_client_max=of_client)  # type: ignore[arg-type]


def test_a_refusal_from_the_bytes_says_what_the_other_one_says() -> None:
    ((status, headers, problem),) = asked(endpoint_with(0))
    found = refused(early(pipeline_with(0))[0], request("X-Request-ID: mine", "Connection: keep-alive"))
    assert found is not None
    assert found[0] == status
    assert set(found[1]) == {name.decode() for name in headers} | {"date"}
    same = {"content-length", "x-request-id", "date"}
    assert {name: value for name, value in found[1].items() if name not in same} == {
        name.decode(): value.decode() for name, value in headers.items() if name.decode() not in same
    }
    assert found[2] == {**problem, "request_id": "mine"}
    assert found[1]["x-request-id"] == "mine"


@pytest.mark.parametrize("given", [(), ("X-Request-ID: 中",), ("X-Request-ID: " + "x" * 200,)])
def test_whoever_gives_no_good_request_id_gets_one(given: tuple[str, ...]) -> None:
    found = [refused(early(pipeline_with(0))[0], request(*given)) for _ in range(2)]
    ids = {one[2]["request_id"] for one in found if one is not None}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize(
    "data",
    [
        request(line="GET /readyz HTTP/1.1"),
        request(line="POST /v1/screenings/batch HTTP/1.1"),
        request(line="POST /v1/screenings?x=1 HTTP/1.1"),
        request(line="POST /v1/screenings HTTP/1.0"),
        request("Transfer-Encoding: chunked"),
        request("Expect: 100-continue"),
        request("Connection: close"),
        request("Connection: Upgrade"),
        request("Content-Length: 2"),
        request(" folded: on"),
        request() + request(),
        request()[:-1],
        request()[:20],
        request() + b"x",
        b"",
    ],
)
def test_what_is_no_whole_plain_single_screening_is_left_to_the_parser(data: bytes) -> None:
    assert refused(early(pipeline_with(0))[0], data) is None


def test_with_room_nothing_is_refused_early() -> None:
    refusals, _ = early(pipeline_with(1))
    assert not refusals.is_wanted()
    assert refused(refusals, request()) is None


def test_a_client_that_has_its_share_is_refused_and_others_are_not() -> None:
    pipeline = pipeline_with(8, of_client=1)
    refusals, _ = early(pipeline)

    async def ask() -> list[bytes | None]:
        pipeline.begin(SimpleNamespace(), SimpleNamespace(client="a"), None, asyncio.Future())  # type: ignore[arg-type]
        assert refusals.is_wanted()
        return [refusals.answer(request(key=key), []) for key in ("of-a", "of-b", "nobody")]

    first, *others = run_apart(ask())
    found = read(first)
    assert found is not None
    assert (found[0], found[2]["type"].rpartition(":")[2]) == (429, "too-many-under-way")
    assert others == [None, None]


def test_a_key_that_has_spent_its_rate_is_refused_with_the_time_to_wait() -> None:
    refusals, rate = early(pipeline_with(8), per_s=0.1, burst=1)
    rate.take("of-a")
    assert not refusals.is_wanted()
    with pytest.raises(TooMany):
        rate.take("of-a")
    assert refusals.is_wanted()
    found = refused(refusals, request())
    assert found is not None
    assert (found[0], found[1]["retry-after"], found[2]["type"].rpartition(":")[2]) == (429, "10", "rate-limited")
    assert refused(refusals, request(key="of-b")) is None


def test_an_overload_that_lasts_narrows_the_room_until_it_ends() -> None:
    room = Room(120, 96)
    now = [0.0]
    with mock.patch("app.screening.pipeline.time.monotonic", side_effect=lambda: now[0]):

        def pass_by(let_in: int, refused: int) -> tuple[int, int]:
            for _ in range(40):
                now[0] += 0.0075
                for _ in range(let_in):
                    room.let_in()
                for _ in range(refused):
                    room.refused()
            return room.of_all, room.of_client

        assert pass_by(5, 2) == (120, 96)
        assert pass_by(1, 3) == (7, 6)
        assert pass_by(1, 3) == (7, 6)
        assert pass_by(5, 2) == (120, 96)
        assert pass_by(1, 3) == (7, 6)
        now[0] += 60
        room.let_in()
        assert (room.of_all, room.of_client) == (120, 96)
        now[0] += 60
        room.refused()
        assert (room.of_all, room.of_client) == (120, 96)


def test_more_refused_than_let_in_within_one_turn_narrows_the_room_at_once() -> None:
    room = Room(120, 96)

    def turn(let_in: int, refused: int) -> bool:
        for _ in range(let_in):
            room.let_in()
        for _ in range(refused):
            room.refused()
        return room.turned(is_full=False)

    assert not turn(20, 80), "it became full"
    assert not turn(90, 80), "what came during a stall"
    assert not turn(0, 80), "the database stores nothing"
    assert room.of_all == 120
    assert turn(20, 21)
    assert (room.of_all, room.of_client) == (7, 6)
    assert not turn(1, 30), "it is told once"


@dataclass(eq=False)
class Asker:
    told: Any = None

    def done(self) -> bool:
        return self.told is not None

    def set_result(self, texts: list[str]) -> None:
        self.told = texts

    def set_exception(self, error: Exception) -> None:
        self.told = error


def test_an_overload_refuses_what_is_not_decided_yet_but_for_the_newest_of_each_client() -> None:
    decided: list[str] = []

    def decide_now(questions: list[Any], _clients: list[str]) -> list[Any]:
        decided.extend(one.name for one in questions)
        raise TooMany("stop", "enough is known")

    recorder = SimpleNamespace(require_recording=lambda: None)
    pipeline = ScreeningPipeline(SimpleNamespace(decide_now=decide_now), recorder, under_way_max=64, of_client_max=48)  # type: ignore[arg-type]
    askers: dict[str, Asker] = {}

    def ask(client: str, number: str) -> None:
        name = f"{client}{number}"
        asker = askers[name] = Asker()
        try:
            pipeline.begin(SimpleNamespace(name=name), SimpleNamespace(client=client), None, asker)  # type: ignore[arg-type]
        except CutoffError as error:
            asker.told = error

    async def flood() -> None:
        for turn in range(2):
            for number in range(100):
                ask("a", f"{turn}.{number:02}")
            ask("b", f"{turn}")
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    run_apart(flood())
    assert decided[:32] == [f"a0.{n:02}" for n in range(32)]
    assert decided[32:] == ["a1.29", "a1.30", "a1.31", "b1"], "the room is of four then, three of them for one client"
    codes = [getattr(askers[name].told, "code", "") for name in ("a0.32", "b0", "a1.28", "a1.29", "a1.32")]
    assert codes == ["overloaded", "overloaded", "overloaded", "stop", "too-many-under-way"]
    assert pipeline.under_way == 0
