"""What holds for every history: a decision always, one that later knowledge never changes, and never a milder one.

A history is driven event by event; the milder answer after more evidence is allowed only where a clearing event, a
withdrawal or an approval has come in.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from lawbook import CHINA, EVERYTHING, OPINION, World, member, row
from proofs import APPROVAL, KEYWORD

from app.policy.vocabulary import Action, Category, EntityKind, Outcome, Service
from app.watchlists.history.projection import fold, fold_onto, link
from app.watchlists.history.version import VersionRows

CATEGORIES = [category for category in Category if category not in {Category.APPROVED, Category.RELATED}]
CLEARING = {"CLEAR", "ACCEPT", "LIFT", "APPROVE", "CONFIRM_LATE", "WITHDRAW_ERROR"}
ENDING = {"CLEAR", "ACCEPT", "CLOSE", "MERGE", "LIFT", "APPROVE"}
"""What a venue may be listed again after."""
DATES = st.dates(date(2016, 6, 1), date(2018, 12, 31))
SERVICES = st.sampled_from(list(Service))
EVERY_SERVICE = [Service.ACCOUNT_OPEN, Service.FUND_SETTLEMENT, Service.CREDIT, Service.INVESTOR_PAYOUT]
PROBES = ["2016-12-01", "2017-03-01", "2017-06-29", "2017-06-30", "2017-07-20", "2018-06-01"]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a row that a list could bring, sensible or not."""
    category = draw(st.sampled_from([*CATEGORIES, Category.APPROVED, Category.RELATED]))
    on = draw(DATES).isoformat()
    cells = {
        "effective_from": draw(DATES).isoformat(),
        "determined_on": draw(DATES).isoformat(),
        "entity_kind": draw(st.sampled_from(list(EntityKind))).value,
        "opinion_date": on,
        "jmc_date": on,
        "closed_on": on,
        **OPINION,
        **APPROVAL,
        "approval_date": on,
    }
    if draw(st.booleans()):
        cells["rectify_deadline"] = draw(DATES).isoformat()
    if draw(st.booleans()):
        cells |= {"winddown_until": draw(DATES).isoformat()}
    if draw(st.booleans()):
        cells |= {"parent_external_id": draw(st.sampled_from("ABC"))}
    if draw(st.booleans()):
        cells |= {"relation_status": draw(st.sampled_from(["CONFIRMED", "CLAIMED", "INFERRED", "ENDED"]))}
    action = draw(st.sampled_from(list(Action)))
    return row(draw(st.sampled_from("ABC")), action.value, category.value, **cells)


@st.composite
def histories(draw: st.DrawFn) -> World:
    """Draw a list of some versions, each a day or more after the one before."""
    world = World()
    known = date(2017, 1, 1)
    for version in draw(st.lists(st.lists(rows(), max_size=3, unique_by=lambda one: one["external_id"]), max_size=6)):
        known += timedelta(days=draw(st.integers(0, 90)))
        world.publish(known.isoformat(), *version)
    return world


@settings(max_examples=150, deadline=None)
@given(
    world=histories(),
    on=DATES,
    service=SERVICES,
    strength=st.sampled_from(["CONFIRMED", "STRONG", "WEAK"]),
    kind=st.sampled_from(["ORGANISATION", "PERSON", "UNKNOWN"]),
    initiated=st.none() | DATES,
)
def test_every_question_has_a_decision_with_a_reason(
    world: World, on: date, service: Service, strength: str, kind: str, initiated: date | None
) -> None:
    decision = world.ask(
        on.isoformat(),
        service=service.value,
        strength=strength,
        kind=kind,
        initiated_on=initiated.isoformat() if initiated else None,
    )
    assert decision.reasons
    assert all(reason.text_zh and reason.text_en and "{" not in reason.text_zh for reason in decision.reasons)
    assert decision.next_action_zh
    assert strength == "CONFIRMED" or decision.outcome is not Outcome.BLOCK
    assert decision.outcome.severity >= max(
        (one.outcome.severity for one in decision.matches if one.is_listed), default=0
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(world=histories(), on=DATES, service=SERVICES)
def test_surer_match_is_never_treated_more_lightly(world: World, on: date, service: Service) -> None:
    assume(not any(_may_clear(dossier) for dossier in world.dossiers().values()))
    severities = [
        world.ask(on.isoformat(), service=service.value, strength=strength, findings=[KEYWORD]).outcome.severity
        for strength in ("WEAK", "STRONG", "CONFIRMED")
    ]
    assert severities == sorted(severities)


def _may_clear(dossier: Any) -> bool:
    categories = {listing.category for listing in dossier.listings}
    actions = {event.action.value for listing in dossier.listings for event in listing.events}
    return bool(categories & {Category.APPROVED, Category.RELATED} or actions & CLEARING) or dossier.kind == "CLEARING"


@settings(max_examples=100, deadline=None)
@given(world=histories(), on=DATES, known=DATES)
def test_answer_as_known_never_changes_when_later_knowledge_arrives(world: World, on: date, known: date) -> None:
    before = world.ask(on.isoformat(), known_on=known.isoformat())
    later = max(
        [known, *(version.known_from.astimezone(CHINA).date() for _, vs in world.lists.values() for version in vs)]
    )
    world.publish((later + timedelta(days=1)).isoformat(), row("A", "WITHDRAW_ERROR"), row("B", category="WEIPAN"))
    assert world.ask(on.isoformat(), known_on=known.isoformat()) == before


@settings(max_examples=100, deadline=None)
@given(world=histories())
def test_folding_on_is_folding_anew(world: World) -> None:
    for code, (jurisdiction, versions) in world.lists.items():
        folded = {}
        for version in versions:
            folded = fold_onto(folded, code, jurisdiction, version)
        assert folded == fold(code, jurisdiction, versions)


class Histories(RuleBasedStateMachine):
    """One venue and its member, event by event, asked at every step on every clock."""

    @initialize(category=st.sampled_from(CATEGORIES), day=st.dates(date(2017, 1, 1), date(2017, 8, 1)))
    def list_it(self, category: Category, day: date) -> None:
        """List the venue, and answer some questions."""
        self.category, self.day = category, day
        self.world = World()
        self.answers: list[tuple[dict[str, Any], Any]] = []
        self.last: dict[tuple[str, str], int] = {}
        self.has_ended = False
        self.publish(row(category=category.value, effective_from=day.isoformat(), determined_on=day.isoformat()))

    def publish(self, *given_rows: dict[str, Any]) -> None:
        """Bring a version; what was answered by older ones stays on record."""
        may_reopen = self.may_reopen(given_rows)
        self.has_ended |= any(one["action"] in ENDING for one in given_rows)
        self.world.publish(self.day.isoformat(), *given_rows)
        clears = any(one["action"] in CLEARING for one in given_rows)
        for probe in PROBES:
            for service in EVERY_SERVICE:
                now = self.world.ask(probe, "V", service=service.value).outcome.severity
                before = self.last.get((probe, service.value))
                assert clears or before is None or now >= before or may_reopen, (probe, service)
                self.last[probe, service.value] = now

    def may_reopen(self, given_rows: tuple[dict[str, Any], ...]) -> bool:
        """Say whether a venue that had ended may be in the grace period again: relisted before the cutoff (D07)."""
        is_opening = any(one["action"] in {"RELIST", "ADD"} for one in given_rows)
        return self.category is Category.VIOLATING and self.has_ended and is_opening

    @rule(days=st.integers(1, 120), action=st.sampled_from(list(Action)), back=st.integers(0, 200))
    def event(self, days: int, action: Action, back: int) -> None:
        """Let something happen, effective today or some days back."""
        self.day += timedelta(days=days)
        on = (self.day - timedelta(days=back)).isoformat()
        cells = {"opinion_date": on, "jmc_date": on, "closed_on": on, **OPINION, **APPROVAL, "approval_date": on}
        self.publish(
            row(action=action.value, category=self.category.value, effective_from=on, determined_on=on, **cells)
        )

    @rule(days=st.integers(1, 30), status=st.sampled_from(["CONFIRMED", "CLAIMED"]))
    def join(self, days: int, status: str) -> None:
        """Bring a member."""
        self.day += timedelta(days=days)
        self.publish(member(status=status, effective_from=self.day.isoformat(), determined_on=self.day.isoformat()))

    @rule(on=DATES, service=SERVICES, who=st.sampled_from("VM"))
    def screen(self, on: date, service: Service, who: str) -> None:
        """Ask with what is known today, and keep the answer."""
        question = {"on": on.isoformat(), "known_on": self.day.isoformat(), "service": service.value}
        self.answers.append(({**question, "who": who}, self.ask({**question, "who": who})))

    def ask(self, question: dict[str, Any]) -> Any:
        """Ask one question again."""
        return self.world.ask(
            question["on"], question["who"], known_on=question["known_on"], service=question["service"]
        )

    @precondition(lambda self: self.answers)
    @rule()
    def time_passes(self) -> None:
        """Let a day pass in which nothing becomes known: versions and questions of one day are told apart."""
        self.day += timedelta(days=1)

    @invariant()
    def answers_as_known_stand(self) -> None:
        """Answer what was answered with what was known, and find the same."""
        for question, answer in getattr(self, "answers", ()):
            if question["known_on"] < self.day.isoformat():
                assert self.ask(question) == answer

    @invariant()
    def hindsight_is_a_fresh_computation(self) -> None:
        """Fold all versions anew, and find what is known now."""
        if not hasattr(self, "world"):
            return
        code, (jurisdiction, versions) = next(iter(self.world.lists.items()))
        fresh = link(fold(code, jurisdiction, [VersionRows(*_fields(version)) for version in versions]))
        assert self.world.dossiers() == fresh


def _fields(version: VersionRows) -> tuple[Any, ...]:
    rows_again = tuple(dict(one) for one in version.rows)
    return version.version, version.known_from, version.backfilled, version.file_kind, rows_again


def test_histories() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


def test_a_venue_that_is_added_again_after_its_end_is_in_the_grace_period_as_one_that_is_relisted() -> None:
    for action in ("ADD", "RELIST"):
        state = Histories()
        state.list_it(category=Category.VIOLATING, day=date(2017, 1, 1))
        state.event(days=1, action=Action.CLOSE, back=0)
        state.event(days=1, action=Action(action), back=0)
        assert state.last["2017-03-01", "FUND_SETTLEMENT"] == Outcome.REVIEW.severity
        assert state.last["2017-06-30", "FUND_SETTLEMENT"] == Outcome.BLOCK.severity


def test_more_evidence_is_never_milder_for_an_unlisted_party() -> None:
    plain = World().ask("2017-07-01", findings=[KEYWORD], coverage=EVERYTHING)
    future = World().publish("2017-03-20", row(effective_from="2018-01-01"))
    for strength in ("WEAK", "STRONG", "CONFIRMED"):
        asked = future.ask("2017-07-01", findings=[KEYWORD], strength=strength)
        assert asked.outcome.severity >= plain.outcome.severity
