"""How long a list is, in a few named steps: what a rule asks of a pair depends on the step, never on the exact size.

Chance matches grow with the list, so a longer one asks for more evidence.  If the thresholds followed every
name that is added, adding one would change decisions about others.  Within a step a decision about a pair
depends on the pair alone, and the step is part of the version that an answer carries.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_FALLS_BELOW: Final = 0.8
"""A list falls back a step only below this share of that step's limit, so that it does not go to and fro."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeStep:
    """One step: lists of up to ``names_max`` names.

    ``odds_off``: what is taken off the log-odds of every pair, the logarithm of a typical size over 5,000;
    ``reach``: within how many places of a query the two characters of a key are.
    """

    name: str
    names_max: int
    odds_off: float
    reach: int


@cache
def size_steps() -> tuple[SizeStep, ...]:
    """Return all steps, the shortest lists first."""
    text = files("app.matching").joinpath("data", "size_steps.json").read_text("utf-8")
    return tuple(SizeStep(**step) for step in json.loads(text))


def size_step_named(name: str) -> SizeStep:
    """Return a step by its name; raises ValueError for a name that none has."""
    for step in size_steps():
        if step.name == name:
            return step
    raise ValueError(f"no size step is named {name}")


def size_step_of(listed_names: int, before: SizeStep | None = None) -> SizeStep:
    """Return the step of a list of so many names.

    ``before``: the step of the same list until now.  A list that shrinks a little below a limit stays in it.
    """
    steps = size_steps()
    place = next(i for i, step in enumerate(steps) if listed_names <= step.names_max)
    if before is not None:
        while steps[place].names_max < before.names_max and listed_names > _FALLS_BELOW * steps[place].names_max:
            place += 1
    return steps[place]
