"""Between two neighbouring boundaries a decision is constant, whatever the dossiers say."""

import sys
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))

from lawbook import World, member, row
from test_properties import DATES, histories

from app.monitoring.boundaries import boundaries, heirs, lineage, next_boundary
from app.policy.vocabulary import Service

DAY = timedelta(days=1)


def _decided(world: World, on: date, service: Service, strength: str) -> object:
    decision = world.ask(on.isoformat(), service=service.value, strength=strength)
    return (
        decision.outcome,
        decision.reasons,
        decision.next_action_zh,
        [(one.rule, one.outcome, one.status, one.effective_from, one.flags) for one in decision.matches],
        decision.flags,
    )


@settings(max_examples=400, deadline=None)
@given(
    world=histories(), on=DATES, service=st.sampled_from(list(Service)), strength=st.sampled_from(["CONFIRMED", "WEAK"])
)
def test_a_decision_changes_only_on_a_boundary(world: World, on: date, service: Service, strength: str) -> None:
    dossiers = world.dossiers()
    until = next_boundary(dossiers, dossiers, world.parameters, on) or on + timedelta(days=900)
    first = _decided(world, on, service, strength)
    step = max(1, (until - on).days // 8)
    days = {until - DAY, *(on + timedelta(days=d) for d in range(0, (until - on).days, step))}
    for day in sorted(one for one in days if on <= one < until):
        assert _decided(world, day, service, strength) == first


def test_a_boundary_is_met_from_the_day_before() -> None:
    world = World().publish("03-20", row("V"))
    dossiers = world.dossiers()
    assert next_boundary(dossiers, dossiers, world.parameters, date(2017, 6, 29)) == date(2017, 6, 30)
    assert next_boundary(dossiers, dossiers, world.parameters, date(2017, 6, 30)) == date(2017, 7, 1)


def test_a_member_changes_with_its_venue_and_the_venue_names_its_members() -> None:
    world = World().publish("03-20", row("V"), member("M", parent="V"), row("W"))
    dossiers = world.dossiers()
    by_id = {dossier.external_id: key for key, dossier in dossiers.items()}
    assert lineage(dossiers, [by_id["M"]]) == {by_id["M"], by_id["V"]}
    assert heirs(dossiers, [by_id["V"]]) == {by_id["M"], by_id["V"]}
    assert boundaries(dossiers[by_id["V"]], world.parameters)
