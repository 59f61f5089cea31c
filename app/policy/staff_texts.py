"""Texts for bank staff: the Chinese words of codes, and what to do next.

Certificates, reports and findings write codes in these words; the console has the same ones.
"""

from collections.abc import Collection, Mapping
from typing import Final

from app.policy.model import Reason
from app.policy.vocabulary import Outcome

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "outcome": {"BLOCK": "停止服务", "REVIEW": "人工复核", "PASS": "放行"},
    "service": {
        "ACCOUNT_OPEN": "开户",
        "CUSTODY": "托管",
        "FUND_SETTLEMENT": "资金结算",
        "PAYMENT_SETTLEMENT": "支付结算",
        "FUND_TRANSFER": "资金划转",
        "MERCHANT_ACQUIRING": "商户收单",
        "COLLECT_PAY": "代收代付",
        "CREDIT": "授信",
        "OTHER_FINANCIAL": "其他金融服务",
        "INVESTOR_PAYOUT": "投资者清退",
        "ACCOUNT_CLOSE": "销户",
        "JUDICIAL_TAX_PAYROLL": "司法、税款、工资",
    },
    "party_kind": {"ORGANISATION": "单位", "PERSON": "个人", "UNKNOWN": "不详"},
    "category": {
        "VIOLATING": "违法违规交易场所",
        "WEIPAN": "微盘交易平台",
        "UNAPPROVED_VENUE": "未经批准的交易场所",
        "ILLEGAL_EPLATFORM": "非法电子交易平台",
        "NOTIFIED": "监管通报",
        "APPROVED": "经批准的交易场所",
        "RELATED": "关联主体",
    },
    "status": {
        "FUTURE": "尚未列入",
        "LISTED": "已列入",
        "RECTIFYING": "整改中",
        "CLEARED": "已整改规范",
        "ACCEPTED": "已通过验收",
        "CLOSED": "已关闭",
        "MERGED": "已撤并",
        "TRANSFERRED": "已移送司法",
        "LIFTED": "已解除通报",
        "APPROVED": "已批准",
        "RELISTED": "重新列入",
        "WITHDRAWN_ERROR": "误列撤回",
    },
    "strength": {"CONFIRMED": "已确认", "STRONG": "高度相似", "WEAK": "相似", "KEYWORD": "关键字"},
}
"""By family and code; the families are those of the console's catalogue."""


def in_words(family: str, code: object) -> str:
    """Return the word of a code; the code itself where there is none.

    >>> in_words("service", "CUSTODY")
    '托管'
    """
    return WORDS[family].get(str(code), str(code))


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
