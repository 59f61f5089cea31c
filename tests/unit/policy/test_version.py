"""A rule version says what decided: another switch, date or text is another version, and an old one can be revived."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from app.policy.parameters import Parameters, as_json, from_json
from app.policy.rule_version import RuleChange, changes, describe, revive, rule_version
from app.policy.tables import CURRENT
from app.policy.vocabulary import Outcome

OTHERS: dict[str, Any] = {
    "notice_from": date(2017, 3, 4),
    "published_on": date(2017, 3, 5),
    "default_jurisdiction": "610100",
    "day_rule": "EXCLUSIVE",
    "requires_both_clearances": True,
    "inherit_confirmed": Outcome.REVIEW,
    "moratorium_from": date(2017, 3, 1),
    "moratorium_until": date(2017, 12, 31),
    "holders_max": 100,
    "rename_window_days": 30,
    "cutoffs": Parameters().cutoffs[:1],
    "opinion_issuers": Parameters().opinion_issuers[:1],
    "banned_products": Parameters().banned_products[:1],
    "authority_endings": ("人民法院",),
}


def test_every_parameter_is_tried() -> None:
    assert set(OTHERS) == {field.name for field in fields(Parameters)}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_every_parameter_makes_another_version_and_comes_back_from_json(name: str) -> None:
    other = replace(Parameters(), **{name: OTHERS[name]})
    assert rule_version(CURRENT, other) != rule_version(CURRENT, Parameters())
    assert from_json(json.loads(json.dumps(as_json(other)))) == other


def test_version_names_the_table_and_is_the_same_every_time() -> None:
    version = rule_version(CURRENT, Parameters())
    assert version.startswith("FJ17-1-")
    assert version == rule_version(CURRENT, Parameters())


def test_outcome_text_and_order_are_part_of_it() -> None:
    first, second, *rest = CURRENT.listing
    ground = replace(first.grounds[0], text_zh="另一说法")
    for listing in (
        (replace(first, outcome=Outcome.BLOCK), second, *rest),
        (replace(first, grounds=(ground,)), second, *rest),
        (replace(first, flags=("X",)), second, *rest),
        (second, first, *rest),
    ):
        assert rule_version(replace(CURRENT, listing=listing), Parameters()) != rule_version(CURRENT, Parameters())


def test_stored_description_revives_table_and_parameters() -> None:
    parameters = replace(Parameters(), day_rule="EXCLUSIVE")
    stored = json.loads(json.dumps(describe(CURRENT, parameters)))
    assert revive(stored) == (CURRENT, parameters)
    with pytest.raises(LookupError, match="FJ17-0"):
        revive({**stored, "table": "FJ17-0"})


def test_changes_name_the_place_before_and_after() -> None:
    before = describe(CURRENT, Parameters())
    first, *rest = CURRENT.listing
    changed = replace(CURRENT, listing=(replace(first, outcome=Outcome.BLOCK), *rest))
    after = describe(changed, replace(Parameters(), holders_max=100))
    assert changes(before, after) == (
        RuleChange("parameters/holders_max", 200, 100),
        RuleChange("rules/D01/outcome", "PASS", "BLOCK"),
    )
    assert changes(before, before) == ()
