"""A recorded decision comes out the same, whatever is known since; and one that was altered does not."""

import json
from typing import Any

import pytest
from client import Api, running
from sqlalchemy import text
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.models import Screening
from app.screening.serialise import record_sha256

NAME = VENUE["legal_name"]
CLEARED = VENUE | {
    "action": "CLEAR",
    "opinion_doc_no": "示例〔2017〕1号",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
    "opinion_date": "2017-06-20",
    "opinion_filed_on": "2017-06-20",
}


@pytest.fixture
def api(db: Database) -> Any:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as api:
        yield api


def replayed(api: Api, screening_id: str, role: str = "screener") -> Any:
    response = api.call("POST", f"/v1/screenings/{screening_id}/replay", role)
    assert response.status_code == 200, response.text
    return response.json()


def alter(database: Database, statement: str, **values: Any) -> None:
    """Change a record as whoever owns the database could: past the triggers."""
    with database.engine.begin() as connection:
        if database.engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER screening_no_update"))
        else:
            connection.execute(text("ALTER TABLE screening DISABLE TRIGGER USER"))
        connection.execute(text(statement), values)


def test_decision_comes_out_the_same_after_newer_versions(api: Api) -> None:
    ids = [
        api.screen(NAME, day, counterparty={"kind": kind}, known_at=known_at).json()["id"]
        for day in ("2017-06-29", "2017-06-30", "2017-07-10")
        for kind in ("ORGANISATION", "PERSON")
        for known_at in (None, "2017-03-01T00:00:00+08:00", "2017-05-01T00:00:00+08:00")
    ]
    ids.append(api.screen("福州样本海鲜酒楼有限公司", lists=["fj"]).json()["id"])
    load(api.database, "fj", CLEARED, received_at="2017-06-21T09:00:00+08:00")
    load(api.database, "other", VENUE | {"external_id": "O-1", "category": "WEIPAN"})
    api.refresh()
    assert api.screen(NAME, "2017-07-10").json()["hindsight_outcome"] == "BLOCK"  # the new list
    for one in ids:
        answer = replayed(api, one)
        assert answer["differences"] == []
        assert answer["identical"] is True
        assert answer["decision"] == api.call("GET", f"/v1/screenings/{one}").json()


def test_restarted_program_replays_the_same(db: Database) -> None:
    load(db, "fj", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with running(db) as first:
        one = first.screen(NAME, "2017-06-30").json()["id"]
    with running(db, inherit_confirmed="REVIEW", day_rule="EXCLUSIVE") as second:
        assert second.screen(NAME, "2017-06-30").json()["outcome"] == "REVIEW"
        assert replayed(second, one)["identical"] is True


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        ("outcome", "PASS", "/outcome"),
        ("score", 99, "/matches/0/score"),
        ("text", "另一条文", "/reasons/0/text_zh"),
        ("flags", [], "/flags"),
    ],
)
def test_altered_answer_is_named(api: Api, place: str, value: Any, pointer: str) -> None:
    stored = api.screen(NAME, "2017-06-30").json()
    changed = json.loads(json.dumps(stored))
    if place == "score":
        changed["matches"][0]["score"] = value
    elif place == "text":
        changed["reasons"][0]["text_zh"] = value
    else:
        changed[place] = value
    body = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
    alter(api.database, "UPDATE screening SET answer = :answer WHERE id = :id", answer=body, id=stored["id"])
    answer = replayed(api, stored["id"], "auditor")
    pointers = [one["pointer"] for one in answer["differences"]]
    assert answer["identical"] is False
    assert any(one.startswith(pointer) for one in pointers), pointers
    assert "column:record_sha256" in pointers
    assert answer["decision"]["outcome"] == "BLOCK"
    assert all(one["explained_by"] is None for one in answer["differences"])


@pytest.mark.parametrize(
    ("statement", "pointer"),
    [
        ("UPDATE screening SET outcome = 'PASS'", "column:outcome"),
        ("UPDATE screening SET name_key = 'x'", "column:name_key"),
        ("UPDATE screening SET service_local_date = '2017-01-01'", "column:service_local_date"),
        ("UPDATE screening SET record_sha256 = 'x'", "column:record_sha256"),
        ("UPDATE screening SET request = replace(request, 'FUND_SETTLEMENT', 'CREDIT')", "column:record_sha256"),
    ],
)
def test_altered_column_is_named(api: Api, statement: str, pointer: str) -> None:
    one = api.screen(NAME, "2017-06-30").json()["id"]
    alter(api.database, statement)
    answer = replayed(api, one)
    assert answer["identical"] is False
    assert pointer in [difference["pointer"] for difference in answer["differences"]]


def test_answer_of_another_engine_is_an_explained_difference(api: Api) -> None:
    """As an older program would have recorded it: the answer says so too, and the hash of the record is its own."""
    stored = api.screen(NAME, "2017-06-30").json()
    with api.database.read() as session:
        request = session.get_one(Screening, stored["id"]).request
    older = {**stored, "engine_version": "cutoff-0.0.9"}
    older["matches"][0]["score"] = 99
    bare = {key: value for key, value in older.items() if key != "record_sha256"}
    older["record_sha256"] = record_sha256(request, bare)
    alter(
        api.database,
        "UPDATE screening SET engine_version = 'cutoff-0.0.9', answer = :answer, record_sha256 = :hash WHERE id = :id",
        answer=json.dumps(older, ensure_ascii=False, separators=(",", ":")),
        hash=older["record_sha256"],
        id=stored["id"],
    )
    answer = replayed(api, stored["id"])
    explained = {one["pointer"]: one["explained_by"] for one in answer["differences"]}
    assert explained == dict.fromkeys(["/matches/0/score", "/engine_version", "/record_sha256"], "engine_version")


def test_engine_in_the_column_alone_explains_nothing(api: Api) -> None:
    one = api.screen(NAME, "2017-06-30").json()["id"]
    alter(api.database, "UPDATE screening SET engine_version = 'cutoff-0.0.9'")
    differences = replayed(api, one)["differences"]
    assert [(one["pointer"], one["explained_by"]) for one in differences] == [("column:engine_version", None)]


def test_list_rows_altered_behind_the_record_are_refused(api: Api) -> None:
    one = api.screen(NAME, "2017-06-30").json()["id"]
    with api.database.engine.begin() as connection:
        triggers = (
            connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'list_entry'")
            )
            .scalars()
            .all()
            if api.database.engine.dialect.name == "sqlite"
            else []
        )
        for trigger in triggers:
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        if api.database.engine.dialect.name != "sqlite":
            connection.execute(text("ALTER TABLE list_entry DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE list_entry SET row = replace(row, 'VIOLATING', 'WEIPAN')"))
    # A version whose rows are not those that were activated decides nothing, not even again.
    with running(api.database) as restarted:
        refused = restarted.call("POST", f"/v1/screenings/{one}/replay")
    assert refused.status_code == 503
    assert refused.json()["type"].endswith(":list-content-changed")


def test_others_decisions_are_not_found(api: Api) -> None:
    one = api.screen(NAME).json()["id"]
    path = f"/v1/screenings/{one}/replay"
    assert api.call("POST", path, "screener", of_client="another").status_code == 404
    assert api.call("POST", path, "auditor", of_client="another").status_code == 200
    assert api.call("POST", path, "list_maker").status_code == 403
    assert api.call("POST", "/v1/screenings/nowhere/replay").status_code == 404
