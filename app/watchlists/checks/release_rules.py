"""A release names whom it releases: a row that is off by one would free the wrong venue, and nobody would notice."""

from collections.abc import Iterator
from typing import Final

from app.identifiers import ONE_PER_ORGANISATION, IdentifierError, Scheme, parse
from app.policy.vocabulary import Action
from app.tabular.issue import Issue, refused
from app.watchlists.checks.row_context import Complaint, RowContext, in_chinese
from app.watchlists.layout.columns import BY_ALIAS, IDENTIFIER_COLUMNS
from app.watchlists.layout.published import name_key

RELEASES: Final = frozenset(
    {
        Action.CLEAR,
        Action.ACCEPT,
        Action.LIFT,
        Action.APPROVE,
        Action.WITHDRAW_ERROR,
        Action.CONFIRM_LATE,
        Action.CLOSE,
        Action.MERGE,
        Action.TRANSFER,
    }
)
_CODES: Final = tuple(one for one in IDENTIFIER_COLUMNS if one[1] in ONE_PER_ORGANISATION)


def other_entity(case: RowContext) -> Iterator[Complaint]:
    """Give what speaks against the row being about the entity whose number it has.

    The name must be one that the entity has or had but for ways of writing, and a code must be its own: names and
    codes change by UPDATE only.  What the list does not know of the entity is no contradiction.
    """
    if case.action not in RELEASES or case.known is None:
        return
    known = {name_key(name) for name in case.known.names}
    for name in (case.row["legal_name"], *case.row.get("other_legal_names", ())):
        if name_key(name) not in known:
            yield "legal_name", _other(case, name)
    for alias, scheme in _CODES:
        stated, before = case.row.get(alias), case.known.cells.get(alias)
        if stated and before and not same_code(scheme, stated, before):
            yield alias, _other(case, stated)


def same_code(scheme: Scheme, one: str, other: str) -> bool:
    """Whether two texts are one code, however they are written."""
    return _code(scheme, one) == _code(scheme, other)


def _code(scheme: Scheme, text: str) -> str:
    try:
        return parse(scheme, text).value
    except IdentifierError:
        return text


def _other(case: RowContext, stated: str) -> Issue:
    name = case.known.cells["legal_name"] if case.known else ""
    action = in_chinese(BY_ALIAS["action"].codes, case.action)
    return refused(
        "OTHER_ENTITY_NAMED",
        f"“{action}”的主体编号 {case.row['external_id']} 在名单中是“{name}”，本行写的却是“{stated}”",
        f"{case.action} is for the entity {case.row['external_id']}, which the list knows as “{name}”, not “{stated}”",
        "核对编号与名称是否错行；名称或代码有变更的，先用“变更”UPDATE 报送 / "
        "check whether number and name are of one row; report a changed name or code by UPDATE first",
    )
