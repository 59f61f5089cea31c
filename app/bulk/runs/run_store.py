"""What a run takes from the database and leaves in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.bulk.readers.file_layout import Layout
from app.bulk.rows.input_columns import columns_of
from app.bulk.rows.requests import RowDefaults, written_date, written_kind, written_service
from app.bulk.rows.screen_batch import BatchScreen
from app.bulk.runs import run_records
from app.bulk.runs.options import Options
from app.bulk.runs.run_report import RunReport
from app.clock import local_date
from app.db import Database
from app.errors import Invalid
from app.policy.tables import CURRENT
from app.policy.vocabulary import CounterpartyKind, Service
from app.screening.intake import TextLimits
from app.screening.record import Author
from app.screening.screen import DecisionContext
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.scheduler import caught_up_by_a_right_clock
from app.watchlists.snapshots.snapshot_cache import SnapshotCache


@dataclass(frozen=True, slots=True)
class DatabaseRunStore:
    """The lists in force and the record, for runs of one author."""

    database: Database
    settings: Settings
    author: Author

    def screen(self, layout: Layout, options: Options, run_id: str, started_at: datetime) -> BatchScreen:
        """Return the pure function for a file, with the lists in force now.  Raises Invalid, Unavailable."""
        columns = columns_of(layout.titles, options.reading.columns)
        defaults = _defaults(options, started_at)
        previous = None
        if options.since is not None:
            with self.database.read() as session:
                previous = run_records.findings_of(session, _run_id(options.since), self.author.client)
        snapshots = SnapshotCache(self.database, builds=False)
        screening_service = ScreeningService.open(self.database, snapshots, self.settings)
        snapshot = caught_up_by_a_right_clock(self.database, snapshots)
        return BatchScreen(
            run_id=run_id,
            header=layout.header,
            columns=columns,
            defaults=defaults,
            snapshot=snapshot.packed(),
            parameters=screening_service.parameters,
            table_name=CURRENT.name,
            rule_version=screening_service.rule_version,
            circumstances=DecisionContext(
                started_at, any_active=bool(snapshot.refs), matches_max=self.settings.candidates_max
            ),
            limits=TextLimits(started_at, self.settings.name_chars_max, self.settings.text_chars_max),
            previous=previous,
            strict=options.strict,
        )

    def record_ahead(self, lines: Iterable[str]) -> None:
        """Record the screenings of some rows of a run that is under way."""
        run_records.record_ahead(self.database, lines, self.author)

    def record(self, report: RunReport, lines: Iterable[str]) -> None:
        """Record the run and its findings; a second time changes nothing."""
        run_records.record(self.database, report, lines, self.author)


def _run_id(since: str) -> str:
    """Return the id of the run that is meant: by its id, as the last one, or by its report."""
    report = RunReport.read(Path(since)) if Path(since).is_file() else None
    return report.run_id if report else since


def _defaults(options: Options, started_at: datetime) -> RowDefaults:
    """Return service and date for rows that do not say.  Raises Invalid for a wrong option."""
    service = written_service(options.service) or Service.FUND_SETTLEMENT.value
    if service not in set(Service):
        raise Invalid("unknown-service", f"--service {options.service}: 可选 / one of {', '.join(Service)}")
    day = written_date(options.service_date) or local_date(started_at).isoformat()
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Invalid("bad-date", f"--date {options.service_date}: 应为 / must be YYYY-MM-DD") from None
    kind = written_kind(options.kind)
    if kind is not None and kind not in set(CounterpartyKind):
        raise Invalid("unknown-kind", f"kind {options.kind}: 可选 / one of {', '.join(CounterpartyKind)}")
    return RowDefaults(service, day, kind)
