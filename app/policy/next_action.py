"""What the bank's staff does next, in one short sentence."""

from collections.abc import Collection

from app.policy.model import Reason
from app.policy.vocabulary import Outcome


def next_action_zh(outcome: Outcome, reasons: Collection[Reason], flags: Collection[str]) -> str:
    """Return the next step for an outcome."""
    if outcome is Outcome.BLOCK:
        return "退回" if "IN_FLIGHT" in flags else "停止服务"
    codes = {reason.code for reason in reasons}
    if outcome is Outcome.REVIEW:
        if codes & {"NO_LIST", "STALE_LIST"}:
            return "暂缓，待名单恢复后重新筛查"
        if "WIND_DOWN" in codes:
            return "人工复核：只出不进，凭清退方案或司法文书放行"
        return "建议拒绝，人工复核" if "recommend_refuse" in flags else "人工复核"
    return "放行，提前安排退出" if "FUTURE_LISTED" in flags else "放行"
