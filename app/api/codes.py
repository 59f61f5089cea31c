"""The codes that answers carry, with their meaning: flags of decisions and types of problems.

Clients branch on them, so they are closed sets in the description, and docs/codes.md is generated from here.
"""

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.policy.rule import Rule
from app.policy.tables import CURRENT

_DATA: Final = Path(__file__).parent / "data"
URN: Final = "urn:cutoff:problem:"


@cache
def problems() -> Mapping[str, tuple[str, str, str]]:
    """Return the codes of problems: the statuses that they come with, and the meaning in Chinese and English."""
    return {code: (statuses, chinese, english) for code, statuses, chinese, english in _rows("problems.tsv")}


@cache
def flags() -> Mapping[str, tuple[str, str]]:
    """Return the flags of decisions with their meaning in Chinese and English; ``X:…`` says more after the colon."""
    return {flag: (chinese, english) for flag, chinese, english in _rows("flags.tsv")}


def reason_codes() -> list[str]:
    """Return every code that a reason can have by the decision table."""
    stages = (CURRENT.entity, CURRENT.listing, CURRENT.relation, CURRENT.caps.values(), CURRENT.party, CURRENT.floors)
    rules: list[Rule[Any]] = [rule for stage in stages for rule in stage]
    return sorted(
        {rule.code for rule in rules} | {ground.code for rule in rules for ground in rule.grounds if ground.code}
    )


def _rows(name: str) -> list[list[str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


Flag = StrEnum("Flag", {flag: flag for flag in flags() if not flag.endswith("…")})  # type: ignore[misc]  # made of a file
"""Flags that are one word; those with a colon say more after it."""

FLAG_PATTERN: Final = f"^({'|'.join(flag[:-2] for flag in flags() if flag.endswith('…'))}):"
"""What the other flags look like."""

ProblemType = StrEnum("ProblemType", {code.replace("-", "_").upper(): URN + code for code in problems()})  # type: ignore[misc]  # as above
"""Types of problems."""
