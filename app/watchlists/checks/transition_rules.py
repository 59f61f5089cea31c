"""Whether a row's action is possible in the status of its listing (docs/law.md 3), and its event in order.  Pure."""

from collections.abc import Iterator
from datetime import date

from app.policy.staff_texts import in_words
from app.policy.transitions import ACTIVE, TRANSITIONS, is_possible
from app.policy.vocabulary import Action, Status
from app.tabular.issue import Issue, doubtful, refused
from app.watchlists.checks.row_context import Complaint, RowContext, in_chinese, out_of_order, squeezed
from app.watchlists.history.effective_dates import event_date
from app.watchlists.layout.columns import BY_ALIAS


def impossibilities(case: RowContext) -> Iterator[Complaint]:
    """Give what speaks against the event of a row that has all its required cells."""
    found = list(_possible(case))
    yield from found
    if not found:
        yield from _beside_another(case)
        yield from _lifting_body(case)
        yield from _confirmed_late(case)
        yield from _event_order(case)


def _beside_another(case: RowContext) -> Iterator[Complaint]:
    """Say that a known entity gets another category beside those that it has."""
    if case.action is not Action.ADD or case.known is None or case.line is not None:
        return
    names = BY_ALIAS["category"].codes
    before = "、".join(in_chinese(names, one) for one, line in case.known.lines.items() if line.status in ACTIVE)
    if before:
        yield (
            "category",
            doubtful(
                "CATEGORY_ADDED",
                f"该主体已以“{before}”在册，本行另列“{in_chinese(names, case.category)}”，两类同时有效",
                f"the entity is listed as {', '.join(case.known.lines)} already; it will be listed under both",
                "改类别的，原类别另行报送 / to change the category, end the other one by an action of its own",
            ),
        )


def _possible(case: RowContext) -> Iterator[Complaint]:
    status = case.line.status if case.line else None
    if not case.has_list and (case.action is Action.ADD or case.category in TRANSITIONS[case.action].categories):
        return
    if is_possible(case.action, case.category, status, is_full=case.is_full):
        return
    if case.line and case.line.last_event == (case.action, event_date(case.row)):
        yield (
            "action",
            doubtful(
                "EVENT_REPEATED",
                "该事件此前已经记录，重复报送",
                "this event is on record already; it is reported again",
                "无新内容的行可以删去 / a row that says nothing new may be deleted",
            ),
        )
        return
    yield "action", _impossible(case, status)


def _impossible(case: RowContext, status: Status | None) -> Issue:
    action, category = BY_ALIAS["action"].codes, BY_ALIAS["category"].codes
    what_zh = f"“{in_chinese(action, case.action)}”（{case.action}）"
    where_zh = f"“{in_chinese(category, case.category)}”（{case.category}）"
    if case.action is not Action.ADD and case.category not in TRANSITIONS[case.action].categories:
        allowed = "、".join(
            zh
            for zh, code in action.items()
            if code == Action.ADD or case.category in TRANSITIONS[Action(code)].categories
        )
        return refused(
            "ACTION_NOT_IN_CATEGORY",
            f"{what_zh}不适用于类别{where_zh}",
            f"{case.action} is not possible in the category {case.category}",
            f"该类别可用：{allowed} / possible in the category: {allowed}",
        )
    if case.known is None:
        return refused(
            "UNKNOWN_ID",
            f"名单中没有该编号，不能{what_zh}",
            f"the list has no such id, so {case.action} is not possible",
            "核对编号；首次列入用“新增”ADD / check the number; list it for the first time by ADD",
        )
    if status is None:
        listed = "、".join(in_chinese(category, one) for one in case.known.lines)
        return refused(
            "UNKNOWN_LISTING",
            f"该主体未以类别{where_zh}列入（已列入：{listed}）",
            f"the entity is not listed as {case.category}, but as {', '.join(case.known.lines)}",
            "改正类别；另列一类用“新增”ADD / correct the category; list it under another one by ADD",
        )
    if status is Status.WITHDRAWN_ERROR:
        suggestion = (
            "误列撤销后不能再变更；确需列入时使用新的编号 / "
            "nothing may follow a withdrawal for error; list it under a new number"
        )
    elif case.action is Action.ADD:
        suggestion = (
            "已在名单中的用“变更”UPDATE / use UPDATE for what is on the list"
            if status in ACTIVE
            else "曾退出名单的用“重新列入”RELIST / use RELIST for what was on it before"
        )
    else:
        suggestion = (
            "核对该主体的当前状态；需要更正资料时用“变更”UPDATE / "
            "check the state of the entity; correct its data by UPDATE"
        )
    return refused(
        "IMPOSSIBLE_NOW",
        f"该主体当前状态为“{in_words('status', status)}”（{status}），不能{what_zh}",
        f"the listing is {status}, so {case.action} is not possible",
        suggestion,
    )


def _lifting_body(case: RowContext) -> Iterator[Complaint]:
    if case.action is not Action.LIFT or case.known is None or "determining_body" not in case.row:
        return
    body, given = case.known.cells.get("determining_body"), case.row["determining_body"]
    if body is None:
        yield (
            "determining_body",
            doubtful(
                "LIFT_BODY_UNKNOWN",
                "原通报没有登记认定机关，无法核对解除机关",
                "the body of the notice is not on record, so that of the lifting cannot be checked",
                "核对原通报的机关 / check which office notified it",
            ),
        )
    elif squeezed(body) != squeezed(given):
        yield (
            "determining_body",
            refused(
                "LIFT_BODY",
                f"解除通报的机关应与原通报机关一致（{body}）",
                f"only the body of the notice can lift it ({body})",
                "核对文件；由原机关出具后再报送 / check the document; report it once the same office has issued it",
            ),
        )


def _confirmed_late(case: RowContext) -> Iterator[Complaint]:
    if case.action is not Action.CONFIRM_LATE or case.line is None:
        return
    document = case.line.last_event[1]
    cutoff_date = case.parameters.cutoff_of(case.jurisdiction, case.category).cutoff_date
    if date.fromisoformat(document) <= cutoff_date:
        yield (
            "action",
            doubtful(
                "CONFIRM_NOT_LATE",
                f"该主体的整改文件日期 {document} 未超过截止日，无需确认",
                f"the document is dated {document}, in time; there is nothing to confirm",
                "核对该行是否需要 / check whether the row is needed",
            ),
        )


def _event_order(case: RowContext) -> Iterator[Complaint]:
    when = event_date(case.row)
    if case.line is None or when is None or case.action in {Action.ADD, Action.UPDATE, Action.WITHDRAW_ERROR}:
        return
    if case.action is Action.RELIST and when <= case.line.last_event[1]:
        yield (
            "effective_from",
            refused(
                "RELIST_BEFORE_END",
                f"重新列入的生效日期须晚于上一事件（{case.line.last_event[1]}）",
                f"a listing is opened again only after its end ({case.line.last_event[1]})",
                "改正列入生效日期 / correct the date from which it is listed",
            ),
        )
    elif when < case.line.first_listed_on:
        yield (
            "effective_from",
            out_of_order(
                f"事件日期 {when} 早于首次列入日期 {case.line.first_listed_on}",
                f"the event of {when} is before the first listing of {case.line.first_listed_on}",
            ),
        )
