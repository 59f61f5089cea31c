"""A listed name never passes, whatever stands around it, whatever else the party is called, on both databases."""

import json
from collections import Counter

import pytest
from asking import asked
from surroundings import COUNT, SURROUNDINGS, names
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.request import ScreeningInput
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

_TOGETHER = 64
_UNRELATED = ("王小明", "国家税务总局福州市税务局", "福州市中级人民法院", "厦门市住房公积金中心", "Smith")


def _opened(database: Database) -> ScreeningService:
    rows = [dict(VENUE, external_id=f"FJ-{at:04}", legal_name=name) for at, name in enumerate(names())]
    load(database, "fj-violating", *rows)
    snapshots = SnapshotCache(database)
    snapshots.refresh()
    return ScreeningService.open(database, snapshots, Settings())


def _passed(screening_service: ScreeningService, questions: list[tuple[str, ScreeningInput]]) -> list[str]:
    """Return the questions that got PASS."""
    out = []
    for start in range(0, len(questions), _TOGETHER):
        part = questions[start : start + _TOGETHER]
        sealed = screening_service.decide_now([question for _, question in part])
        outcomes = [json.loads(one.text)["outcome"] for one in sealed]
        out += [what for (what, _), outcome in zip(part, outcomes, strict=True) if outcome == "PASS"]
    return out


def _table(names_of: list[str], field: str) -> list[tuple[str, ScreeningInput]]:
    if field == "name":
        return [(around, asked(around.format(name))) for name in names_of for around in SURROUNDINGS]
    return [
        (
            around,
            asked(
                _UNRELATED[at % len(_UNRELATED)],
                counterparty={field: [{"name": around.format(name), "type": "FORMER"}]},
            ),
        )
        for at, name in enumerate(names_of)
        for around in ("{}", *SURROUNDINGS)
    ]


def test_the_table_is_what_it_says() -> None:
    assert (len(set(names())), len(set(SURROUNDINGS))) == (COUNT, 47)


def test_no_name_passes_in_any_surroundings(db: Database) -> None:
    screening_service = _opened(db)
    some = names()[::18]
    assert _passed(screening_service, [(name, asked(name)) for name in names()]) == []
    for field in ("name", "other_names"):
        assert Counter(_passed(screening_service, _table(some, field))) == {}


@pytest.mark.long
def test_none_of_all_names_passes_in_any_surroundings(db: Database) -> None:
    screening_service = _opened(db)
    for field in ("name", "other_names"):
        assert Counter(_passed(screening_service, _table(names(), field))) == {}


@pytest.mark.parametrize("kind", ["PERSON", "ORGANISATION"])
def test_what_the_caller_says_it_is_frees_no_listed_name(sqlite_db: Database, kind: str) -> None:
    screening_service = _opened(sqlite_db)
    questions = [(name, asked(name, counterparty={"kind": kind})) for name in names()]
    assert _passed(screening_service, questions) == []
