"""``/v1/rules``: the decision table, its parameters and texts as they were, and what changed between two."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.access import Role
from app.api.problems import declared
from app.dependencies import AppScreeningService, Reading, allow, routes
from app.policy.rule_version import changes
from app.policy.vocabulary import Outcome
from app.screening.rule_versions import RuleVersionStore, rulebook, rulebooks

router = routes(prefix="/v1/rules", tags=["rules"])

_READERS = allow(Role.SCREENER, Role.ANALYST, Role.LIST_MAKER, Role.LIST_CHECKER, Role.AUDITOR)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LegalBasisOut(_Answer):
    """A clause and its text; words in braces are filled in for each decision."""

    code: str
    basis_code: str
    text_zh: str
    text_en: str


class RuleOut(_Answer):
    """One row of the table, or one part of a row."""

    rule: str
    id: str
    stage: str = Field(description="What it is asked about: entity, listing, relation, cap, party or floor.")
    code: str
    outcome: Outcome
    when_zh: str
    when_en: str
    flags: list[str]
    clears: bool
    ignores: bool
    order_on_cutoff_date: list[int]
    grounds: list[LegalBasisOut]


class RuleChangeOut(_Answer):
    """One difference between two rule versions."""

    place: str
    before: Any
    after: Any


class RuleVersionOut(_Answer):
    """A rule version, and since when decisions were made by it."""

    version: str
    table: str
    first_used_at: datetime
    is_current: bool


class RulesAnswer(_Answer):
    """Every rule version that decisions were made by, oldest first."""

    current: str
    versions: list[RuleVersionOut]


class RuleVersionAnswer(RuleVersionOut):
    """One rule version as it was, and what changed from another to it."""

    rules: list[RuleOut]
    parameters: dict[str, Any]
    changed_from: str | None = Field(description="The version that `changes` compares with; null: there is none.")
    changes: list[RuleChangeOut]


@router.get("", dependencies=[_READERS], responses=declared(), summary="Rule versions 规则版本")
def versions(session: Reading, screening_service: AppScreeningService) -> RulesAnswer:
    """Return the rule versions and which one decides now."""
    return RulesAnswer(
        current=screening_service.rule_version,
        versions=[RuleVersionOut(**_head(one, screening_service.rule_version)) for one in rulebooks(session)],
    )


@router.get(
    "/{version}", dependencies=[_READERS], responses=declared(404), summary="One rule version as it stood 单个规则版本"
)
def version(
    version: str,
    session: Reading,
    screening_service: AppScreeningService,
    against: Annotated[
        str | None, Query(max_length=80, description="Compare with this version; the one used before when left out.")
    ] = None,
) -> RuleVersionAnswer:
    """Return the table, its parameters and texts; ``current`` is the version that decides now."""
    one = rulebook(session, screening_service.rule_version if version == "current" else version)
    other = rulebook(session, against) if against else _before(rulebooks(session), one.version)
    return RuleVersionAnswer(
        **_head(one, screening_service.rule_version),
        rules=[RuleOut.model_validate(rule) for rule in one.content["rules"]],
        parameters=one.content["parameters"],
        changed_from=other.version if other else None,
        changes=[
            RuleChangeOut(place=change.place, before=change.before, after=change.after)
            for change in (changes(other.content, one.content) if other else ())
        ],
    )


def _head(one: RuleVersionStore, current: str) -> dict[str, Any]:
    return {
        "version": one.version,
        "table": one.content["table"],
        "first_used_at": one.first_used_at,
        "is_current": one.version == current,
    }


def _before(books: list[RuleVersionStore], version: str) -> RuleVersionStore | None:
    place = [book.version for book in books].index(version)
    return books[place - 1] if place else None
