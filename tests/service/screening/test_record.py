"""What is recorded: the text that was answered, its hash, and nothing that can be changed."""

import hashlib
import json
from datetime import datetime
from typing import Any

import pytest
import rfc8785
from asking import AUTHOR, asked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.policy.vocabulary import Outcome
from app.screening import store
from app.screening.models import RuleVersion, Screening
from app.screening.record import Author
from app.screening.request import ScreeningInput
from app.screening.serialise import record_sha256
from app.screening.service import ScreeningService
from app.screening.store import Search


def test_the_record_is_the_answer_and_its_hash_can_be_computed_again(screening_service: ScreeningService) -> None:
    answered = screening_service.screen(asked(reference="r-1"), AUTHOR)
    answer = json.loads(answered)
    with screening_service.database.read() as session:
        assert store.answer_text(session, answer["id"], "core") == answered
        row = session.get_one(Screening, answer["id"])
        bare = {key: value for key, value in answer.items() if key != "record_sha256"}
        assert record_sha256(row.request, bare) == answer["record_sha256"] == row.record_sha256
        canonical = rfc8785.dumps({"request": row.request, "answer": bare})
        assert row.record_sha256 == hashlib.sha256(canonical).hexdigest()
        assert ScreeningInput.from_json(row.request) == asked(reference="r-1")
        assert row.circumstances == {"stale": False, "any_active": True, "matches_max": 20}
        assert session.get_one(RuleVersion, answer["rule_version"]).content["rules"]


def records() -> st.SearchStrategy[dict[str, Any]]:
    """Return what records are made of: texts, whole numbers, truth values, nothing; keys in ASCII."""
    texts = st.text(st.characters(exclude_categories=["Cs"]))
    plain = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
    keys = st.text(st.characters(min_codepoint=32, max_codepoint=126))
    values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)
    return st.dictionaries(keys, values)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(records(), records())
def test_the_hash_is_over_canonical_json(request: dict[str, Any], answer: dict[str, Any]) -> None:
    canonical = rfc8785.dumps({"request": request, "answer": answer})
    assert record_sha256(request, answer) == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE screening SET outcome = 'PASS'",
        "DELETE FROM screening",
        "DELETE FROM screening_entity",
        "UPDATE screening_identifier SET value = 'x'",
        "UPDATE rule_version SET content = '{}'",
        "UPDATE idempotency_key SET answer = '[]'",
    ],
)
def test_what_is_recorded_cannot_be_changed_in_the_database(
    screening_service: ScreeningService, statement: str
) -> None:
    uscc = {"scheme": "DOMAIN", "value": "fj-0001.example"}
    screening_service.screen(asked(counterparty={"identifiers": [uscc]}), AUTHOR)
    with screening_service.database.write() as session:
        session.execute(
            text(
                "INSERT INTO idempotency_key (client, route, key, body_sha256, answer, created_at) "
                "VALUES ('a', 'b', 'c', 'd', '[]', '2017-06-30 00:00:00')"
            )
        )
    with pytest.raises(DBAPIError, match="append-only"), screening_service.database.write() as session:
        session.execute(text(statement))
    with screening_service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Screening)) == 1
        assert session.scalar(select(Screening.outcome)) == "BLOCK"


def test_an_outcome_that_is_none_is_refused_by_the_database(screening_service: ScreeningService) -> None:
    screening_service.screen(asked(), AUTHOR)
    columns = "client, subject, via, name_key, hindsight_outcome, service, service_local_date, known_at, screened_at"
    columns += ", rule_version, engine_version, request, circumstances, answer, record_sha256"
    statement = f"INSERT INTO screening (id, outcome, {columns}) SELECT 'x', 'MAYBE', {columns} FROM screening"
    with pytest.raises(DBAPIError, match="ck_screening_outcome"), screening_service.database.write() as session:
        session.execute(text(statement))


def test_each_search_finds_its_own(screening_service: ScreeningService) -> None:
    domain = {"scheme": "DOMAIN", "value": "HTTPS://FJ-0001.example/x"}
    blocked = json.loads(
        screening_service.screen(asked(reference="r-1", counterparty={"identifiers": [domain]}), AUTHOR)
    )
    passed = json.loads(screening_service.screen(asked("福州样本海鲜酒楼有限公司", reference="r-2"), AUTHOR))
    theirs = screening_service.screen(asked(reference="r-1"), Author("other", "x", None, "test"))
    identifier = asked(counterparty={"identifiers": [domain]}).counterparty.identifiers[0]
    entity_id = blocked["matches"][0]["entity_id"]
    cases = [
        (Search(reference="r-1"), {blocked["id"]}),
        (Search(outcome=Outcome.PASS), {passed["id"]}),
        (Search(entity_ids=frozenset({entity_id})), {blocked["id"]}),
        (Search(name_part="样本海鲜"), {passed["id"]}),
        (Search(name="福 州樣本 海鲜酒楼 有限公司"), {passed["id"]}),
        (Search(identifier=identifier), {blocked["id"]}),
        (Search(since=datetime.fromisoformat(passed["screened_at"])), {passed["id"]}),
        (Search(until=datetime.fromisoformat(passed["screened_at"])), {blocked["id"]}),
        (Search(reference="r-1", outcome=Outcome.PASS), set()),
        (Search(), {blocked["id"], passed["id"]}),
    ]
    with screening_service.database.read() as session:
        for wanted, found in cases:
            page = store.search(session, wanted, "core", limit=10)
            assert {json.loads(one)["id"] for one in page.answers} == found, wanted
            assert page.cursor is None
        assert len(store.search(session, Search(), None, limit=10).answers) == 3
        assert store.search(session, Search(), "other", limit=10).answers == (theirs,)


def test_pages_give_every_record_once_newest_first(screening_service: ScreeningService) -> None:
    ids = [json.loads(screening_service.screen(asked(reference=str(i)), AUTHOR))["id"] for i in range(7)]
    found: list[str] = []
    cursor = None
    with screening_service.database.read() as session:
        while True:
            page = store.search(session, Search(), "core", limit=3, cursor=cursor)
            found += [json.loads(one)["id"] for one in page.answers]
            cursor = page.cursor
            if cursor is None:
                break
    assert found == ids[::-1]
