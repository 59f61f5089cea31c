"""What an operator watches of books: differences of the nightly decision, undecided counterparties, its age."""

from client import running
from sqlalchemy import insert

from app import clock
from app.access import Role
from app.api import gauges
from app.db import Database
from app.monitoring.models import CoverageError, CoverageRow


def test_differences_errors_and_age_of_books_are_metrics(db: Database) -> None:
    with running(db) as api:
        moment = clock.now()
        with db.write() as session:
            for client, differences in (("one", 2), ("two", 3)):
                values = {"client": client, "book_revision": 1, "differences": differences, "whole_at": moment}
                session.execute(insert(CoverageRow).values(**values))
            failed = {"client": "one", "counterparty_id": "C-1", "error": "ValueError", "at": moment}
            session.execute(insert(CoverageError).values(**failed))
        seen = gauges.StateGauges(db, api.app.state.screening_service.snapshots, api.app.state.recorder)
        seen.update()
        answer = api.call("GET", "/metrics", Role.AUDITOR).text.splitlines()
        lines = dict(line.rsplit(" ", 1) for line in answer if line[0] != "#")
        assert float(lines["cutoff_book_differences"]) == 5
        assert float(lines["cutoff_book_errors"]) == 1
        assert abs(float(lines["cutoff_book_whole_timestamp_seconds"]) - moment.timestamp()) < 1
