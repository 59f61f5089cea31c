"""The settings that a server begins with are in the audit log, where they changed, without passwords."""

from app.access.settings_record import KIND, note_settings
from app.audit.store import AuditSearch, search
from app.db import Database
from app.settings import Settings


def test_settings_are_recorded_where_they_changed_and_without_passwords(db: Database) -> None:
    url = "postgresql+psycopg://app:hunter2-long@db/cutoff"
    first = note_settings(db, Settings(database_url=url))
    assert first is not None
    assert first["rate_burst"] == "400"
    assert note_settings(db, Settings(database_url=url)) is None
    changed = note_settings(db, Settings(database_url=url, rate_burst=7, inherit_confirmed="REVIEW"))
    assert changed == {"rate_burst": "7", "inherit_confirmed": "REVIEW"}
    with db.read() as session:
        records = search(session, AuditSearch(kind=KIND))
    assert len(records) == 2
    assert records[0].to_json()["content"]["changed"] == {
        "rate_burst": {"from": "400", "to": "7"},
        "inherit_confirmed": {"from": "BLOCK", "to": "REVIEW"},
    }
    assert "hunter2" not in "".join(one.text for one in records)
    assert "@db/cutoff" in records[0].text
