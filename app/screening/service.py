"""Screening for whoever asks: find the lists, decide, record, and only then answer."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import idempotency
from app.access.idempotency import IdempotencyClaim
from app.db import Database, WriteSession
from app.errors import Fault, Invalid
from app.law_parameters import parameters_of
from app.policy.parameters import Parameters
from app.policy.rule_version import describe, rule_version
from app.policy.tables import CURRENT
from app.screening import record
from app.screening.models import RuleVersion
from app.screening.quiet_answers import QuietAnswers
from app.screening.record import Author
from app.screening.record_statement import RecordUnit
from app.screening.recorder import Recorder
from app.screening.request import ScreeningInput
from app.screening.screen import DecisionBasis, DecisionContext, PartyHits, answer, find
from app.screening.serialise import SerialisedDecision, serialise
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import CurrentSnapshot, Snapshot, SnapshotCache

Suppressed = Callable[[str, ScreeningInput, PartyHits, Snapshot], tuple[tuple[str, str], ...]]
"""Says which entities the people of a client found to be others than the party, each with its suppression's id."""


def _nothing(_client: str, _asked: ScreeningInput, _found: PartyHits, _lists: Snapshot) -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(slots=True)
class ScreeningService:
    """Where counterparties are screened: the lists of one process, the law, and the record.

    ``recorder`` is None where a process decides only now and then; it then records in a transaction of its own.
    """

    database: Database
    snapshots: SnapshotCache
    parameters: Parameters
    rule_version: str
    freshness_max_s: float
    matches_max: int
    recorder: Recorder | None = None
    suppressed: Suppressed = _nothing
    _now: "tuple[DecisionBasis, QuietAnswers] | None" = field(default=None, repr=False)

    @classmethod
    def open(
        cls,
        database: Database,
        snapshots: SnapshotCache,
        settings: Settings,
        recorder: Recorder | None = None,
        suppressed: Suppressed = _nothing,
    ) -> "ScreeningService":
        """Open a service; the version of the law that it decides by is recorded first.

        ``suppressed`` is asked where a party of a client has matches; it must answer from memory.
        """
        parameters = parameters_of(settings)
        version = rule_version(CURRENT, parameters)
        _record_rule_version(database, version, parameters)
        return cls(
            database=database,
            snapshots=snapshots,
            parameters=parameters,
            rule_version=version,
            freshness_max_s=settings.freshness_max_s,
            matches_max=settings.candidates_max,
            recorder=recorder,
            suppressed=suppressed,
        )

    def decide(self, asked: ScreeningInput, client: str | None = None) -> SerialisedDecision:
        """Return the sealed answer to a question, not recorded yet; a ``client`` has its suppressions followed.

        Raises :class:`Invalid` for a list that is not in force, ``Unavailable`` where the lists in force
        were never known.
        """
        current = self.snapshots.current
        in_force = self._narrowed(current.snapshot, asked.lists, must_exist=True)
        as_known = in_force
        if asked.known_at is not None:
            as_known = self._narrowed(self.snapshots.known_at(asked.known_at), asked.lists, must_exist=False)
        basis = DecisionBasis(
            as_known, in_force, self.parameters, CURRENT, self.rule_version, narrowed=asked.lists is not None
        )
        found = find([asked.counterparty], basis)[0]
        context = self._followed(self._context(current), asked, client, found, as_known)
        return serialise(asked, basis, context, answer(asked, basis, context, str(uuid.uuid4()), found))

    def decide_now(
        self, questions: Sequence[ScreeningInput], clients: Sequence[str | None] | None = None
    ) -> list[SerialisedDecision]:
        """Decide questions about what is known now, of all lists, together; it never waits for anything.

        Together they share what a search costs before it begins; ``clients`` are those who ask them.  Raises
        ``Unavailable`` as :meth:`decide` does.
        """
        current = self.snapshots.current
        if self._now is None or self._now[0].in_force is not current.snapshot:
            basis = DecisionBasis(
                current.snapshot, current.snapshot, self.parameters, CURRENT, self.rule_version, narrowed=False
            )
            self._now = basis, QuietAnswers(basis)
        basis, quiet = self._now
        context = self._context(current)
        found = find([asked.counterparty for asked in questions], basis)
        sealed = []
        for asked, client, hits in zip(questions, clients or [None] * len(questions), found, strict=True):
            screening_id = str(uuid.uuid4())
            alike = None if hits.as_known else quiet.decided(asked, context, screening_id)
            if alike is None:
                followed = self._followed(context, asked, client, hits, basis.as_known)
                alike = serialise(asked, basis, followed, answer(asked, basis, followed, screening_id, hits))
            sealed.append(alike)
        return sealed

    def _followed(
        self, context: DecisionContext, asked: ScreeningInput, client: str | None, found: PartyHits, lists: Snapshot
    ) -> DecisionContext:
        """Return the context with what the client's people have found of the party's matches."""
        if client is None or not found.as_known:
            return context
        suppressed = self.suppressed(client, asked, found, lists)
        return replace(context, suppressed=suppressed) if suppressed else context

    def _context(self, current: CurrentSnapshot) -> DecisionContext:
        return DecisionContext(
            clock.now(),
            any_active=bool(current.snapshot.refs),
            stale=current.age_s > self.freshness_max_s or current.is_clock_behind,
            matches_max=self.matches_max,
        )

    def screen(self, asked: ScreeningInput, author: Author, claim: IdempotencyClaim | None = None) -> str:
        """Decide, record and return the text of the answer; with a claim, once for each idempotency key.

        Raises ``Conflict`` where the same key came with another body, and what :meth:`decide` raises.
        """
        first = self.recall(claim)
        if first is not None:
            return first[0]
        sealed = self.decide(asked, author.client)
        return self.keep([sealed], [sealed.text], author, claim)[0]

    def recall(self, claim: IdempotencyClaim | None) -> list[str] | None:
        """Return the texts that were answered to the claim before; None where it is new, or there is none."""
        if claim is None:
            return None
        with self.database.read() as session:
            first: list[str] | None = idempotency.recall(session, claim)
            return first

    def keep(
        self, sealed: Sequence[SerialisedDecision], texts: list[str], author: Author, claim: IdempotencyClaim | None
    ) -> list[str]:
        """Record decisions in one transaction, and for the claim the texts of the whole answer; return the texts.

        Where somebody else with the same claim was first, nothing is recorded and theirs are returned.
        """
        if self.recorder is not None:
            return self.recorder.record_now(RecordUnit.of(sealed, texts, author, claim))
        try:
            with self.database.write() as session:
                if claim is not None:
                    idempotency.remember(session, claim, texts)
                record.record(session, sealed, author)
        except IntegrityError:
            first = self.recall(claim)
            if first is None:
                raise
            return first
        return texts

    def _narrowed(self, snapshot: Snapshot, codes: tuple[str, ...] | None, *, must_exist: bool) -> Snapshot:
        if codes is None:
            return snapshot
        unknown = sorted(set(codes) - snapshot.codes)
        if unknown and must_exist:
            raise Invalid(
                "list-not-in-force",
                f"名单未生效 / not in force: {', '.join(unknown)}",
                faults=[
                    Fault("/lists", "list-not-in-force", f"{code}: 无此名单或未生效 / not in force") for code in unknown
                ],
            )
        return self.snapshots.at(ref for ref in snapshot.refs if ref.code in codes)


def _record_rule_version(database: Database, version: str, parameters: Parameters) -> None:
    """Record what a rule version says, the first time it is used."""

    def is_recorded(session: WriteSession) -> bool:
        return session.get(RuleVersion, version) is not None

    try:
        with database.write() as session:
            if not is_recorded(session):
                session.add(
                    RuleVersion(version=version, content=describe(CURRENT, parameters), first_used_at=clock.now())
                )
    except IntegrityError:
        with database.write() as session:
            if not is_recorded(session):
                raise
