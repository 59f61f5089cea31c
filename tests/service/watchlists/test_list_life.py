"""The life of versions, on SQLite and on PostgreSQL: four eyes, two clocks, what may follow what."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db import Database
from app.errors import Conflict, CutoffError, Forbidden, Invalid, NotFound
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.history.version import VersionRecord
from app.watchlists.versions import service, store, version_diff
from app.watchlists.versions.importing import Checked, Checker, Upload
from app.watchlists.versions.transition import Actor

T0 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MAKER = Actor("张三", "api")
CHECKER = Actor("李四", "api")
OTHER = Actor("王五", "api")
HEADERS = "external_id,action,category,entity_kind,legal_name,reg_region_code,jurisdiction,determined_on,effective_from"


def rows(
    *ids: str, action: str = "ADD", category: str = "VIOLATING", name: str = "示例交易中心", more: str = ""
) -> bytes:
    lines = [
        f"{one},{action},{category},VENUE,福建{name}{one},350100,福州市,2017-03-15,2017-03-20{more}" for one in ids
    ]
    return "\n".join([HEADERS + (",closed_on" if more else ""), *lines]).encode()


def check(db: Database, code: str, data: bytes, now: datetime = T0, **options: str) -> tuple[Upload, Checked]:
    upload = Upload("a.csv", data, options, "示例局")
    with db.read() as session:
        return upload, Checker(FileLimits(), Parameters()).check(session, code, upload, now)


def draft(db: Database, code: str, data: bytes, now: datetime = T0, **options: str) -> VersionRecord:
    upload, checked = check(db, code, data, now, **options)
    with db.write() as session:
        return service.import_draft(session, code, upload, checked, MAKER, now)


def approved(db: Database, code: str, data: bytes, now: datetime = T0, **options: str) -> VersionRecord:
    version = draft(db, code, data, now, **options)
    with db.write() as session:
        service.submit(session, code, version.version, MAKER, now)
        return service.approve(session, code, version.version, CHECKER, now)


def active(db: Database, code: str, data: bytes, now: datetime = T0, **options: str) -> VersionRecord:
    version = approved(db, code, data, now, **options)
    with db.write() as session:
        return service.activate(session, code, version.version, CHECKER, now)


def load(db: Database, code: str, data: bytes, now: datetime = T0, **options: str) -> VersionRecord:
    upload, checked = check(db, code, data, now, **options)
    with db.write() as session:
        return service.load(session, code, upload, checked, maker=MAKER, checker=CHECKER, now=now)


def in_force(db: Database, at: datetime) -> dict[str, int]:
    with db.read() as session:
        return {ref.code: ref.version for ref in store.versions_in_force(session, at)}


def test_a_version_goes_from_draft_to_in_force(db: Database) -> None:
    version = draft(db, "fj", rows("A", "B"))
    assert (version.version, version.state, version.row_count, version.base_version) == (1, "draft", 2, None)
    with db.write() as session:
        assert service.submit(session, "fj", 1, MAKER, T0).state == "submitted"
        assert service.approve(session, "fj", 1, CHECKER, T0).checker == "李四"
        done = service.activate(session, "fj", 1, CHECKER, T0)
    assert (done.state, done.known_from, done.activated_at, done.backfilled) == ("active", T0, T0, False)
    assert done.categories == {"VIOLATING"}
    assert in_force(db, T0 - timedelta(microseconds=1)) == {}
    assert in_force(db, T0) == {"fj": 1}
    with db.read() as session:
        events = [(one.event, one.actor, one.via) for one in store.history(session, "fj", 1)]
    assert events == [
        ("import", "张三", "api"),
        ("submit", "张三", "api"),
        ("approve", "李四", "api"),
        ("activate", "李四", "api"),
    ]


def test_the_next_version_supersedes_and_the_past_stays(db: Database) -> None:
    active(db, "fj", rows("A"))
    later = T0 + DAY
    active(db, "fj", rows("B"), later, file_kind="DELTA")
    assert in_force(db, later - timedelta(seconds=1)) == {"fj": 1}
    assert in_force(db, later) == {"fj": 2}
    with db.read() as session:
        assert [one.version for one in store.lineage(session, "fj", 2)] == [1, 2]
        assert [one.version for one in store.lineage_since(session, "fj", 2, 1) or []] == [2]
        assert store.lineage_since(session, "fj", 1, 2) is None
        assert store.version(session, "fj", 1).state == "superseded"


def test_the_maker_never_checks(db: Database) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session:
        service.submit(session, "fj", 1, MAKER, T0)
        for person in (MAKER, Actor("张 三", "api"), Actor("张三", "cli", "root")):
            with pytest.raises(Forbidden):
                service.approve(session, "fj", 1, person, T0)
            with pytest.raises(Forbidden):
                service.reject(session, "fj", 1, person, T0, reason="x")


def test_only_the_maker_withdraws_and_a_rejection_has_a_reason(db: Database) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session:
        with pytest.raises(Forbidden):
            service.withdraw(session, "fj", 1, OTHER, T0)
        assert service.withdraw(session, "fj", 1, MAKER, T0).state == "withdrawn"
        with pytest.raises(Conflict):
            service.submit(session, "fj", 1, MAKER, T0)
    draft(db, "fj", rows("A"))
    with db.write() as session:
        service.submit(session, "fj", 2, MAKER, T0)
        with pytest.raises(Invalid):
            service.reject(session, "fj", 2, CHECKER, T0, reason=" ")
        assert service.reject(session, "fj", 2, CHECKER, T0, reason="文号有误").state == "rejected"


@pytest.mark.parametrize("verb", ["approve", "activate"])
def test_a_draft_cannot_skip_a_step(db: Database, verb: str) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session, pytest.raises(Conflict):
        getattr(service, verb)(session, "fj", 1, CHECKER, T0)


def test_what_does_not_exist_is_not_found(db: Database) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session:
        for code, number in (("fj", 2), ("xx", 1)):
            with pytest.raises(NotFound):
                service.submit(session, code, number, MAKER, T0)
            with pytest.raises(NotFound):
                service.activate(session, code, number, CHECKER, T0)


@pytest.mark.parametrize("code", ["", "FJ", "-fj", "名单", "a" * 64, "a b", "a/b"])
def test_a_list_code_is_plain(db: Database, code: str) -> None:
    upload, checked = check(db, "fj", rows("A"))
    with db.write() as session, pytest.raises(Invalid):
        service.import_draft(session, code, upload, checked, MAKER, T0)


def test_a_refused_file_leaves_nothing(db: Database) -> None:
    upload, checked = check(db, "fj", rows("A", action="删除"))
    with pytest.raises(Invalid), db.write() as session:
        service.import_draft(session, "fj", upload, checked, MAKER, T0)
    with db.read() as session:
        assert store.lists(session) == []


def test_an_older_version_is_not_activated(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("A", "B"))
    active(db, "fj", rows("A", "C"), T0 + DAY)
    with db.write() as session, pytest.raises(Conflict) as conflict:
        service.activate(session, "fj", 2, CHECKER, T0 + DAY)
    assert conflict.value.code == "older-version"


def test_a_delta_follows_its_base_only(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("B"), file_kind="DELTA")
    approved(db, "fj", rows("C"), file_kind="DELTA")
    with db.write() as session:
        service.activate(session, "fj", 2, CHECKER, T0)
    with db.write() as session, pytest.raises(Conflict) as conflict:
        service.activate(session, "fj", 3, CHECKER, T0)
    assert conflict.value.code == "base-version"


def test_a_delta_may_rest_on_a_draft(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("B"), file_kind="DELTA")
    version = approved(db, "fj", rows("B", action="CLOSE", more=",2017-04-10"), file_kind="DELTA", base_version="2")
    assert version.base_version == 2
    with db.write() as session, pytest.raises(Conflict):
        service.activate(session, "fj", 3, CHECKER, T0)
    with db.write() as session:
        service.activate(session, "fj", 2, CHECKER, T0)
        service.activate(session, "fj", 3, CHECKER, T0)
    assert in_force(db, T0) == {"fj": 3}


def test_a_full_file_is_checked_again_where_the_list_moved_on(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("A", action="CLOSE", more=",2017-04-10"))
    approved(db, "fj", rows("A", "B"))
    active(db, "fj", rows("A", action="WITHDRAW_ERROR"), file_kind="DELTA")
    with db.write() as session, pytest.raises(Conflict) as conflict:
        service.activate(session, "fj", 3, CHECKER, T0)
    assert conflict.value.code == "older-version"
    version = draft(db, "fj", rows("B"))
    assert version.base_version == 4


def test_a_rollback_is_a_new_version_with_the_old_lineage(db: Database) -> None:
    active(db, "fj", rows("A"))
    active(db, "fj", rows("B", category="NOTIFIED"), file_kind="DELTA")
    active(db, "fj", rows("C"), file_kind="DELTA")
    with db.write() as session:
        version = service.rollback(session, "fj", 1, MAKER, T0)
        assert (version.version, version.state, version.rollback_to, version.row_count) == (4, "draft", 1, 0)
        service.submit(session, "fj", 4, MAKER, T0)
        service.approve(session, "fj", 4, CHECKER, T0)
        done = service.activate(session, "fj", 4, CHECKER, T0 + DAY)
    assert (done.parent_version, done.categories, done.known_from) == (1, {"VIOLATING"}, T0 + DAY)
    with db.read() as session:
        assert [one.version for one in store.lineage(session, "fj", 4)] == [1, 4]
        difference = version_diff.between(session, "fj", 3, 4)
    assert [(one.kind, one.external_id) for one in difference.entities] == [("REMOVED", "B"), ("REMOVED", "C")]
    with db.write() as session, pytest.raises(Conflict):
        service.rollback(session, "fj", 4, MAKER, T0)


@pytest.mark.parametrize("is_submitted", [False, True])
def test_a_rollback_that_the_only_checker_began_is_taken_over(db: Database, is_submitted: bool) -> None:  # noqa: FBT001 - a case
    active(db, "fj", rows("A"))
    active(db, "fj", rows("B"), file_kind="DELTA")
    with db.write() as session:
        service.rollback(session, "fj", 1, CHECKER, T0)
        if is_submitted:
            service.submit(session, "fj", 3, CHECKER, T0)
        with pytest.raises((Conflict, Forbidden)):
            service.approve(session, "fj", 3, CHECKER, T0)
    with db.write() as session:
        taken = service.submit(session, "fj", 3, MAKER, T0)
        assert (taken.version, taken.state, taken.maker, taken.rollback_to) == (4, "submitted", MAKER.subject, 1)
        with pytest.raises(Forbidden):
            service.approve(session, "fj", 4, MAKER, T0)
    with db.write() as session:
        service.approve(session, "fj", 4, CHECKER, T0)
        assert service.activate(session, "fj", 4, CHECKER, T0 + DAY).parent_version == 1
    with db.read() as session:
        begun = store.version(session, "fj", 3)
        assert (begun.state, begun.maker) == ("withdrawn", CHECKER.subject)
        assert [one.event for one in store.history(session, "fj", 4)] == ["rollback", "submit", "approve", "activate"]


def test_an_upload_is_never_taken_over(db: Database) -> None:
    version = draft(db, "fj", rows("A"))
    with db.write() as session:
        assert service.submit(session, "fj", version.version, CHECKER, T0).maker == MAKER.subject


def test_a_difference_is_field_by_field(db: Database) -> None:
    active(db, "fj", rows("A", "B"))
    active(db, "fj", rows("A", action="UPDATE", name="样本交易中心"), file_kind="DELTA")
    with db.read() as session:
        difference = version_diff.between(session, "fj", 1, 2)
        back = version_diff.between(session, "fj", 2, 1)
    (entity,) = difference.entities
    assert [(one.field, one.before, one.after) for one in entity.changes] == [
        ("legal_name", "福建示例交易中心A", "福建样本交易中心A")
    ]
    assert back.entities[0].changes[0].after == "福建示例交易中心A"


# The second clock


def test_a_backfilled_version_is_known_from_its_receipt(db: Database) -> None:
    received = datetime(2017, 3, 20, 1, tzinfo=UTC)
    done = load(db, "fj", rows("A"), received_at=received.isoformat())
    assert (done.backfilled, done.known_from, done.activated_at) == (True, received, T0)
    assert in_force(db, received) == {"fj": 1}
    assert in_force(db, received - timedelta(seconds=1)) == {}


def test_a_day_late_is_not_backfilled_and_more_is(db: Database) -> None:
    assert not draft(db, "a", rows("A"), received_at=(T0 - DAY).isoformat()).backfilled
    late = (T0 - DAY - timedelta(seconds=1)).isoformat()
    with pytest.raises(Forbidden):
        draft(db, "b", rows("A"), received_at=late)
    assert load(db, "b", rows("A"), received_at=late).backfilled


def test_receipt_is_not_in_the_future_nor_before_the_newest_version(db: Database) -> None:
    with pytest.raises(Invalid):
        draft(db, "fj", rows("A"), received_at=(T0 + timedelta(seconds=1)).isoformat())
    load(db, "fj", rows("A"), received_at="2017-03-20T09:00:00+08:00")
    with pytest.raises(Invalid):
        load(db, "fj", rows("B"), received_at="2017-03-20T08:59:59+08:00", file_kind="DELTA")
    assert load(db, "fj", rows("B"), received_at="2017-03-20T09:00:00+08:00", file_kind="DELTA").version == 2
    with pytest.raises(Invalid):
        draft(db, "fj", rows("A"), received_at="2026-11-23T09:00:00")


def test_a_withdrawn_draft_does_not_hold_back_earlier_receipts(db: Database) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session:
        service.withdraw(session, "fj", 1, MAKER, T0)
    assert load(db, "fj", rows("A"), received_at="2017-03-20T09:00:00+08:00").version == 2


def test_nothing_is_known_before_what_it_follows(db: Database) -> None:
    version = draft(db, "fj", rows("A"), T0, received_at=(T0 - timedelta(hours=2)).isoformat())
    with db.write() as session:
        service.submit(session, "fj", 1, MAKER, T0)
        service.approve(session, "fj", 1, CHECKER, T0)
        service.activate(session, "fj", 1, CHECKER, T0)
    assert version.received_at < T0
    much_later = T0 + 10 * DAY
    with pytest.raises(Invalid) as refused:
        load(db, "fj", rows("B"), much_later, file_kind="DELTA", received_at=(T0 - timedelta(hours=1)).isoformat())
    assert refused.value.code == "backfill-before-known"


def test_the_options_of_a_batch_have_defaults_of_the_list(db: Database) -> None:
    first = active(db, "xa", rows("A"), jurisdiction_code="西安", list_issuer="示例领导小组", issued_on="2017-03-01")
    assert (first.jurisdiction, first.list_issuer, str(first.issued_on)) == ("610100", "示例领导小组", "2017-03-01")
    second = draft(db, "xa", rows("B"), file_kind="DELTA")
    assert (second.jurisdiction, second.list_issuer, str(second.issued_on)) == ("610100", "示例领导小组", "2026-11-24")
    new = draft(db, "new", rows("A"))
    assert (new.jurisdiction, new.list_issuer, new.file_kind) == ("350000", "示例局", "FULL")


@pytest.mark.parametrize(
    ("name", "value"),
    [("file_kind", "PART"), ("issued_on", "gestern"), ("base_version", "x"), ("jurisdiction_code", "火星")],
)
def test_an_option_that_cannot_be_read_is_invalid(db: Database, name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(db, "fj", rows("A"), **{name: value})
    assert refused.value.faults[0].pointer == name


# Scheduled activation


def test_a_scheduled_version_comes_into_force_at_its_time(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("B"), file_kind="DELTA")
    at = T0 + timedelta(hours=1)
    with db.write() as session:
        assert service.activate(session, "fj", 2, CHECKER, T0, at=at).state == "scheduled"
    with db.write() as session:
        assert not service.due(session, at - timedelta(seconds=1))
        assert service.activate_due(session, at - timedelta(seconds=1)) == ()
        assert service.due(session, at + timedelta(seconds=5))
        (ref,) = service.activate_due(session, at + timedelta(seconds=5))
    assert (ref.version, ref.known_from) == (2, at)
    assert in_force(db, at) == {"fj": 2}


def test_a_due_version_is_applied_before_the_next_activation(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("B"), file_kind="DELTA")
    approved(db, "fj", rows("A", "C"))
    with db.write() as session:
        service.activate(session, "fj", 2, CHECKER, T0, at=T0 + timedelta(hours=1))
    with db.write() as session:
        done = service.activate(session, "fj", 3, CHECKER, T0 + timedelta(hours=2))
    assert done.parent_version == 2
    assert in_force(db, T0 + timedelta(hours=1)) == {"fj": 2}


def test_a_due_version_that_cannot_follow_goes_back_to_approved(db: Database) -> None:
    active(db, "fj", rows("A"))
    approved(db, "fj", rows("B"), file_kind="DELTA")
    approved(db, "fj", rows("C"), file_kind="DELTA")
    with db.write() as session:
        service.activate(session, "fj", 3, CHECKER, T0, at=T0 + timedelta(hours=1))
        service.activate(session, "fj", 2, CHECKER, T0)
        assert service.activate_due(session, T0 + timedelta(hours=2)) == ()
    with db.read() as session:
        assert store.version(session, "fj", 3).state == "approved"
        assert store.history(session, "fj", 3)[-1].event == "postpone"
    assert in_force(db, T0 + DAY) == {"fj": 2}


# What the database holds by itself


def _refuses(db: Database, statement: str) -> None:
    with pytest.raises(DBAPIError), db.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE list_entry SET row = '{}'",
        "DELETE FROM list_entry",
        "UPDATE list_version_event SET actor = 'x'",
        "DELETE FROM list_version_event",
        "UPDATE list_file SET name = 'x'",
        "DELETE FROM list_file",
        "DELETE FROM list_version",
        "DELETE FROM list",
        "UPDATE list SET code = 'x'",
        "UPDATE list_version SET sha256 = 'x'",
        "UPDATE list_version SET maker = '李四'",
        "UPDATE list_version SET checker = maker",
        "UPDATE list_version SET checker = NULL",
        "UPDATE list_version SET known_from = NULL",
        "UPDATE list_version SET parent_version = 7",
        "UPDATE list_version SET categories = '[]'",
        "UPDATE list_version SET state = 'draft'",
        "UPDATE list_version SET state = 'nonsense'",
    ],
)
def test_the_past_is_not_rewritten(db: Database, statement: str) -> None:
    active(db, "fj", rows("A"))
    _refuses(db, statement)


def test_one_version_of_a_list_is_active(db: Database) -> None:
    active(db, "fj", rows("A"))
    active(db, "fj", rows("B"), file_kind="DELTA")
    with pytest.raises(IntegrityError), db.write() as session:
        session.execute(text("UPDATE list_version SET state = 'active'"))


def test_two_approvals_at_once(db: Database) -> None:
    draft(db, "fj", rows("A"))
    with db.write() as session:
        service.submit(session, "fj", 1, MAKER, T0)
    results = _at_once(
        db,
        [
            lambda session: service.approve(session, "fj", 1, CHECKER, T0),
            lambda session: service.approve(session, "fj", 1, OTHER, T0),
        ],
    )
    assert sorted(results) == ["approved", "conflict"]
    with db.read() as session:
        approvals = [one for one in store.history(session, "fj", 1) if one.event == "approve"]
        assert [one.actor for one in approvals] == [store.version(session, "fj", 1).checker]


@pytest.mark.parametrize("first", [True, False])
def test_two_activations_at_once(db: Database, first: bool) -> None:  # noqa: FBT001 - a parameter of the test
    if not first:
        active(db, "fj", rows("A"))
    approved(db, "fj", rows("A", "B"))
    approved(db, "fj", rows("A", "C"))
    numbers = (1, 2) if first else (2, 3)
    verbs = [lambda session, n=n: service.activate(session, "fj", n, CHECKER, T0) for n in numbers]
    results = _at_once(db, verbs)
    assert set(results) <= {"active", "conflict"}
    assert "active" in results
    with db.read() as session:
        states = [one.state for one in store.versions(session, "fj")]
    assert states.count("active") == 1


def test_two_first_imports_at_once_are_two_versions(db: Database) -> None:
    upload, checked = check(db, "fj", rows("A"))
    verbs = [
        lambda session, who=who: service.import_draft(session, "fj", upload, checked, who, T0) for who in (MAKER, OTHER)
    ]
    assert _at_once(db, verbs) == ["draft", "draft"]
    with db.read() as session:
        assert sorted(one.version for one in store.versions(session, "fj")) == [1, 2]


def _at_once(db: Database, verbs: list[Any]) -> list[str]:
    """Run verbs in transactions of their own at the same time; return the states, or the families of their errors."""
    barrier = Barrier(len(verbs))
    results: list[str] = []

    def run(verb: Any) -> None:
        barrier.wait()
        try:
            with db.write() as session:
                results.append(verb(session).state)
        except CutoffError as error:
            results.append(error.family)

    threads = [Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_pages_follow_the_order_of_the_hash(db: Database) -> None:
    ids = ["B", "a", "A-1", "A_1", "Ä", "示", "1"]
    # A name is plain whatever the id is: the reader of names refuses a letter that it cannot place.
    version = active(db, "fj", rows(*ids).replace("中心Ä".encode(), "中心丙".encode()))
    with db.read() as session:
        found, after = [], None
        while page := store.entries(session, "fj", version.version, after=after, limit=2):
            found += [row["external_id"] for row in page]
            after = found[-1]
    assert found == sorted(ids)


def test_the_rows_of_an_entity_come_with_their_versions(db: Database) -> None:
    from app.watchlists.history.identity import entity_id

    active(db, "fj", rows("A"))
    active(db, "fj", rows("A", action="UPDATE", name="样本"), T0 + DAY, file_kind="DELTA")
    draft(db, "fj", rows("A", action="UPDATE", name="样本二"), T0 + DAY, file_kind="DELTA")
    with db.read() as session:
        found = store.entity_rows(session, str(entity_id("fj", "A")))
    assert [(one.version.version, one.row["legal_name"]) for one in found] == [
        (1, "福建示例交易中心A"),
        (2, "福建样本A"),
    ]


def test_a_list_is_never_put_in_force_backwards(db: Database) -> None:
    version = approved(db, "fj", rows("A"))
    with db.write() as session, pytest.raises(Invalid) as caught:
        service.activate(session, "fj", version.version, CHECKER, T0 + DAY, at=T0)
    assert caught.value.code == "activate-in-past"


def test_of_two_uploads_at_one_moment_the_later_stored_is_no_contradiction(db: Database) -> None:
    upload, checked = check(db, "fj", rows("A"), T0)
    draft(db, "fj", rows("A", "B"), T0 + timedelta(seconds=1))
    with db.write() as session:
        assert service.import_draft(session, "fj", upload, checked, MAKER, T0).version == 2
    upload, checked = check(db, "fj", rows("A"), T0, received_at=T0.isoformat())
    with db.write() as session, pytest.raises(Invalid):
        service.import_draft(session, "fj", upload, checked, MAKER, T0 + timedelta(seconds=1))


def test_a_file_that_was_uploaded_before_is_said(db: Database) -> None:
    def said(data: bytes, **options: str) -> list[str]:
        return [
            one.text_zh for one in check(db, "again", data, **options)[1].report.findings if one.code == "SAME_CONTENT"
        ]

    first, second = rows("FJ-1"), rows("FJ-1", "FJ-2")
    assert said(first) == []
    draft(db, "again", first)
    assert said(first) == ["内容与第 1 版（草稿，经办人 张三）完全相同"]
    draft(db, "again", second)
    assert said(first) == ["内容与第 1 版（草稿，经办人 张三）完全相同"]
    # Whatever the file: what counts is what it says.
    assert said(b"\xef\xbb\xbf" + second.replace(b"\n", b"\r\n")) == ["内容与第 2 版（草稿，经办人 张三）完全相同"]
    assert said(rows("FJ-3")) == []


def test_the_content_of_a_list_is_looked_at_in_the_order_in_which_it_was_hashed(db: Database) -> None:
    ids = ["a-1", "A-1", "B", "a1", "b", "Z", "01", "壹", "甲", "𠮷", "_1", "~1"]
    lines = [
        f"{one},ADD,VIOLATING,VENUE,福建示例{'甲乙丙丁戊己庚辛壬癸子丑'[place]}交易中心,350100,福州市,2017-03-15,2017-03-20"
        for place, one in enumerate(ids)
    ]
    version = active(db, "fj", "\n".join([HEADERS, *lines]).encode())
    with db.read() as session:
        store.check_content(session, "fj", version.version)
        kept = [one["external_id"] for one in store.lineage(session, "fj", version.version)[0].rows]
    assert kept == sorted(kept)
    assert len(kept) == len(ids)
