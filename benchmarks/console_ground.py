"""What the pages of the console are measured on: a long list, many recorded screenings, a book with alerts."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import clock
from app.access import Role, keys
from app.db import Database
from app.monitoring import book
from app.monitoring.member import member
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import tell_step
from app.policy.vocabulary import Service
from app.screening import intake, record
from app.screening.record import Author
from app.screening.request import Counterparty
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache
from benchmarks import population
from benchmarks.ground import LIST_HEADER, obey

CLIENT = "bench"
CODE = "bench"
MAKER, CHECKER = "制作人示例", "复核人示例"
_SEED = 41
_TOGETHER = 500
_HITS_EVERY = 20
_BOOK_PER_ALERT = 10
_CHANGED = 200
_DAYS = ("2017-03-01", "2017-05-10", "2017-06-29", "2017-06-30", "2017-07-03")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything there is."""

    listed: int = 20_000
    screenings: int = 100_000
    alerts: int = 1_000


def fill(folder: Path, sizes: Sizes) -> dict[Role, str]:
    """Fill the database of CUTOFF_DATABASE_URL, which is empty, and return a key of each role.

    The list has a version in force and a whole one after it that waits for its checker; 1 screening in
    20 hits, and so do as many counterparties of a ten times larger book as there are to be alerts.
    """
    obey("db", "upgrade")
    drawn = population.from_tables().names(
        sizes.listed + sizes.screenings // _HITS_EVERY + sizes.alerts * _BOOK_PER_ALERT, seed=_SEED
    )
    listed, others = drawn[: sizes.listed], drawn[sizes.listed :]
    path = folder / "list.csv"
    path.write_text("\n".join([LIST_HEADER, *_rows(listed)]), encoding="utf-8")
    obey("lists", "load", str(path), "--list", CODE, "--maker", MAKER, "--checker", CHECKER)
    settings = Settings()
    database = Database(settings.url, statement_timeout_ms=600_000)
    try:
        with database.write() as session:
            secrets = {role: keys.create(session, role, subject=f"{role}示例", client=CLIENT)[1] for role in Role}
        screening_service = ScreeningService.open(database, SnapshotCache(database), settings)
        screening_service.snapshots.refresh()
        _screen(screening_service, sizes.screenings, listed, others)
        _watch(database, sizes.alerts, listed, others)
        BookRunner(screening_service, tell_step, settings.pre_alert_days).run(CLIENT)
    finally:
        database.close()
    path.write_text("\n".join([LIST_HEADER, *_rows([*others[:_CHANGED], *listed[_CHANGED:]])]), encoding="utf-8")
    obey("lists", "import", str(path), "--list", CODE, "--maker", MAKER)
    obey("lists", "submit", CODE, "2", "--maker", MAKER)
    return secrets


def _rows(names: Sequence[str]) -> Iterator[str]:
    for i, name in enumerate(names):
        yield f"B-{i:07},ADD,VIOLATING,VENUE,{name},350100,350100,2017-03-15,2017-03-20"


def _screen(service: ScreeningService, count: int, listed: Sequence[str], others: Sequence[str]) -> None:
    author = Author(CLIENT, "筛查人示例", None, "api")
    draw = random.Random(_SEED)  # noqa: S311 - the same names each time
    for start in range(0, count, _TOGETHER):
        asked = [
            intake.read(
                {
                    "service": draw.choice((Service.FUND_SETTLEMENT, Service.ACCOUNT_OPEN, Service.CUSTODY)).value,
                    "service_date": draw.choice(_DAYS),
                    "reference": f"core-{i:07}",
                    "counterparty": {"name": draw.choice(listed if i % _HITS_EVERY == 0 else others)},
                },
                intake.TextLimits(clock.now()),
            )
            for i in range(start, min(start + _TOGETHER, count))
        ]
        service.snapshots.refresh()
        with service.database.write() as session:
            record.record(session, service.decide_now(asked), author)


def _watch(database: Database, alerts: int, listed: Sequence[str], others: Sequence[str]) -> None:
    """Put a book under watch; one counterparty in ten has a listed name, written otherwise."""
    draw = random.Random(_SEED + 1)  # noqa: S311 - as above
    names = list(others[: alerts * _BOOK_PER_ALERT])
    for place, name in enumerate(listed[:alerts]):
        names[place * _BOOK_PER_ALERT % len(names)] = draw.choice(_WRITTEN)(name)
    members = [member(f"C-{i:06}", [Counterparty(name)], [Service.FUND_SETTLEMENT]) for i, name in enumerate(names)]
    with database.write() as session:
        book.put(session, CLIENT, members, clock.now())


_WRITTEN: tuple[Callable[[str], str], ...] = (
    lambda name: name.replace("有限公司", "有限责任公司"),
    lambda name: f"{name[:3]}·{name[3:]}",
    lambda name: f"{name}福州分公司",
    lambda name: name[:-2],
)
