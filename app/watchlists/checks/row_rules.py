"""What each row must say, by its action, category and kind (docs/lists.md).  Pure.

A check looks at one row and at what the list said of its entity before, and gives the doubts by column.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

from app.access.person import is_same_person
from app.policy.parameters import places
from app.policy.vocabulary import Action, Category, EntityKind
from app.tabular.issue import Issue, doubtful, refused
from app.watchlists.checks.release_rules import other_entity
from app.watchlists.checks.row_context import Complaint, RowContext, in_chinese, out_of_order
from app.watchlists.checks.transition_rules import impossibilities
from app.watchlists.layout.columns import BY_ALIAS, REQUIRED

_LEGAL_NAME_CHARS: Final = (2, 100)
_EXTERNAL_ID_CHARS_MAX: Final = 100

_NEEDED: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.CLEAR: ("opinion_doc_no", "opinion_issuer", "opinion_date", "opinion_filed_on"),
    Action.ACCEPT: ("jmc_doc_no", "jmc_date"),
    Action.CLOSE: ("closed_on",),
    Action.MERGE: ("closed_on",),
    Action.LIFT: ("determining_body", "determination_doc_no"),
    Action.CONFIRM_LATE: ("determining_body", "determination_doc_no"),
    Action.APPROVE: ("approving_body", "approval_doc_no", "approval_date"),
}
"""What the event itself must state; a value that an older row stated is not enough."""

_WISHED: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.MERGE: ("merged_into",),
    Action.WITHDRAW_ERROR: ("withdraw_reason",),
}
_APPROVED: Final = ("approving_body", "approval_doc_no", "approval_date", "approving_region_code")
_PARENTS: Final = ("parent_name", "parent_uscc", "parent_external_id")
_DEPENDENT: Final = frozenset(
    {
        EntityKind.BRANCH,
        EntityKind.MEMBER,
        EntityKind.AGENT,
        EntityKind.AUTH_SERVICE,
        EntityKind.INTRODUCER,
    }
)
_DATED_IN_THE_PAST: Final = (
    "determined_on",
    "opinion_date",
    "opinion_filed_on",
    "jmc_date",
    "approval_date",
    "member_approval_date",
    "closed_on",
)


def complaints(case: RowContext) -> Iterator[Complaint]:
    """Give everything that is wrong with a row.  A row without all required cells is judged no further."""
    missing = [alias for alias in REQUIRED if alias not in case.row]
    for alias in missing:
        yield alias, _REQUIRED
    if not missing:
        for check in _CHECKS:
            yield from check(case)


def _lengths(case: RowContext) -> Iterator[Complaint]:
    least, most = _LEGAL_NAME_CHARS
    if not least <= len(case.row["legal_name"]) <= most:
        yield (
            "legal_name",
            refused(
                "NAME_LENGTH",
                f"主体名称应为 {least} 至 {most} 字",
                f"the name must have {least} to {most} characters",
                "填写登记的全称 / write the full registered name",
            ),
        )
    for alias in ("external_id", "parent_external_id"):
        if len(case.row.get(alias, "")) > _EXTERNAL_ID_CHARS_MAX:
            yield (
                alias,
                refused(
                    "ID_TOO_LONG",
                    "编号超过100字",
                    "the id is longer than 100 characters",
                    "缩短编号 / shorten the number",
                ),
            )


def _needed(case: RowContext) -> Iterator[Complaint]:
    for alias in _NEEDED.get(case.action, ()):
        if alias not in case.row:
            yield alias, _needed_for(in_chinese(BY_ALIAS["action"].codes, case.action), case.action, alias)
    for alias in _WISHED.get(case.action, ()):
        if alias not in case.row:
            yield (
                alias,
                doubtful(
                    "WISHED",
                    f"建议填写“{BY_ALIAS[alias].zh}”",
                    f"{alias} should be given for {case.action}",
                    f"补填“{BY_ALIAS[alias].zh}” / fill in {alias}",
                ),
            )
    if case.category is Category.APPROVED and case.action in {Action.ADD, Action.UPDATE, Action.RELIST}:
        for alias in _APPROVED:
            if case.value(alias) is None:
                yield alias, _needed_for("经批准的交易场所", Category.APPROVED, alias)


def _opinion(case: RowContext) -> Iterator[Complaint]:
    issuer = case.row.get("opinion_issuer")
    if (
        case.action is Action.CLEAR
        and issuer is not None
        and not (case.parameters.accepts_opinion_of(case.jurisdiction, issuer))
    ):
        yield (
            "opinion_issuer",
            refused(
                "OPINION_ISSUER",
                f"“{issuer}”出具的书面意见不能作为整改规范的依据",
                "an opinion of this office does not clear a venue",
                f"应为 {'、'.join(_issuers(case)) or '该辖区登记的出具机关'}；其他机关的函件用“整改中”RECTIFY 报送 / "
                "the issuer must be that of the jurisdiction; report a letter of another office by RECTIFY",
            ),
        )


def _parent(case: RowContext) -> Iterator[Complaint]:
    kind = EntityKind(case.row["entity_kind"])
    has_parent = any(case.value(alias) is not None for alias in _PARENTS)
    if kind in _DEPENDENT and not has_parent:
        yield (
            "parent_name",
            refused(
                "PARENT_REQUIRED",
                "分支机构、会员、代理商、授权服务机构、居间商须填写所属交易场所的名称、信用代码或编号之一",
                "a branch, member, agent, service organisation or introducer must name its venue, by name, code or id",
                "补填“所属交易场所名称” / fill in the name of the parent venue",
            ),
        )
    if kind not in _DEPENDENT and case.category is Category.RELATED and not has_parent:
        yield (
            "parent_name",
            doubtful(
                "RELATION_MISSING",
                "关联主体没有填写与谁关联，该行不起作用",
                "a related entity without the one that it is related to has no effect",
                "补填“所属交易场所名称” / fill in the name of the parent venue",
            ),
        )
    if has_parent and kind in _DEPENDENT and case.value("relation_status") is None:
        yield (
            "relation_status",
            doubtful(
                "RELATION_STATUS_MISSING",
                "没有填写关系认定：监管名单所列关系按已认定处理，该主体承接所属场所的结论（停止服务的，同样停止服务）",
                "no relation status: a relation on a regulator's list counts as CONFIRMED, so the entity takes the "
                "outcome of its venue (BLOCK for a blocked one)",
                "填写 认定、自称 或 推定 / write CONFIRMED, CLAIMED or INFERRED",
            ),
        )
    if case.row.get("parent_external_id") == case.row["external_id"]:
        yield (
            "parent_external_id",
            refused(
                "PARENT_IS_SELF",
                "所属交易场所不能是自己",
                "an entity cannot be its own parent",
                "改正编号 / correct the number",
            ),
        )


def _dates(case: RowContext) -> Iterator[Complaint]:
    row = case.row
    if row["effective_from"] < row["determined_on"]:
        yield "effective_from", out_of_order("列入生效日期早于认定日期", "it takes effect before it was determined")
    if row.get("opinion_filed_on", "9") < row.get("opinion_date", ""):
        yield (
            "opinion_filed_on",
            out_of_order("抄送备案日期早于书面意见日期", "the opinion was filed before it was written"),
        )
    if row.get("winddown_until", "9") < row["effective_from"]:
        yield (
            "winddown_until",
            out_of_order("清退截止日早于列入生效日期", "the wind-down ends before the listing begins"),
        )
    received_on = case.received_on.isoformat()
    for alias in _DATED_IN_THE_PAST:
        if row.get(alias, "") > received_on:
            yield (
                alias,
                doubtful(
                    "DATE_IN_FUTURE",
                    "日期晚于接收日期",
                    "the date is after the file was received",
                    "核对日期 / check the dates",
                ),
            )


def _deadline(case: RowContext) -> Iterator[Complaint]:
    deadline = case.row.get("rectify_deadline")
    if case.category is not Category.VIOLATING:
        return
    if not deadline:
        if _DEADLINE_IN_WORDS.search(case.row.get("remark", "")):
            yield "remark", _DEADLINE_IN_REMARK
        return
    cutoff_date = case.parameters.cutoff_of(case.jurisdiction, case.category).cutoff_date
    if date.fromisoformat(deadline) > cutoff_date:
        yield (
            "rectify_deadline",
            doubtful(
                "DEADLINE_AFTER_CUTOFF",
                f"整改期限晚于截止日 {cutoff_date}，不改变截止日",
                f"the deadline is after the cutoff date {cutoff_date} and changes nothing",
                "核对期限 / check the deadline",
            ),
        )


def _moratorium(case: RowContext) -> Iterator[Complaint]:
    text = case.row.get("approval_date")
    if text and case.parameters.is_in_moratorium(date.fromisoformat(text)):
        yield (
            "approval_date",
            doubtful(
                "APPROVAL_IN_MORATORIUM",
                "批准日期在“回头看”暂停批设期间",
                "the approval is dated in the moratorium on approvals",
                "核对批准文件 / check the approval",
            ),
        )


def _organisation_code(case: RowContext) -> Iterator[Complaint]:
    uscc, org_code = case.value("uscc"), case.row.get("org_code")
    unmatched = case.row.get("unmatched", ())
    if uscc and org_code and not {"uscc", "org_code"} & set(unmatched) and uscc[8:17] != org_code:
        yield (
            "org_code",
            doubtful(
                "ID_CONFLICT",
                f"组织机构代码与统一社会信用代码第9至17位（{uscc[8:17]}）不一致",
                f"the organisation code differs from that in the USCC ({uscc[8:17]})",
                "核对两个代码 / check both codes",
            ),
        )


def _four_eyes(case: RowContext) -> Iterator[Complaint]:
    maker, checker = case.handling.get("maker"), case.handling.get("checker")
    if maker and checker and is_same_person(maker, checker):
        yield (
            "checker",
            refused(
                "MAKER_IS_CHECKER",
                "经办人与复核人不能是同一人",
                "maker and checker are one person",
                "改由他人复核 / have somebody else check it",
            ),
        )


_DEADLINE_IN_WORDS: Final = re.compile(r"(?:整改(?:期限|时限)|限期|责令).{0,12}\d|\d ?[日号]?(?:之?前|以前).{0,6}整改")
_DEADLINE_IN_REMARK: Final = doubtful(
    "DEADLINE_IN_REMARK",
    "备注写到整改期限，不按期限计算",
    "the remark speaks of a deadline, which is not counted as one",
    "填入“整改期限”列 / write it in the column rectify_deadline",
)

_CHECKS: Final[tuple[Callable[[RowContext], Iterator[Complaint]], ...]] = (
    _lengths,
    impossibilities,
    other_entity,
    _needed,
    _opinion,
    _parent,
    _dates,
    _deadline,
    _moratorium,
    _organisation_code,
    _four_eyes,
)

_REQUIRED: Final = refused("REQUIRED", "必填项为空", "a required cell is empty", "补填该项 / fill it in")


def _needed_for(what_zh: str, what_en: str, alias: str) -> Issue:
    return refused(
        "REQUIRED_FOR_ACTION" if what_en in set(Action) else "REQUIRED_FOR_CATEGORY",
        f"“{what_zh}”须填写“{BY_ALIAS[alias].zh}”",
        f"{what_en} needs {alias}",
        f"补填“{BY_ALIAS[alias].zh}” / fill in {alias}",
    )


def _issuers(case: RowContext) -> tuple[str, ...]:
    known = {one.jurisdiction: one.names for one in case.parameters.opinion_issuers}
    return next((known[place] for place in places(case.jurisdiction) if place in known), ())
