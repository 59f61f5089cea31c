"""What a list version that waits would change in the books of the clients: in numbers, without a name.

Only counterparties that an entry could concern which the version changes are decided, with it and without; the others
stay as they are.  Suppressions are left out: they are about single people's findings, not about the list.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from app import clock
from app.db import Database
from app.matching import Entry, Index
from app.monitoring import book
from app.monitoring.pair_decision import Judge
from app.monitoring.suspects import suspects
from app.monitoring.touched import touched
from app.policy.tables import CURRENT
from app.screening.impact import with_waiting
from app.screening.screen import DecisionBasis
from app.screening.service import ScreeningService
from app.watchlists.history.version import VersionRecord
from app.watchlists.snapshots.snapshot import Snapshot
from app.watchlists.versions import store

_TOGETHER: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class BookImpact:
    """Decisions, by counterparty and service, that would be others; ``by_change`` counts them (``PASS→BLOCK`` …).

    ``counterparties`` are all open ones of all ``clients``, ``decided`` those that the version could concern.
    """

    clients: int
    counterparties: int
    decided: int
    changed: int
    by_change: Mapping[str, int]


def book_impact(
    screening_service: ScreeningService, waiting: VersionRecord, counterparties_max: int, now: datetime
) -> BookImpact | None:
    """Decide the books of all clients for today, by the lists in force and as if ``waiting`` were among them.

    None where they have more than ``counterparties_max`` counterparties, for which a sweep with the draft is.
    """
    database = screening_service.database
    with database.read() as session:
        sizes = {client: book.state(session, client).open for client in book.clients(session)}
        lineage = store.lineage(session, waiting.code, waiting.version)
    if sum(sizes.values()) > counterparties_max:
        return None
    current = screening_service.snapshots.current.snapshot
    then = with_waiting(current, waiting, lineage, now)
    index = Index.build(_touched_entries(current, then), size_step=current.size_step)
    judges = [_judge(screening_service, snapshot, now) for snapshot in (current, then)]
    changes: Counter[str] = Counter()
    decided = 0
    for client, size in sizes.items():
        if size and index.entries:
            for before, after in _outcomes(database, client, index, judges):
                decided += 1
                changes.update(f"{old}→{new}" for old, new in zip(before, after, strict=True) if old != new)
    return BookImpact(
        clients=sum(size > 0 for size in sizes.values()),
        counterparties=sum(sizes.values()),
        decided=decided,
        changed=changes.total(),
        by_change=dict(sorted(changes.items())),
    )


def _touched_entries(current: Snapshot, then: Snapshot) -> tuple[Entry, ...]:
    """Return the entries, as they are and as they would be, of all entities whose decisions may differ."""
    ids = touched(current, then).entity_ids
    return tuple(entry for snapshot in (current, then) for entry in snapshot.entries if entry.key in ids)


def _judge(screening_service: ScreeningService, snapshot: Snapshot, now: datetime) -> Judge:
    lists = DecisionBasis(snapshot, snapshot, screening_service.parameters, CURRENT, screening_service.rule_version)
    return Judge(lists, clock.local_date(now), now, screening_service.matches_max)


def _outcomes(
    database: Database, client: str, index: Index, judges: list[Judge]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the outcomes of each counterparty that the index could concern, by service: as it is, as it would be."""
    each = iter(sorted(suspects(database, client, index, with_keywords=False)))
    while some := list(islice(each, _TOGETHER)):
        with database.read() as session:
            members = [entry.member for entry in book.entries(session, client, some)]
        before, after = (judge.decide(members) for judge in judges)
        for was, would_be in zip(before, after, strict=True):
            yield [one.outcome for one in was.decisions], [one.outcome for one in would_be.decisions]
