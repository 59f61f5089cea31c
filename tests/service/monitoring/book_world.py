"""A book, lists and a runner over a database, as tests drive them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from app.db import Database
from app.monitoring import book
from app.monitoring.member import Member, member
from app.monitoring.models import ChangeRow, Pair, Standing
from app.monitoring.rescreening import BookRunner
from app.policy.vocabulary import Service
from app.screening import intake
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

NOW = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
CLIENT = "core"


def counterparty(
    id: str,  # noqa: A002 - its name in the interface
    name: str,
    services: Iterable[str] = ("FUND_SETTLEMENT",),
    **more: Any,
) -> Member:
    """Return a member of one party, read as a screening request is."""
    raw = {"service": "FUND_SETTLEMENT", "counterparty": {"name": name, **more}}
    party = intake.read(raw, intake.TextLimits(NOW)).counterparty
    return member(id, [party], [Service(service) for service in services])


class BookWorld:
    """One client's book over a database."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database = database
        self.snapshots = SnapshotCache(database)
        url = database.url.render_as_string(hide_password=False)
        self.settings = Settings(database_url=url, **settings)
        self.screening_service = ScreeningService.open(database, self.snapshots, self.settings)
        self.runner = BookRunner(self.screening_service)

    def put(self, *members: Member, client: str = CLIENT) -> book.Put:
        """Put counterparties."""
        with self.database.write() as session:
            return book.put(session, client, members, NOW)

    def close(self, *ids: str, client: str = CLIENT) -> None:
        """Close counterparties."""
        with self.database.write() as session:
            book.close(session, client, ids, NOW)

    def run(self, on: str | date, *, full: bool = False, client: str = CLIENT) -> Any:
        """Bring the book up to date."""
        day = date.fromisoformat(on) if isinstance(on, str) else on
        return self.runner.run(client, on=day, full=full)

    def changes(self, client: str = CLIENT) -> list[ChangeRow]:
        """Return all changes, in their order."""
        with self.database.read() as session:
            return list(session.scalars(select(ChangeRow).where(ChangeRow.client == client).order_by(ChangeRow.seq)))

    def rows(self, client: str = CLIENT) -> dict[str, set[tuple[Any, ...]]]:
        """Return all that is stored of decisions, but for since when they stand."""
        with self.database.read() as session:
            standings = {
                (
                    one.counterparty_id,
                    one.service,
                    one.outcome,
                    one.findings_outcome,
                    one.decision_sha256,
                    one.next_date,
                )
                for one in session.scalars(select(Standing).where(Standing.client == client))
            }
            pairs = {
                (
                    one.counterparty_id,
                    one.entity_id,
                    one.strength,
                    one.score,
                    one.name_listed,
                    one.content_sha256,
                    one.entity_sha256,
                )
                for one in session.scalars(select(Pair).where(Pair.client == client))
            }
        return {"standings": standings, "pairs": pairs}

    def outcomes(self, client: str = CLIENT) -> dict[str, str]:
        """Return the worst stored outcome of each counterparty that has one."""
        found: dict[str, str] = {}
        for one, _, outcome, *_ in sorted(self.rows(client)["standings"]):
            found[one] = max(outcome, found.get(one, "PASS"), key=["PASS", "REVIEW", "BLOCK"].index)
        return found
