"""What will become worse by a date: future listings that take effect, last days of grace, papers that expire.

A decision is made again as of the next date on which it may change; where it is worse then, people are notified ahead.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import select

from app import clock
from app.db import Database, ReadSession
from app.monitoring import book
from app.monitoring.alert_rules import AlertFact, facts_of
from app.monitoring.alert_sync import AlertSync
from app.monitoring.basis import BookBasis
from app.monitoring.calendar_store import calendar
from app.monitoring.models import Standing
from app.monitoring.pair_decision import Judge
from app.policy.vocabulary import Outcome

_TOGETHER: Final = 256


def coming_worse(
    database: Database, client: str, basis: BookBasis, judge: Judge, days: int
) -> list[tuple[date, AlertFact]]:
    """Return what becomes worse within so many days, with the date."""
    found: list[tuple[date, AlertFact]] = []
    with database.read() as session:
        for on, ids in _dated(session, client, basis.on, basis.on + timedelta(days=days)):
            each = iter(ids)
            while some := list(islice(each, _TOGETHER)):
                members = [entry.member for entry in book.entries(session, client, some)]
                for now, then in zip(judge.decide(members), replace(judge, on=on).decide(members), strict=True):
                    facts = facts_of(now)
                    for entity_id, fact in facts_of(then).items():
                        known = facts.get(entity_id)
                        before = known.outcome if known is not None else Outcome.PASS
                        if fact.outcome.severity > before.severity:
                            found.append((on, fact))
    return found


def announce(database: Database, client: str, on: date, coming: list[tuple[date, AlertFact]]) -> int:
    """Tell people of what becomes worse, each once; return how many alerts that opened."""
    opened = 0
    for day, fact in coming:
        with database.write() as session:
            sync = AlertSync(client=client, on=on, now=clock.now(), calendar=calendar(session))
            opened += sync.announce(session, fact, day) is not None
    return opened


def _dated(session: ReadSession, client: str, after: date, until: date) -> Iterator[tuple[date, list[str]]]:
    statement = (
        select(Standing.next_date, Standing.counterparty_id)
        .where(Standing.client == client, Standing.next_date > after, Standing.next_date <= until)
        .distinct()
        .order_by(Standing.next_date, Standing.counterparty_id)
    )
    by_date: dict[date, list[str]] = {}
    for on, counterparty_id in session.execute(statement):
        if on is not None:
            by_date.setdefault(on, []).append(counterparty_id)
    yield from by_date.items()
