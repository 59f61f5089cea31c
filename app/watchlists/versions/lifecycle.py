"""The life of a version as a table: which state may follow which, by what verb.  Pure.

draft → submitted → approved → active → superseded
            │           └→ scheduled → active
            └→ rejected (also from approved, scheduled)
draft, submitted, approved, scheduled → withdrawn, by its maker
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.access.person import is_same_person
from app.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a person does to a version: from which states, to which, and who may not or must."""

    name: str
    zh: str
    since: frozenset[str]
    to: str
    not_by_maker: bool = False
    by_maker: bool = False


_PENDING: Final = frozenset({"draft", "submitted", "approved", "scheduled"})

VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        verb.name: verb
        for verb in (
            Verb("submit", "提交", frozenset({"draft"}), "submitted"),
            Verb("approve", "复核通过", frozenset({"submitted"}), "approved", not_by_maker=True),
            Verb(
                "reject",
                "退回",
                frozenset({"submitted", "approved", "scheduled"}),
                "rejected",
                not_by_maker=True,
            ),
            Verb("withdraw", "撤回", _PENDING, "withdrawn", by_maker=True),
            Verb("schedule", "定时启用", frozenset({"approved", "scheduled"}), "scheduled"),
            Verb("activate", "启用", frozenset({"approved", "scheduled"}), "active"),
        )
    }
)

STATES_ZH: Final = {
    "draft": "草稿",
    "submitted": "待复核",
    "approved": "已复核",
    "scheduled": "待启用",
    "active": "在用",
    "superseded": "已被取代",
    "rejected": "已退回",
    "withdrawn": "已撤回",
}


def may(verb: Verb, state: str, maker: str, actor: str) -> None:
    """Raise where a person may not do this to a version: :class:`Conflict` for its state, :class:`Forbidden` for whom.

    Names that a reader cannot tell apart are one person.
    """
    if state not in verb.since:
        since = "、".join(STATES_ZH[one] for one in sorted(verb.since, key=list(STATES_ZH).index))
        raise Conflict(
            "version-state",
            f"该版本状态为“{STATES_ZH[state]}”，只有“{since}”的版本可以{verb.zh} "
            f"(the version is {state}; {verb.name} needs {' or '.join(sorted(verb.since))})",
        )
    is_maker = is_same_person(maker, actor)
    if verb.not_by_maker and is_maker:
        raise Forbidden("four-eyes", f"经办人 {maker} 不能{verb.zh}自己的版本 (its maker cannot {verb.name} a version)")
    if verb.by_maker and not is_maker:
        raise Forbidden("not-maker", f"只有经办人 {maker} 可以{verb.zh} (only its maker can {verb.name} a version)")
