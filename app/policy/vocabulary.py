"""The words of the law as closed sets (docs/law.md, docs/lists.md).  Values are those of files and API."""

from enum import StrEnum
from typing import Final

_SEVERITIES: Final = ("PASS", "REVIEW", "BLOCK")


class _Term(StrEnum):
    """A word of a closed set.

    It is hashed as the text that it is: rules ask for membership in sets all the time, and the way of enums is slow.
    """

    __hash__ = str.__hash__


class Outcome(_Term):
    """What the bank gets to know."""

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    REVIEW = "REVIEW"
    BLOCK = "BLOCK"

    @property
    def severity(self) -> int:
        """0 PASS, 1 REVIEW, 2 BLOCK."""
        return _SEVERITIES.index(self)


class Service(_Term):
    """The financial service that is asked about."""

    ACCOUNT_OPEN = "ACCOUNT_OPEN"
    CUSTODY = "CUSTODY"
    FUND_SETTLEMENT = "FUND_SETTLEMENT"
    PAYMENT_SETTLEMENT = "PAYMENT_SETTLEMENT"
    FUND_TRANSFER = "FUND_TRANSFER"
    MERCHANT_ACQUIRING = "MERCHANT_ACQUIRING"
    COLLECT_PAY = "COLLECT_PAY"
    CREDIT = "CREDIT"
    OTHER_FINANCIAL = "OTHER_FINANCIAL"
    INVESTOR_PAYOUT = "INVESTOR_PAYOUT"
    ACCOUNT_CLOSE = "ACCOUNT_CLOSE"
    JUDICIAL_TAX_PAYROLL = "JUDICIAL_TAX_PAYROLL"


class CounterpartyKind(_Term):
    """What the caller says the counterparty is."""

    ORGANISATION = "ORGANISATION"
    PERSON = "PERSON"
    UNKNOWN = "UNKNOWN"


class Category(_Term):
    """Under what an entity is listed; the four nouns of the notice are never merged."""

    VIOLATING = "VIOLATING"
    WEIPAN = "WEIPAN"
    UNAPPROVED_VENUE = "UNAPPROVED_VENUE"
    ILLEGAL_EPLATFORM = "ILLEGAL_EPLATFORM"
    NOTIFIED = "NOTIFIED"
    APPROVED = "APPROVED"
    RELATED = "RELATED"


class EntityKind(_Term):
    """What a listed entity is."""

    VENUE = "VENUE"
    BRANCH = "BRANCH"
    MEMBER = "MEMBER"
    AGENT = "AGENT"
    AUTH_SERVICE = "AUTH_SERVICE"
    INTRODUCER = "INTRODUCER"
    WEIPAN_PLATFORM = "WEIPAN_PLATFORM"
    OPERATOR = "OPERATOR"
    MERCHANT = "MERCHANT"
    CLEARING = "CLEARING"
    PERSON = "PERSON"


class Action(_Term):
    """What a row of a list says has happened."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    CLEAR = "CLEAR"
    ACCEPT = "ACCEPT"
    CLOSE = "CLOSE"
    MERGE = "MERGE"
    TRANSFER = "TRANSFER"
    RELIST = "RELIST"
    WITHDRAW_ERROR = "WITHDRAW_ERROR"
    RECTIFY = "RECTIFY"
    LIFT = "LIFT"
    APPROVE = "APPROVE"
    CONFIRM_LATE = "CONFIRM_LATE"


class Status(_Term):
    """The status of a listing on a date (docs/law.md 3); FUTURE is before its first effective date."""

    FUTURE = "FUTURE"
    LISTED = "LISTED"
    RECTIFYING = "RECTIFYING"
    CLEARED = "CLEARED"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"
    MERGED = "MERGED"
    TRANSFERRED = "TRANSFERRED"
    LIFTED = "LIFTED"
    APPROVED = "APPROVED"
    RELISTED = "RELISTED"
    WITHDRAWN_ERROR = "WITHDRAWN_ERROR"


class RelationType(_Term):
    """How two entities hang together."""

    BRANCH_OF = "BRANCH_OF"
    MEMBER_OF = "MEMBER_OF"
    AGENT_OF = "AGENT_OF"
    AUTH_SERVICE_OF = "AUTH_SERVICE_OF"
    INTRODUCER_OF = "INTRODUCER_OF"
    OPERATES = "OPERATES"
    COLLECTS_FOR = "COLLECTS_FOR"
    SUBMERCHANT_OF = "SUBMERCHANT_OF"
    LEGAL_REP_OF = "LEGAL_REP_OF"
    CONTROLS = "CONTROLS"
    RENAMED_TO = "RENAMED_TO"
    MERGED_INTO = "MERGED_INTO"
    SHARES_PHONE = "SHARES_PHONE"


class RelationStatus(_Term):
    """How sure a relation is."""

    CONFIRMED = "CONFIRMED"
    CLAIMED = "CLAIMED"
    INFERRED = "INFERRED"
    ENDED = "ENDED"
