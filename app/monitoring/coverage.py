"""What a book can say of itself: the standing of one counterparty, what is covered and what is not, what changed.

Absence is an answer only with coverage: a counterparty that no finished run has decided is UNKNOWN, never PASS.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import func, select

from app.clock import local_date
from app.db import ReadSession
from app.monitoring import book
from app.monitoring.alert_rules import Silence
from app.monitoring.alert_sync import silences_of
from app.monitoring.basis import BookBasis
from app.monitoring.book import BookEntry
from app.monitoring.changes import UNKNOWN
from app.monitoring.models import ChangeRow, CounterpartyRow, CoverageError, CoverageRow, Pair, Standing
from app.policy.tables import CURRENT
from app.policy.vocabulary import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStanding:
    """The decision in force on one service.

    ``outcome`` follows the suppressions (``suppressed_by``), ``outcome_matched`` does not.  ``since`` is None where
    it passes by coverage or is unknown; ``next_date`` the next date on which it may change.
    """

    service: str
    outcome: str
    outcome_matched: str
    reasons: Sequence[Mapping[str, Any]]
    matches: Sequence[Mapping[str, Any]]
    since: datetime | None
    next_date: date | None
    suppressed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """On what the decisions in force rest."""

    lists: tuple[tuple[str, int], ...]
    rule_version: str
    engine_version: str
    decided_for_date: date
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterpartyView:
    """A counterparty with its standing; ``coverage`` is None where no finished run has decided it."""

    client: str
    entry: BookEntry
    standing: tuple[ServiceStanding, ...]
    coverage: Basis | None
    error: str | None

    @property
    def outcome(self) -> str:
        """The worst over its services; UNKNOWN where it is not covered."""
        outcomes = {one.outcome for one in self.standing}
        return next((one for one in (UNKNOWN, "BLOCK", "REVIEW") if one in outcomes), "PASS")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """How far the book of a client is decided.

    ``pending`` are open counterparties that changed since, ``errors`` those that could not be decided;
    ``differences`` counts the counterparties on which a whole run did not agree with the steps before it.
    """

    client: str
    book_revision: int
    covered_revision: int
    open: int
    closed: int
    decided: int
    pending: int
    errors: int
    by_outcome: Mapping[str, int]
    differences: int
    whole_at: datetime | None
    basis: Basis | None
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change, as the feed tells it."""

    seq: int
    id: str
    client: str
    counterparty_id: str
    service: str
    kind: str
    from_outcome: str
    to_outcome: str
    reasons: Sequence[Mapping[str, Any]]
    matches: Sequence[Mapping[str, Any]]
    cause: str
    basis_from: str | None
    basis_to: str
    at: datetime


def coverage(session: ReadSession, client: str, now: datetime) -> CoverageView:
    """Return how far the book of a client is decided."""
    state = book.state(session, client)
    row = session.get(CoverageRow, client)
    covered = row.book_revision if row is not None and row.basis is not None else -1
    rows = CounterpartyRow
    opened = (rows.client == client, rows.closed_at.is_(None))
    pending = session.scalar(select(func.count()).where(*opened, rows.revision > covered)) or 0
    failed = (
        select(func.count())
        .select_from(CoverageError)
        .join(rows, (rows.client == CoverageError.client) & (rows.id == CoverageError.counterparty_id))
    )
    errors = session.scalar(failed.where(*opened, rows.revision <= covered)) or 0
    return CoverageView(
        client=client,
        book_revision=state.revision,
        covered_revision=max(covered, 0),
        open=state.open,
        closed=state.closed,
        decided=state.open - pending - errors,
        pending=pending,
        errors=errors,
        by_outcome=_by_outcome(session, client),
        differences=row.differences if row is not None else 0,
        whole_at=row.whole_at if row is not None else None,
        basis=_basis(row),
        age_s=(now - row.decided_at).total_seconds() if row is not None and row.decided_at else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTotals:
    """Of all books together: differences of nightly decisions, undecided counterparties, the oldest whole decision."""

    differences: int
    errors: int
    whole_at: datetime | None


def totals(session: ReadSession) -> BookTotals:
    """Return what an operator watches of all books."""
    columns = (func.coalesce(func.sum(CoverageRow.differences), 0), func.min(CoverageRow.whole_at))
    differences, whole_at = session.execute(select(*columns)).one()
    errors = session.scalar(select(func.count()).select_from(CoverageError)) or 0
    return BookTotals(differences=int(differences), errors=errors, whole_at=whole_at)


def _by_outcome(session: ReadSession, client: str) -> dict[str, int]:
    """Return how many decisions that are not PASS are stored, by outcome."""
    statement = select(Standing.outcome, func.count()).where(Standing.client == client).group_by(Standing.outcome)
    found = {outcome: count for outcome, count in session.execute(statement)}  # noqa: C416 - a Row is no pair to mypy
    return {outcome: found.get(outcome, 0) for outcome in ("BLOCK", "REVIEW")}


def _basis(row: CoverageRow | None) -> Basis | None:
    if row is None or row.basis is None or row.decided_at is None:
        return None
    found = BookBasis.from_json(row.basis)
    return Basis(
        lists=found.lists,
        rule_version=found.rule_version,
        engine_version=found.engine_version,
        decided_for_date=found.on,
        decided_at=row.decided_at,
    )


def view(session: ReadSession, client: str, counterparty_id: str, now: datetime) -> CounterpartyView:
    """Return a counterparty with its standing.  Raises ``NotFound``."""
    return views(session, [(client, book.read(session, client, counterparty_id))], now)[0]


def views(session: ReadSession, entries: Iterable[tuple[str, BookEntry]], now: datetime) -> list[CounterpartyView]:
    """Return counterparties with their standings, in their order."""
    listed = list(entries)
    found: dict[tuple[str, str], CounterpartyView] = {}
    for client in {client for client, _ in listed}:
        of_client = [entry for each, entry in listed if each == client]
        for one in _views(session, client, of_client, now):
            found[client, one.entry.member.id] = one
    return [found[client, entry.member.id] for client, entry in listed]


def _views(
    session: ReadSession, client: str, entries: Sequence[BookEntry], now: datetime
) -> Iterable[CounterpartyView]:
    ids = [entry.member.id for entry in entries]
    row = session.get(CoverageRow, client)
    basis = _basis(row)
    covered = row.book_revision if row is not None and basis is not None else -1
    failed = select(CoverageError).where(CoverageError.client == client, CoverageError.counterparty_id.in_(ids))
    errors = {one.counterparty_id: one.error for one in session.scalars(failed)}
    stored: dict[str, dict[str, Standing]] = {}
    statement = select(Standing).where(Standing.client == client, Standing.counterparty_id.in_(ids))
    for one in session.scalars(statement):
        stored.setdefault(one.counterparty_id, {})[one.service] = one
    silences = silences_of(session, client, ids)
    pairs: dict[str, dict[str, Pair]] = {}
    for pair in session.scalars(select(Pair).where(Pair.client == client, Pair.counterparty_id.in_(list(silences)))):
        pairs.setdefault(pair.counterparty_id, {})[pair.entity_id] = pair
    for entry in entries:
        one_id = entry.member.id
        is_covered = entry.closed_at is None and entry.revision <= covered and one_id not in errors
        reader = _Reader(basis, silences.get(one_id, ()), pairs.get(one_id, {}), local_date(now))
        rows = stored.get(one_id, {})
        yield CounterpartyView(
            client=client,
            entry=entry,
            standing=tuple(
                reader.standing(service.value, rows.get(service.value)) if is_covered else _unknown(service.value)
                for service in entry.member.services
            )
            if entry.closed_at is None
            else (),
            coverage=basis if is_covered else None,
            error=errors.get(one_id),
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the stored decisions of one counterparty with the suppressions that hold today."""

    basis: Basis | None
    silences: Sequence[Silence]
    pairs: Mapping[str, Pair]
    today: date

    def standing(self, service: str, row: Standing | None) -> ServiceStanding:
        if row is None:
            passing = Outcome.PASS.value
            return ServiceStanding(
                service=service,
                outcome=passing,
                outcome_matched=passing,
                reasons=[no_entry()],
                matches=[],
                since=None,
                next_date=None,
            )
        matches = with_versions(row.decision["matches"], self.basis.lists if self.basis else ())
        outcome, suppressed_by = self._followed(row, matches)
        return ServiceStanding(
            service=service,
            outcome=outcome,
            outcome_matched=row.outcome,
            reasons=row.decision["reasons"],
            matches=matches,
            since=row.since,
            next_date=row.next_date,
            suppressed_by=suppressed_by,
        )

    def _followed(self, row: Standing, matches: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[str, ...]]:
        """Return the outcome without the matches that are suppressed, and by what they are."""
        by: dict[str, None] = {}
        left: list[Outcome] = [Outcome(row.findings_outcome)]
        for match in matches:
            silence = self._silence_of(match)
            if silence is None or match["outcome"] == Outcome.PASS:
                left.append(Outcome(match["outcome"]))
            else:
                by[silence.id] = None
        if not by:
            return row.outcome, ()
        return max(left, key=lambda one: one.severity).value, tuple(by)

    def _silence_of(self, match: Mapping[str, Any]) -> Silence | None:
        pair = self.pairs.get(match["entity_id"])
        if pair is None:
            return None
        contents = (pair.content_sha256, pair.entity_sha256)
        return next(
            (
                one
                for one in self.silences
                if one.covers(match["entity_id"], contents, match["strength"], match["outcome"], self.today)
            ),
            None,
        )


def _unknown(service: str) -> ServiceStanding:
    return ServiceStanding(
        service=service,
        outcome=UNKNOWN,
        outcome_matched=UNKNOWN,
        reasons=[],
        matches=[],
        since=None,
        next_date=None,
    )


def with_versions(matches: Iterable[Mapping[str, Any]], lists: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return matches with the version of their list that is in force by a basis, as an answer has it."""
    versions = dict(lists)
    return [{**match, "list_version": versions.get(match["list_code"])} for match in matches]


@cache
def no_entry() -> Mapping[str, Any]:
    """Return the reason of a pass by coverage: the row of the decision table that says that nothing matches."""
    rule = next(rule for rule in CURRENT.party if rule.code == "NO_ENTRY")
    ground = rule.grounds[0]
    return {
        "code": rule.code,
        "basis_code": ground.basis_code,
        "text_zh": ground.text_zh,
        "text_en": ground.text_en,
        "entity_id": None,
        "doc_no": None,
    }


def changes(
    session: ReadSession,
    client: str | None,
    *,
    after: int = 0,
    limit: int = 100,
    counterparty_id: str | None = None,
) -> list[ChangeView]:
    """Return changes in the order in which they were written, those after a number; ``client`` None: of all."""
    statement = select(ChangeRow).where(ChangeRow.seq > after).order_by(ChangeRow.seq).limit(limit)
    if client is not None:
        statement = statement.where(ChangeRow.client == client)
    if counterparty_id is not None:
        statement = statement.where(ChangeRow.counterparty_id == counterparty_id)
    return [
        ChangeView(
            seq=one.seq,
            id=one.id,
            client=one.client,
            counterparty_id=one.counterparty_id,
            service=one.service,
            kind=one.kind,
            from_outcome=one.from_outcome,
            to_outcome=one.to_outcome,
            reasons=one.decision["reasons"],
            matches=one.decision["matches"],
            cause=one.cause,
            basis_from=one.basis_from,
            basis_to=one.basis_to,
            at=one.at,
        )
        for one in session.scalars(statement)
    ]
