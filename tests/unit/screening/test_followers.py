"""Who came with the claim of another one hears what that one hears, however often their groups were put together."""

from concurrent.futures import Future
from typing import Any

from app.access.idempotency import IdempotencyClaim
from app.screening import recorder
from app.screening.record import RecordRows
from app.screening.record_group import RecordGroup, Waiting
from app.screening.record_statement import RecordUnit


def waiting(body: bytes = b"{}") -> Waiting:
    claim = IdempotencyClaim.of("core", "POST /v1/screenings", "one", body)
    rows = RecordRows([{"id": "x"}], [], [], [])
    future: Future[list[str]] = Future()
    return Waiting(RecordUnit(rows, ["text"], claim), 0.0, future)


def grouped(*members: Waiting) -> RecordGroup:
    group = RecordGroup(256)
    group.add_all(members)
    return group


def test_followers_of_followers_are_told() -> None:
    """The event loop leaves two groups of one claim to the thread, which takes them together."""
    leaders = []
    everybody: list[Waiting] = []
    for _ in range(3):
        some = [waiting() for _ in range(3)]
        leaders += grouped(*some).members
        everybody += some
    again = grouped(*leaders)
    assert len(again.members) == 1
    result: Any = ["first answer"]
    settled = recorder._of_followers([(again.members[0], result)])
    assert {id(one) for one, _ in settled} == {id(one) for one in everybody[1:]}
    assert len(settled) == len(everybody) - 1
    assert all(found is result and one.unit.claim.is_replayed for one, found in settled if one.unit.claim)


def test_another_body_under_the_claim_waits_for_the_next_group() -> None:
    first, other = waiting(), waiting(b"[]")
    group = grouped(first, other)
    assert (group.members, group.over) == ([first], [other])
