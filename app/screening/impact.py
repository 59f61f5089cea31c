"""What a list version that is waiting would change: the last screenings, decided with it and without."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from app.db import Database
from app.errors import Conflict
from app.policy.parameters import Parameters
from app.policy.rule_version import rule_version
from app.policy.tables import CURRENT
from app.screening.models import Screening
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext, answer
from app.watchlists.history.projection import entry_of, fold, link
from app.watchlists.history.version import VersionRecord, VersionRef, VersionRows
from app.watchlists.snapshots.snapshot_cache import Snapshot
from app.watchlists.versions import store

_EXAMPLES_MAX = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """One screening that would come out otherwise.  It names the listed entities, not the counterparty."""

    screening_id: str
    service: str
    service_date: str
    outcome_now: str
    outcome_then: str
    external_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """How many of the screenings looked at would change, how (``PASS→BLOCK`` …), and examples."""

    looked_at: int
    changed: int
    by_change: Mapping[str, int]
    examples: tuple[Changed, ...]


def impact(
    database: Database, current: Snapshot, parameters: Parameters, waiting: VersionRecord, last: int, now: datetime
) -> Impact:
    """Decide the last screenings by the lists in force now, and as if ``waiting`` were among them.

    Each is asked as of now, whatever was known when it was made.  Raises :class:`Conflict` for a version that is not
    waiting.
    """
    if waiting.state not in {"draft", "submitted", "approved", "scheduled"}:
        raise Conflict("not-waiting", f"第 {waiting.version} 版不在等待启用 (version {waiting.version} is not waiting)")
    with database.read() as session:
        lineage = store.lineage(session, waiting.code, waiting.version)
        recent = session.execute(
            select(Screening.id, Screening.request)
            .order_by(Screening.screened_at.desc(), Screening.id.desc())
            .limit(last)
        ).all()
    version = rule_version(CURRENT, parameters)
    circumstances = DecisionContext(now)
    then = with_waiting(current, waiting, lineage, now)
    changes: list[Changed] = []
    for screening_id, request in recent:
        asked = replace(ScreeningInput.from_json(request), known_at=None)
        if asked.lists is not None and waiting.code not in asked.lists:
            continue
        answers = [
            answer(asked, DecisionBasis(lists, lists, parameters, CURRENT, version), circumstances, screening_id)
            for lists in (current, then)
        ]
        before, after = answers
        if before["outcome"] != after["outcome"]:
            ids = dict.fromkeys(match["external_id"] for one in answers for match in one["matches"])
            changes.append(
                Changed(
                    screening_id,
                    asked.service.value,
                    asked.service_date.isoformat(),
                    before["outcome"],
                    after["outcome"],
                    tuple(ids),
                )
            )
    by_change = Counter(f"{one.outcome_now}→{one.outcome_then}" for one in changes)
    return Impact(len(recent), len(changes), dict(sorted(by_change.items())), tuple(changes[:_EXAMPLES_MAX]))


def with_waiting(current: Snapshot, waiting: VersionRecord, lineage: Sequence[VersionRows], now: datetime) -> Snapshot:
    """Return the snapshot in which a waiting version is in force.

    It is made beside the process's own ones, which keep what they make by code and number: before its activation a
    version has neither its moment nor its predecessor for good.
    """
    known = [replace(one, known_from=now) if one.version == waiting.version else one for one in lineage]
    ref = VersionRef(
        code=waiting.code,
        version=waiting.version,
        version_id=waiting.version_id,
        sha256=waiting.sha256,
        known_from=now,
        activated_at=now,
        backfilled=waiting.backfilled,
        jurisdiction=waiting.jurisdiction,
        categories=frozenset(row["category"] for one in known for row in one.rows),
    )
    refs = tuple(sorted([*(one for one in current.refs if one.code != ref.code), ref], key=lambda one: one.code))
    dossiers = {key: one for key, one in current.dossiers.items() if one.list_code != ref.code}
    dossiers |= fold(ref.code, ref.jurisdiction, known)
    linked = link(dict(sorted(dossiers.items())))
    return Snapshot.of(refs, linked, tuple(entry_of(dossier) for dossier in linked.values()), current.size_step)
