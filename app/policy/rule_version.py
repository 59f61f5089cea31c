"""The version of the law as applied: a table and its parameters as plain JSON, named by their hash."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import rfc8785

from app.policy.parameters import Parameters, as_json, from_json
from app.policy.rule import Rule, RuleTable
from app.policy.tables import TABLES

_HASH_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One difference between two rule versions: where (``rules/D13/confirmed/outcome``), before and after."""

    place: str
    before: Any
    after: Any


def describe(table: RuleTable, parameters: Parameters) -> dict[str, Any]:
    """Return a table and its parameters as they are now, in plain JSON; this is what is stored and shown."""
    stages: tuple[tuple[str, tuple[Rule[Any], ...]], ...] = (
        ("entity", table.entity),
        ("listing", table.listing),
        ("relation", table.relation),
        ("person", table.person),
        ("cap", tuple(table.caps.values())),
        ("party", table.party),
        ("floor", table.floors),
    )
    rules = [_rule_as_json(stage, rule) for stage, of_stage in stages for rule in of_stage]
    return {"table": table.name, "rules": rules, "parameters": as_json(parameters)}


def _rule_as_json(stage: str, rule: Rule[Any]) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "id": rule.id,
        "stage": stage,
        "code": rule.code,
        "outcome": rule.outcome.value,
        "when_zh": rule.when_zh,
        "when_en": rule.when_en,
        "flags": list(rule.flags),
        "clears": rule.clears,
        "ignores": rule.ignores,
        "order_on_cutoff_date": list(rule.order_on_cutoff_date),
        "grounds": [
            {
                "code": ground.code or rule.code,
                "basis_code": ground.basis_code,
                "text_zh": ground.text_zh,
                "text_en": ground.text_en,
            }
            for ground in (*rule.grounds, *rule.grounds_of_own_deadline)
        ],
    }


@lru_cache(maxsize=64)
def rule_version(table: RuleTable, parameters: Parameters) -> str:
    """Return the name of a table with its parameters: the table's, and the start of their sha256 (JCS)."""
    digest = hashlib.sha256(rfc8785.dumps(describe(table, parameters))).hexdigest()
    return f"{table.name}-{digest[:_HASH_LENGTH]}"


def revive(description: Mapping[str, Any]) -> tuple[RuleTable, Parameters]:
    """Return the table and the parameters of a stored description, so that an old decision can be made again.

    Raises :class:`LookupError` where the program no longer has the table.
    """
    table = TABLES.get(description["table"])
    if table is None:
        raise LookupError(f"this program has no decision table {description['table']}")
    return table, from_json(description["parameters"])


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[RuleChange, ...]:
    """Return what differs between two descriptions, rule by rule and parameter by parameter."""
    return tuple(_changes("", _by_name(before), _by_name(after)))


def _by_name(description: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "table": description["table"],
        "rules": {rule["rule"]: rule for rule in description["rules"]},
        "order": [rule["rule"] for rule in description["rules"]],
        "parameters": description["parameters"],
    }


def _changes(place: str, before: object, after: object) -> Iterator[RuleChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _changes(f"{place}/{key}" if place else str(key), before.get(key), after.get(key))
    elif before != after:
        yield RuleChange(place, before, after)
