"""Rows about one listing of a matched entity, in the order of docs/rules.md; the first that holds decides."""

from typing import Final

from app.policy.facts import SPECIAL_SERVICES, ListingFacts
from app.policy.rule import LegalBasis, Rule
from app.policy.transitions import CLEARED, ENDED
from app.policy.vocabulary import Category, Outcome, Service, Status

_ONBOARDING: Final = frozenset({Service.ACCOUNT_OPEN, Service.CUSTODY, Service.MERCHANT_ACQUIRING})
_NEW_INVESTORS: Final = frozenset({Service.ACCOUNT_OPEN, Service.MERCHANT_ACQUIRING})
_NAMED_SERVICES: Final = frozenset({Service.ACCOUNT_OPEN, Service.CUSTODY, Service.FUND_SETTLEMENT})
_UNRECTIFIED: Final = frozenset({Status.LISTED, Status.RECTIFYING})


def _is(case: ListingFacts, *categories: Category) -> bool:
    return case.category in categories


def _is_unrectified(case: ListingFacts) -> bool:
    return _is(case, Category.VIOLATING) and case.standing.status in _UNRECTIFIED


def _is_cleared(case: ListingFacts) -> bool:
    return _is(case, Category.VIOLATING) and case.standing.status in CLEARED


def _is_special_on_bound(case: ListingFacts) -> bool:
    return case.question.service in SPECIAL_SERVICES and (case.standing.is_active or case.standing.status in ENDED)


def _is_past_winddown(case: ListingFacts) -> bool:
    until = case.dossier.wind_down.until if case.dossier.wind_down else None
    return until is not None and case.on > until


def _is_future(case: ListingFacts) -> bool:
    return case.standing.status is Status.FUTURE


def _is_learned_later(case: ListingFacts) -> bool:
    return case.standing.opened_by.known_on > case.on


def _is_before_cutoff(case: ListingFacts) -> bool:
    return case.on < case.cutoff.first_blocked


def _is_listed_after_cutoff(case: ListingFacts) -> bool:
    return case.standing.first_listed >= case.cutoff.first_blocked


_SWEEP: Final = "FJ17-4.3.2-1"
_LIMB_2: Final = "FJ17-4.3.2-2"
_LIMB_3: Final = "FJ17-4.3.2-3"
_LIMB_4: Final = "FJ17-4.3.2-4"
_LIMB_5: Final = "FJ17-4.3.2-5"
_CLOSURE: Final = "FJ17-5.2-c"
_OPINION: Final = "FJ17-5.2-b"
_REVIVAL: Final = "FJ17-4.5"

_OWN_DEADLINE_RUNS: Final = (
    LegalBasis(
        "FJ17-4.2.1",
        "四（二）一是“限期”：“{name}”的整改期限为{deadline_zh}（{deadline_doc}），{first_blocked_zh}起停止服务。",
        "Clause 4(2)1: “{name}” may rectify until its own deadline of {deadline_en} ({deadline_doc}); services stop on "
        "{first_blocked_en}.",
    ),
)
_OWN_DEADLINE_PASSED: Final = (
    LegalBasis(
        "FJ17-4.2.1",
        "四（二）一是“限期”：“{name}”的整改期限（{deadline_zh}，{deadline_doc}）已过，仍未整改规范，{first_blocked_zh}起停止服务。",
        "Clause 4(2)1: the own deadline of “{name}” ({deadline_en}, {deadline_doc}) passed without rectification; no "
        "services from {first_blocked_en}.",
    ),
)

LISTING: Final[tuple[Rule[ListingFacts], ...]] = (
    Rule(
        id="D01",
        code="ERR_WITHDRAWN",
        outcome=Outcome.PASS,
        holds=lambda case: case.standing.status is Status.WITHDRAWN_ERROR,
        when_zh="名单机关已按误列撤销（自始无效）：视同未列入",
        when_en="withdrawn for error (void from its origin): as if it had not been listed",
        grounds=(
            LegalBasis(
                "POLICY-D01",
                "名单机关已撤销对“{name}”的列入（误列，自{decided_zh}起无效），不再据此限制。",
                "The issuer withdrew the listing of “{name}” for error (void from {decided_en}); it restricts no more.",
            ),
        ),
        ignores=True,
    ),
    Rule(
        id="D05",
        code="RETRO_LISTED_LATER",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_future(case) and _is_learned_later(case),
        when_zh="首次列入生效日晚于业务日期，且业务日期之后才得知",
        when_en="first effective after the service date, and learned after it",
        grounds=(
            LegalBasis(
                _SWEEP,
                "四（三）二是“专项排查”：“{name}”自{effective_zh}起列入（{known_zh}得知），晚于业务日期，应回溯核查。",
                "Clause 4(3)2: “{name}” is listed from {effective_en} (known {known_en}), after the service date; "
                "look back.",
            ),
        ),
        part="learned-later",
    ),
    Rule(
        id="D05",
        code="FUTURE_LISTED",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_future(case) and case.question.service in _ONBOARDING,
        when_zh="首次列入生效日晚于业务日期，业务日期当日已知；开户、托管、商户准入",
        when_en="first effective after the service date, known on it; account opening, custody, merchant acquiring",
        grounds=(
            LegalBasis(
                _SWEEP,
                "四（三）二是“专项排查”：“{name}”将自{effective_zh}起列入，新建业务关系前应人工复核。",
                "Clause 4(3)2: “{name}” will be listed from {effective_en}; review before entering a relation.",
            ),
        ),
        part="known-new-relation",
        flags=("FUTURE_LISTED",),
    ),
    Rule(
        id="D05",
        code="FUTURE_LISTED",
        outcome=Outcome.PASS,
        holds=_is_future,
        when_zh="首次列入生效日晚于业务日期，业务日期当日已知；其他服务",
        when_en="first effective after the service date, known on it; other services",
        grounds=(
            LegalBasis(
                _SWEEP,
                "“{name}”将自{effective_zh}起列入；业务日期尚未生效，请提前安排退出。",
                "“{name}” will be listed from {effective_en}, not yet on the service date; prepare to leave.",
            ),
        ),
        part="known-other-service",
        flags=("FUTURE_LISTED",),
    ),
    Rule(
        id="D04",
        code="BEFORE_NOTICE",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.on < case.parameters.notice_from and case.standing.is_active,
        when_zh="业务日期早于通知成文日，列入有效",
        when_en="service before the notice was signed, on an active listing",
        grounds=(
            LegalBasis(
                "GF2011-38",
                "业务日期早于“回头看”通知：依国发〔2011〕38号对“{name}”人工复核。",
                "Service before the notice: review “{name}” under State Council document 38 of 2011.",
            ),
            LegalBasis(
                "GBF2012-37",
                "国办发〔2012〕37号：金融机构应自查自清为违规交易活动提供的服务。",
                "State Council office document 37 of 2012: institutions check and end their own services.",
            ),
        ),
    ),
    Rule(
        id="D06",
        code="WIND_DOWN",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is_special_on_bound(case) and _is_past_winddown(case),
        when_zh="清退兑付、销户、司法税务工资，清退截止日已过",
        when_en="payout, account closing, judicial, tax and payroll, past the last day of the winding down",
        grounds=(
            LegalBasis(
                _REVIVAL,
                "四（五）“稳妥处置风险”：“{name}”的清退已于{until_zh}截止，须取得新的清退方案或司法文书。",
                "Clause 4(5): the winding down of “{name}” ended on {until_en}; a new plan or court paper is needed.",
            ),
        ),
        part="expired",
    ),
    Rule(
        id="D06",
        code="WIND_DOWN",
        outcome=Outcome.REVIEW,
        holds=_is_special_on_bound,
        when_zh="清退兑付、销户、司法税务工资，列入有效或已关闭、撤并、移送",
        when_en=(
            "payout, account closing, judicial, tax and payroll on an active, closed, merged or transferred listing"
        ),
        grounds=(
            LegalBasis(
                _REVIVAL,
                "四（五）“稳妥处置风险”：只出不进，凭清退方案或司法文书，向登记投资者同名账户支付。",
                "Clause 4(5): outbound only, on a winding-down plan or court paper, to named investors' own accounts.",
            ),
            LegalBasis(
                "GF2011-38",
                "国发〔2011〕38号：做好清理整顿的善后工作。",
                "State Council document 38 of 2011: wind down in good order.",
            ),
        ),
        part="open",
    ),
    Rule(
        id="D14",
        code="RELISTED",
        outcome=Outcome.BLOCK,
        holds=lambda case: (
            case.standing.status is Status.RELISTED and not (_is(case, Category.VIOLATING) and _is_before_cutoff(case))
        ),
        when_zh="重新列入（违法违规交易场所在首个停止日之前的，见D07）",
        when_en="relisted (a violating venue before the first blocked date: see D07)",
        grounds=(
            LegalBasis(
                _REVIVAL,
                "四（五）防止“死灰复燃”：“{name}”自{effective_zh}起重新列入，停止提供金融服务。",
                "Clause 4(5): “{name}” is listed again from {effective_en}; stop financial services.",
            ),
            LegalBasis(
                _LIMB_5,
                "四（三）二是：监管部门认定违规并通报的，“及时停止”提供金融服务。",
                "Clause 4(3)2: stop services to venues that a regulator found in breach.",
            ),
        ),
    ),
    Rule(
        id="D10",
        code="CLOSED",
        outcome=Outcome.BLOCK,
        holds=lambda case: case.standing.status in ENDED,
        when_zh="已关闭、撤并（被撤并方）或移送，任何类别",
        when_en="closed, merged away or transferred, in any category",
        grounds=(
            LegalBasis(
                _CLOSURE,
                "五（二）：“{name}”已于{decided_zh}关闭、撤并或移送，“撤销关闭”的场所不得再提供金融服务。",
                "Clause 5(2): “{name}” was closed, merged or transferred on {decided_en}; no services.",
            ),
            LegalBasis(
                "FJ17-4.2.1",
                "四（二）一是：分类处置（规范、撤并、限期关闭、移送司法）。",
                "Clause 4(2)1: venues are rectified, merged, closed or handed to justice.",
            ),
        ),
    ),
    Rule(
        id="D10b",
        code="LIFTED",
        outcome=Outcome.PASS,
        holds=lambda case: case.standing.status is Status.LIFTED,
        when_zh="监管通报已由同一机关解除",
        when_en="the notice was lifted by the same regulator",
        grounds=(
            LegalBasis(
                _LIMB_5,
                "通报机关已于{decided_zh}解除对“{name}”的通报。",
                "The regulator lifted its notice of “{name}” on {decided_en}.",
            ),
        ),
        part="lifted",
        flags=("LIFTED",),
        clears=True,
    ),
    Rule(
        id="D10b",
        code="APPROVAL_SUSPECT",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.standing.status is Status.APPROVED and case.is_approved_in_moratorium,
        when_zh="未经批准的交易场所补办批准，批准日期在暂停批设期间",
        when_en="an unapproved venue approved while approvals were suspended",
        grounds=(
            LegalBasis(
                "FJ17-4.4.1-a",
                "四（四）一是：“回头看”期间“暂停批设”，“{name}”的批准（{approved_zh}）在此期间，须人工核实。",
                "Clause 4(4)1: approvals are suspended; that of “{name}” ({approved_en}) was given then; verify.",
            ),
        ),
        part="approved-in-moratorium",
    ),
    Rule(
        id="D10b",
        code="APPROVED",
        outcome=Outcome.PASS,
        holds=lambda case: case.standing.status is Status.APPROVED,
        when_zh="未经批准的交易场所已由本省补办批准",
        when_en="an unapproved venue that its province has since approved",
        grounds=(
            LegalBasis(
                _LIMB_4,
                "“{name}”已于{approved_zh}取得省人民政府批准。",
                "“{name}” was approved by the provincial government on {approved_en}.",
            ),
        ),
        part="approved",
        flags=("APPROVED",),
        clears=True,
    ),
    Rule(
        id="D18",
        code="CUTOFF_PASSED",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is_unrectified(case) and _is_listed_after_cutoff(case),
        when_zh="违法违规交易场所，首次列入不早于首个停止日",
        when_en="a violating venue first listed on or after the first blocked date",
        grounds=(
            LegalBasis(
                _LIMB_5,
                "四（三）二是：“{name}”在{cutoff_zh}的期限之后（{first_listed_zh}）列入，没有过渡期，“及时停止”提供金融服务。",
                "Clause 4(3)2: “{name}” was listed on {first_listed_en}, after the cutoff of {cutoff_en}; no grace.",
            ),
            LegalBasis(
                _CLOSURE,
                "五（二）：到期“仍未整改规范”的，停止提供支付结算等金融服务。",
                "Clause 5(2): what is still not rectified after the date gets no services.",
            ),
        ),
    ),
    Rule(
        id="D11",
        code="CLEARED_IN_TIME",
        outcome=Outcome.PASS,
        holds=lambda case: _is_cleared(case) and case.cleared_on <= case.cutoff.cutoff_date,
        when_zh="违法违规交易场所，书面意见或验收文件的日期不晚于截止日",
        when_en="a violating venue cleared or accepted by a document dated on or before the cutoff date",
        grounds=(
            LegalBasis(
                _OPINION,
                "五（二）：“{name}”已整改规范，“书面意见”或验收文件（{dated_zh}）不晚于{cutoff_zh}。",
                "Clause 5(2): “{name}” is rectified; opinion or acceptance of {dated_en} is no later than {cutoff_en}.",
            ),
        ),
        clears=True,
    ),
    Rule(
        id="D13",
        code="CLEARED_AFTER_CUTOFF",
        outcome=Outcome.PASS,
        holds=lambda case: _is_cleared(case) and case.standing.confirmed_late is not None,
        when_zh="书面意见或验收文件晚于截止日，已有逾期整改确认",
        when_en="cleared after the cutoff date, and the late rectification confirmed",
        grounds=(
            LegalBasis(
                _OPINION,
                "五（二）：“{name}”逾期整改（{dated_zh}），有关机关已书面确认。",
                "Clause 5(2): “{name}” was rectified late ({dated_en}), and the authority confirmed it.",
            ),
        ),
        part="confirmed",
        clears=True,
    ),
    Rule(
        id="D13",
        code="CLEARED_AFTER_CUTOFF",
        outcome=Outcome.REVIEW,
        holds=_is_cleared,
        when_zh="书面意见或验收文件晚于截止日，尚无逾期整改确认",
        when_en="cleared after the cutoff date, not yet confirmed",
        grounds=(
            LegalBasis(
                _OPINION,
                "五（二）：“{name}”的书面意见或验收文件（{dated_zh}）晚于{cutoff_zh}，须取得有关机关的逾期整改确认。",
                "Clause 5(2): the clearance of “{name}” ({dated_en}) is later than {cutoff_en}; get it confirmed.",
            ),
            LegalBasis(
                _CLOSURE,
                "五（二）：{cutoff_zh}“仍未整改规范”的，停止提供支付结算等金融服务。",
                "Clause 5(2): services stop where a venue was not rectified on {cutoff_en}.",
            ),
        ),
        part="unconfirmed",
    ),
    Rule(
        id="D07",
        code="GRACE_PERIOD",
        outcome=Outcome.REVIEW,
        holds=lambda case: (
            _is(case, Category.VIOLATING)
            and case.standing.is_active
            and _is_before_cutoff(case)
            and case.question.service in _NEW_INVESTORS
        ),
        when_zh="违法违规交易场所，通知之后、首个停止日之前；开户、商户准入（建议拒绝）",
        when_en=(
            "a violating venue from the notice to the cutoff; account opening and merchant acquiring: better refuse"
        ),
        grounds=(
            LegalBasis(
                _SWEEP,
                "四（三）二是“专项排查和风险评估”：“{name}”在整改期内（末日{last_day_zh}），{first_blocked_zh}起停止服务。",
                "Clause 4(3)2: “{name}” may still rectify until {last_day_en}; services stop on {first_blocked_en}.",
            ),
            LegalBasis(
                "GF2011-38",
                "国发〔2011〕38号：整改期间严禁“新增投资者”，建议拒绝新开户和新商户。",
                "State Council document 38 of 2011: no new investors while rectifying; better refuse new relations.",
            ),
        ),
        part="new-relation",
        flags=("recommend_refuse",),
        grounds_of_own_deadline=_OWN_DEADLINE_RUNS,
    ),
    Rule(
        id="D07",
        code="GRACE_PERIOD",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is(case, Category.VIOLATING) and case.standing.is_active and _is_before_cutoff(case),
        when_zh="违法违规交易场所，通知之后、首个停止日之前；其他服务",
        when_en="a violating venue from the notice to the cutoff; other services",
        grounds=(
            LegalBasis(
                _SWEEP,
                "四（三）二是“专项排查和风险评估”：“{name}”在整改期内（末日{last_day_zh}），{first_blocked_zh}起停止服务。",
                "Clause 4(3)2: “{name}” may still rectify until {last_day_en}; services stop on {first_blocked_en}.",
            ),
        ),
        part="other-service",
        grounds_of_own_deadline=_OWN_DEADLINE_RUNS,
    ),
    Rule(
        id="D08",
        code="CUTOFF",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is_unrectified(case) and case.question.service in _NAMED_SERVICES,
        when_zh="违法违规交易场所，首个停止日前列入且未整改规范；开户、托管、资金结算",
        when_en=(
            "a violating venue listed before the cutoff and not rectified; account opening, custody, fund settlement"
        ),
        grounds=(
            LegalBasis(
                _LIMB_2,
                "四（三）二是：{cutoff_zh}前仍未整改规范的违规交易场所，“停止提供开户、托管、资金结算等服务”"
                "（{first_blocked_zh}起）。",
                "Clause 4(3)2: a venue not rectified before {cutoff_en} gets no accounts, custody or settlement from "
                "{first_blocked_en}.",
            ),
            LegalBasis(
                _CLOSURE,
                "五（二）：{cutoff_zh}“仍未整改规范”或未通过验收的，“停止提供支付结算等金融服务”（{first_blocked_zh}起）。",
                "Clause 5(2): a venue still not rectified or accepted on {cutoff_en} gets no payment or other "
                "services from {first_blocked_en}.",
            ),
        ),
        order_on_cutoff_date=(1, 0),
        grounds_of_own_deadline=_OWN_DEADLINE_PASSED,
    ),
    Rule(
        id="D09",
        code="CUTOFF",
        outcome=Outcome.BLOCK,
        holds=_is_unrectified,
        when_zh="违法违规交易场所，首个停止日前列入且未整改规范；其他服务",
        when_en="a violating venue listed before the cutoff and not rectified; any other service",
        grounds=(
            LegalBasis(
                _CLOSURE,
                "五（二）：{cutoff_zh}“仍未整改规范”或未通过验收的，“停止提供支付结算等金融服务”（{first_blocked_zh}起）。",
                "Clause 5(2): a venue still not rectified or accepted on {cutoff_en} gets no payment or other "
                "services from {first_blocked_en}.",
            ),
        ),
        grounds_of_own_deadline=_OWN_DEADLINE_PASSED,
    ),
    Rule(
        id="D15",
        code="WEIPAN",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is(case, Category.WEIPAN) and case.standing.is_active,
        when_zh="微盘平台，列入有效，任何服务",
        when_en="a listed weipan platform, any service",
        grounds=(
            LegalBasis(
                _LIMB_3,
                "四（三）二是：对“微盘”交易平台名单内的“{name}”，“尽快停止”提供金融服务，没有过渡期。",
                "Clause 4(3)2: no financial services to the listed weipan platform “{name}”; there is no grace.",
            ),
        ),
    ),
    Rule(
        id="D16",
        code="UNAPPROVED",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is(case, Category.UNAPPROVED_VENUE, Category.ILLEGAL_EPLATFORM) and case.standing.is_active,
        when_zh="未经批准的非法交易场所、非法电子交易平台，列入有效",
        when_en="a listed unapproved venue or illegal electronic platform",
        grounds=(
            LegalBasis(
                _LIMB_4,
                "四（三）二是：“{name}”未经省人民政府批准，“不得”提供金融服务。",
                "Clause 4(3)2: “{name}” has no approval of a provincial government; no services may be given.",
            ),
        ),
    ),
    Rule(
        id="D17",
        code="NOTIFIED",
        outcome=Outcome.BLOCK,
        holds=lambda case: _is(case, Category.NOTIFIED) and case.standing.is_active and case.on >= case.notified_on,
        when_zh="监管部门认定违规并通报，自通报日起",
        when_en="found in breach and notified by a regulator, from the notice on",
        grounds=(
            LegalBasis(
                _LIMB_5,
                "四（三）二是：监管部门认定“{name}”违规并通报（{notified_zh}），“及时停止”提供金融服务。",
                "Clause 4(3)2: a regulator found “{name}” in breach and gave notice ({notified_en}); stop services.",
            ),
        ),
    ),
    Rule(
        id="D28",
        code="UNDECIDED",
        outcome=Outcome.REVIEW,
        holds=lambda _case: True,
        when_zh="名单内，而以上各行都不成立（例如通报日晚于列入生效日期，业务日期在两者之间）",
        when_en=(
            "listed, and none of the rows above holds (a notice dated after the listing took effect, service between)"
        ),
        grounds=(
            LegalBasis(
                _SWEEP,
                "四（三）二是“专项排查”：“{name}”在名单内，业务日期的状态不能确定，须人工核实。",
                "Clause 4(3)2: “{name}” is listed, and its standing on the service date is unclear; verify by hand.",
            ),
        ),
        part="listing",
    ),
)
