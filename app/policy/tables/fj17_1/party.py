"""Rows about the counterparty as a whole: without a list (D03, D23), approved or unknown (D25, D26), floor (D27)."""

from typing import Final

from app.policy.facts import PartyFacts
from app.policy.rule import LegalBasis, Rule
from app.policy.vocabulary import Outcome


def _is_unbound(case: PartyFacts) -> bool:
    return case.passes and not case.is_cleared


PARTY: Final[tuple[Rule[PartyFacts], ...]] = (
    Rule(
        id="D03",
        code="KEYWORD_ONLY",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and not case.is_approved and bool(case.keywords),
        when_zh="没有名单匹配，也不在批准名单；名称、营业范围、交易品种、宣传内容或渠道名称含“微盘”等字样",
        when_en="no listed match and not approved; a keyword in the four fields or three channels",
        grounds=(
            LegalBasis(
                "FJ17-4.2.6-a",
                "四（二）六是：含有{keywords}字样，属摸排线索。",
                "Clause 4(2)6: contains {keywords}, a lead for discovery.",
            ),
            LegalBasis(
                "FJ17-4.2.6-c",
                "四（二）六是：关闭须有“相关部门认定意见”，仅凭字样只作人工复核。",
                "Clause 4(2)6: closing needs an authority's determination; a keyword alone means review.",
            ),
        ),
        part="keyword",
    ),
    Rule(
        id="D03",
        code="NAME_EXCHANGE_UNAPPROVED",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and not case.is_approved and bool(case.exchange_names),
        when_zh="没有名单匹配，也不在批准名单；名称含“交易所”",
        when_en="no listed match and not approved; 交易所 in the name",
        grounds=(
            LegalBasis(
                "FJ17-4.3.7",
                "四（三）七是：名称使用“交易所”字样须经批准，未见批准记录，须人工核实。",
                "Clause 4(3)7: the word 交易所 in a name needs an approval, and none is on record; verify by hand.",
            ),
        ),
        part="exchange-name",
    ),
    Rule(
        id="D22",
        code="OOP_UNIT",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and bool(case.outside_units),
        when_zh="没有名单匹配；批准名单上的省外场所机构，批准机关不在其所在省",
        when_en=(
            "no listed match; a unit of a venue of another province on an approved list, not approved "
            "in its own province"
        ),
        grounds=(
            LegalBasis(
                "FJ17-4.4.2-c",
                "二、四（四）二是：省外场所在本省的机构须经本省批准，未见本省批准，须人工核实。",
                "Clauses 2 and 4(4)2: a unit of a venue of another province needs an approval here; none is on record.",
            ),
        ),
        part="approved-list",
        is_about_approved=True,
    ),
    Rule(
        id="D23",
        code="APPROVAL_SUSPECT",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and bool(case.suspect_approvals),
        when_zh="没有名单匹配；批准日期在暂停批设期间",
        when_en="no listed match; approved while approvals were suspended",
        grounds=(
            LegalBasis(
                "FJ17-4.4.1-a",
                "四（四）一是：“回头看”期间（{moratorium_from_zh}起）“暂停批设”，该批准的日期在此期间，须人工核实。",
                "Clause 4(4)1: approvals are suspended from {moratorium_from_en}; this one was given then; verify.",
            ),
        ),
        part="approval",
        is_about_approved=True,
    ),
    Rule(
        id="D23",
        code="BANNED_PRODUCT",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and case.declares_financial_product,
        when_zh="没有名单匹配；申报的交易品种含保险、信贷、黄金等金融产品",
        when_en="no listed match; a financial product is declared",
        grounds=(
            LegalBasis(
                "FJ17-4.4.3-a",
                "四（四）三是：交易场所不得开展保险、信贷、黄金等金融产品交易；申报品种含{products}，须人工核实。",
                "Clause 4(4)3: venues shall not trade financial products; {products} declared; verify by hand.",
            ),
        ),
        part="financial-product",
        is_about_approved=True,
    ),
    Rule(
        id="D23",
        code="BANNED_PRODUCT",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and case.declares_cultural_product,
        when_zh="没有名单匹配；申报的交易品种含邮票、金银纪念币、磁卡",
        when_en="no listed match; stamps, coins or cards are declared",
        grounds=(
            LegalBasis(
                "FJ17-4.2.3",
                "四（二）三是：限期停止邮票、金银纪念币、磁卡等违规交易；申报品种含{products}，须人工核实。",
                "Clause 4(2)3: trading of stamps, coins and cards is to stop; {products} declared; verify by hand.",
            ),
        ),
        part="cultural-product",
        is_about_approved=True,
    ),
    Rule(
        id="D23",
        code="BANNED_PRODUCT",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and case.has_too_many_holders,
        when_zh="没有名单匹配；权益持有人超过200人",
        when_en="no listed match; more than 200 holders",
        grounds=(
            LegalBasis(
                "FJ17-4.4.3-b",
                "四（四）三是：不得变相突破{holders_max}人的私募上限，须人工核实。",
                "Clause 4(4)3: the limit of {holders_max} holders of private placements; verify by hand.",
            ),
        ),
        part="holders",
        is_about_approved=True,
    ),
    Rule(
        id="D23",
        code="CHANGE_UNCONSENTED",
        outcome=Outcome.REVIEW,
        holds=lambda case: _is_unbound(case) and case.changed_without_consent,
        when_zh="没有名单匹配；未经同意新增品种、变更交易模式或主要股东（V12）",
        when_en="no listed match; a change of product, mode or main shareholder without consent (V12)",
        grounds=(
            LegalBasis(
                "FJ17-4.4.1-b",
                "四（四）一是：新增品种、变更交易模式、变更主要股东须报省金融办同意，须人工核实。",
                "Clause 4(4)1: new products, modes and main shareholders need consent; verify by hand.",
            ),
        ),
        part="change",
        is_about_approved=True,
    ),
    Rule(
        id="D25",
        code="APPROVED",
        outcome=Outcome.PASS,
        holds=lambda case: not case.has_listed_match and case.is_approved,
        when_zh="没有名单匹配；在批准名单内，且D23不成立",
        when_en="no listed match; on an approved list, and D23 does not hold",
        grounds=(
            LegalBasis(
                "FJ-ADMIN-MEASURES",
                "在经批准的交易场所名单内，且没有匹配到限制名单。",
                "On a list of approved venues, and no restricted listing matches.",
            ),
        ),
        is_about_approved=True,
    ),
    Rule(
        id="D26",
        code="NO_ENTRY",
        outcome=Outcome.PASS,
        holds=lambda case: not case.has_listed_match,
        when_zh="没有匹配",
        when_en="no match",
        grounds=(
            LegalBasis(
                "FJ17-4.3.2-1",
                "四（三）二是“对照名单”：所列名单版本中没有匹配的主体。",
                "Clause 4(3)2: the list versions named here have no matching entity.",
            ),
        ),
    ),
)

FLOORS: Final[tuple[Rule[PartyFacts], ...]] = (
    Rule(
        id="D27",
        code="NO_LIST",
        outcome=Outcome.REVIEW,
        holds=lambda case: not case.coverage.any_active,
        when_zh="筛查时没有任何生效名单：放行改为人工复核",
        when_en="no list is active at all: PASS becomes REVIEW",
        grounds=(
            LegalBasis(
                "FJ17-4.4.6-b",
                "四（四）六是：名单应第一时间报送更新；当前没有生效名单，不能放行。",
                "Clause 4(4)6: lists are to be reported at once; none is active, so nothing can pass.",
            ),
        ),
        part="no-list",
    ),
    Rule(
        id="D27",
        code="STALE_LIST",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.coverage.stale,
        when_zh="未能在时限内确认生效的名单版本：放行改为人工复核",
        when_en="the versions in force are not confirmed in time: PASS becomes REVIEW",
        grounds=(
            LegalBasis(
                "FJ17-4.4.6-b",
                "四（四）六是：名单变化应第一时间报送；未能确认当前生效的名单版本，不能放行。",
                "Clause 4(4)6: changes are reported at once; what is in force is not confirmed, so nothing can pass.",
            ),
        ),
        part="stale",
    ),
)
