"""The screening_service: two clocks, narrowed lists, stale lists, and one answer for each idempotency key."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from asking import AUTHOR, asked
from sqlalchemy import func, select
from watchlist_rows import VENUE, load

from app.access.idempotency import IdempotencyClaim
from app.errors import Conflict, Invalid
from app.screening.models import Screening
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import CurrentSnapshot, SnapshotCache

WEIPAN = VENUE | {
    "external_id": "WP-1",
    "category": "WEIPAN",
    "entity_kind": "WEIPAN_PLATFORM",
    "legal_name": "福州样本掌上行情科技有限公司",
}


def answer(screening_service: ScreeningService, *args: Any, **kwargs: Any) -> Any:
    return json.loads(screening_service.screen(asked(*args, **kwargs), AUTHOR))


def recorded(screening_service: ScreeningService) -> int:
    with screening_service.database.read() as session:
        return session.scalar(select(func.count()).select_from(Screening)) or 0


def test_what_was_known_then_and_what_is_known_now(screening_service: ScreeningService) -> None:
    load(screening_service.database, "fj-weipan", WEIPAN, received_at="2017-07-08T09:00:00+08:00")
    screening_service.snapshots.refresh()
    name = WEIPAN["legal_name"]
    then = answer(screening_service, name, service_date="2017-07-05", known_at="2017-07-05T12:00:00+08:00")
    assert (then["outcome"], then["hindsight_outcome"]) == ("PASS", "BLOCK")
    assert {"RETRO_HIT", "BEFORE_FIRST_VERSION", "BACKFILLED"} <= set(then["flags"])
    assert [(one["code"], one["used_as_known"]) for one in then["list_versions"]] == [
        ("fj-violating", 1),
        ("fj-weipan", None),
    ]
    now = answer(screening_service, name, service_date="2017-07-09")
    assert (now["outcome"], now["hindsight_outcome"]) == ("BLOCK", "BLOCK")
    assert not {"RETRO_HIT", "BEFORE_FIRST_VERSION"} & set(now["flags"])


def test_narrowed_lists_are_flagged_and_the_others_not_looked_at(screening_service: ScreeningService) -> None:
    load(screening_service.database, "fj-weipan", WEIPAN, received_at="2017-07-08T09:00:00+08:00")
    screening_service.snapshots.refresh()
    narrowed = answer(screening_service, lists=["fj-weipan"])
    assert (narrowed["outcome"], [one["code"] for one in narrowed["list_versions"]]) == ("PASS", ["fj-weipan"])
    assert {"LISTS_NARROWED", "NO_LIST:VIOLATING"} <= set(narrowed["flags"])
    assert answer(screening_service, lists=["fj-violating", "fj-weipan"])["outcome"] == "BLOCK"
    with pytest.raises(Invalid):
        screening_service.decide(asked(lists=["fj-nowhere"]))


class Aged(SnapshotCache):
    """A snapshots that was last confirmed long ago."""

    age_s = 31.0

    @property
    def current(self) -> CurrentSnapshot:
        """The snapshot, older than it is."""
        return replace(super().current, age_s=self.age_s)


def test_a_stale_pass_becomes_review_and_a_block_stays(screening_service: ScreeningService) -> None:
    snapshots = Aged(screening_service.database)
    snapshots.refresh()
    stale = ScreeningService.open(screening_service.database, snapshots, Settings())
    passed = answer(stale, "福州样本海鲜酒楼有限公司")
    assert (passed["outcome"], passed["reasons"][0]["code"]) == ("REVIEW", "STALE_LIST")
    assert answer(stale)["outcome"] == "BLOCK"
    snapshots.age_s = 29.0
    assert answer(stale, "福州样本海鲜酒楼有限公司")["outcome"] == "PASS"


def test_without_any_list_nothing_passes(db: Any) -> None:
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    decision = answer(ScreeningService.open(db, snapshots, Settings()))
    assert (decision["outcome"], decision["reasons"][0]["code"]) == ("REVIEW", "NO_LIST")


def test_a_changed_list_is_taken_up_by_a_refresh(screening_service: ScreeningService) -> None:
    assert answer(screening_service)["outcome"] == "BLOCK"
    closed = VENUE | {"action": "CLEAR", "opinion_doc_no": "示例〔2017〕1号", "opinion_date": "2017-06-20"}
    issuer = {"opinion_issuer": "福建省清理整顿各类交易场所工作领导小组", "opinion_filed_on": "2017-06-20"}
    load(screening_service.database, "fj-violating", closed | issuer, received_at="2017-06-21T09:00:00+08:00")
    screening_service.snapshots.refresh()
    cleared = answer(screening_service)
    assert (cleared["outcome"], cleared["list_versions"][0]["version"]) == ("PASS", 2)


def test_an_identifier_of_a_wrong_check_digit_is_matched_and_flagged(screening_service: ScreeningService) -> None:
    uscc = {"scheme": "USCC", "value": "91350100Y10000000A"}
    assert "IDENTIFIER_CHECKSUM" in answer(screening_service, counterparty={"identifiers": [uscc]})["flags"]
    with pytest.raises(Invalid, match="identifiers/0/value"):
        asked(counterparty={"identifiers": [{"scheme": "USCC", "value": "x"}]})


def claim(body: bytes = b"{}") -> IdempotencyClaim:
    return IdempotencyClaim.of("core", "POST /v1/screenings", "key-1", body)


def test_the_same_key_and_body_give_the_first_answer_and_another_body_a_conflict(
    screening_service: ScreeningService,
) -> None:
    first = screening_service.screen(asked(), AUTHOR, claim())
    assert screening_service.screen(asked(), AUTHOR, claim()) == first
    assert screening_service.screen(asked(), AUTHOR, claim(b"{ }")) == first  # the content is the same
    with pytest.raises(Conflict):
        screening_service.screen(asked(), AUTHOR, claim(b'{"a": 1}'))
    assert recorded(screening_service) == 1


def test_of_concurrent_duplicates_one_is_recorded_and_all_get_its_answer(screening_service: ScreeningService) -> None:
    start = threading.Barrier(6)
    texts: list[str] = []

    def send() -> None:
        start.wait()
        texts.append(screening_service.screen(asked(), AUTHOR, claim()))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 6
    assert len(set(texts)) == 1
    assert recorded(screening_service) == 1


def test_a_batch_is_recorded_whole_or_not_at_all(screening_service: ScreeningService) -> None:
    sealed = [screening_service.decide(asked()), screening_service.decide(asked())]
    broken = replace(sealed[1], answer={**sealed[1].answer, "outcome": "MAYBE"})
    with pytest.raises(Exception, match="ck_screening_outcome"):
        screening_service.keep([sealed[0], broken], ["a", "b"], AUTHOR, None)
    assert recorded(screening_service) == 0


def test_past_questions_are_answered_from_a_snapshot_that_is_made_once(
    screening_service: ScreeningService, monkeypatch: Any
) -> None:
    made: list[object] = []
    make = SnapshotCache._make
    monkeypatch.setattr(SnapshotCache, "_make", lambda snapshots, refs: made.append(refs) or make(snapshots, refs))
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        answer(screening_service, known_at="2017-03-01T00:00:00+08:00", service_date="2017-03-01")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
