"""The decision table FJ17-1: docs/rules.md, rows D01–D28, each in its place.

A table that was ever in force is never edited in what it decides: a change of an outcome is a new table beside it,
so that old decisions stay runnable (``tests/unit/policy/test_frozen.py`` holds this one fast).
"""

from typing import Final

from app.policy.rule import RuleTable
from app.policy.tables.fj17_1.entity import CAPS, ENTITY
from app.policy.tables.fj17_1.listing import LISTING
from app.policy.tables.fj17_1.party import FLOORS, PARTY
from app.policy.tables.fj17_1.relation import PERSON, RELATION

TABLE: Final = RuleTable(
    name="FJ17-1",
    entity=ENTITY,
    listing=LISTING,
    relation=RELATION,
    person=PERSON,
    party=PARTY,
    caps=CAPS,
    floors=FLOORS,
)
