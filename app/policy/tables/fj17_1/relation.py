"""Rows about an entity that has no listing of its own and belongs to another (D19–D22)."""

from dataclasses import replace
from typing import Final

from app.policy.facts import RelationFacts
from app.policy.rule import LegalBasis, Rule
from app.policy.vocabulary import Outcome, RelationStatus

_LIKE_BRANCHES: Final = LegalBasis(
    "FJ17-4.4.2-a",
    "四（四）二是：会员、代理商、授权服务机构等“比照分支机构监管”，“{name}”承接其场所“{parent}”的结论。"
    "承接是本产品对条文的解读，可由 INHERIT_CONFIRMED 调整。",
    "Clause 4(4)2: members, agents and service organisations are supervised like branches; “{name}” takes the outcome "
    "of “{parent}”. That it does is our reading (switch INHERIT_CONFIRMED).",
)
_OUTSIDE_UNITS: Final = LegalBasis(
    "FJ17-4.4.2-c",
    "二、四（四）二是：省外交易场所在我省设立的机构一并清理。",
    "Clauses 2 and 4(4)2: units of venues of other provinces are cleaned up too.",
    is_of_outside_units=True,
)
_UNCONFIRMED: Final = LegalBasis(
    "FJ17-4.4.2-a",
    "四（四）二是：“{name}”与名单内场所“{parent}”的关系未经认定（或为居间、运营、收款、任职等关系），须人工核实。",
    "Clause 4(4)2: the tie of “{name}” to the listed “{parent}” is not confirmed, or is none of a branch; verify.",
)
_INTRODUCERS: Final = LegalBasis(
    "FJ17-4.3.5",
    "四（三）五是：叫停广告涉及会员、代理商、居间商；居间商最多人工复核。",
    "Clause 4(3)5 names introducing brokers for advertisements only: review at most.",
)
_MEMBER_MODEL: Final = LegalBasis(
    "FJ17-4.4.2-b",
    "四（四）二是：场所“原则上不得”通过会员、代理商、授权服务机构经营；“{name}”（所属“{parent}”）须有两地省级政府批准。",
    "Clause 4(4)2: venues shall not do business through members or agents; “{name}” (of “{parent}”) needs the approval "
    "of both provinces.",
)

_OUTSIDE_UNIT: Final = LegalBasis(
    "FJ17-4.4.2-c",
    "二、四（四）二是：“{name}”是省外场所“{parent}”在本省的机构，未见本省批准，须人工核实。",
    "Clauses 2 and 4(4)2: “{name}” is a unit here of “{parent}” of another province, not approved here.",
)

PERSON: Final[tuple[Rule[RelationFacts], ...]] = (
    Rule(
        id="D20",
        code="INHERITED_UNCONFIRMED",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.parents.outcome is not Outcome.PASS and case.is_counted_by_name,
        when_zh="与名单主体的法定代表人或实际控制人同名；开户、商户准入，或注册地相同（换壳线索）",
        when_en="the name of a listed entity's legal representative or controller; a new relation, or the same region",
        grounds=(
            LegalBasis(
                "FJ17-4.5",
                "四（五）防止“死灰复燃”：与名单主体“{parent}”的法定代表人或实际控制人同名，疑似换壳，须人工核实。",
                "Clause 4(5): bears the name of the legal representative or controller of the listed “{parent}”; may "
                "be its new shell, verify.",
            ),
        ),
        part="same-person",
        flags=("SAME_PERSON",),
    ),
    Rule(
        id="D20",
        code="SAME_PERSON",
        outcome=Outcome.PASS,
        holds=lambda case: case.parents.outcome is not Outcome.PASS,
        when_zh="同上，其他服务且没有第二个线索：仅作标记",
        when_en="the same, any other service and no second sign: a flag, no finding",
        grounds=(),
        part="same-person-flag",
        flags=("SAME_PERSON",),
    ),
)

RELATION: Final[tuple[Rule[RelationFacts], ...]] = (
    Rule(
        id="D19",
        code="INHERITED",
        outcome=Outcome.BLOCK,
        holds=lambda case: (
            case.is_branch_like
            and case.parents.outcome is Outcome.BLOCK
            and case.parameters.inherit_confirmed is Outcome.BLOCK
        ),
        when_zh="经认定的会员、代理商、授权服务机构、分支机构，所属场所为停止服务",
        when_en="a confirmed member, agent, service organisation or branch of a blocked venue",
        grounds=(_LIKE_BRANCHES, _OUTSIDE_UNITS),
        part="block",
    ),
    Rule(
        id="D19",
        code="INHERITED",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.is_branch_like and case.parents.outcome is not Outcome.PASS,
        when_zh="同上，所属场所为人工复核，或 INHERIT_CONFIRMED=REVIEW",
        when_en="the same of a venue under review, or with INHERIT_CONFIRMED=REVIEW",
        grounds=(_LIKE_BRANCHES, _OUTSIDE_UNITS),
        part="review",
    ),
    Rule(
        id="D20",
        code="INHERITED_UNCONFIRMED",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.parents.outcome is not Outcome.PASS,
        when_zh="自称或推定的上述关系，或居间商及其他关系；所属场所为停止服务或人工复核",
        when_en=(
            "the same claimed or inferred, or an introducing broker or another tie; the venue blocked or under review"
        ),
        grounds=(_UNCONFIRMED, _INTRODUCERS),
    ),
    Rule(
        id="D21",
        code="MEMBER_MODEL",
        outcome=Outcome.PASS,
        holds=lambda case: (
            case.is_intermediary
            and case.relation.status is RelationStatus.CONFIRMED
            and case.parents.is_cleared
            and case.approvals_given
            and not case.approval_is_suspect
        ),
        when_zh="已规范或经批准场所的会员、代理商、授权服务机构，两地省级政府均已批准",
        when_en="a member or agent of a cleared or approved venue, approved by both provinces",
        grounds=(_MEMBER_MODEL,),
        part="both-approved",
        clears=True,
    ),
    Rule(
        id="D21",
        code="MEMBER_MODEL",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.is_intermediary and case.parents.is_cleared and case.is_unapproved_outside_unit,
        when_zh="同下，且为省外场所在本省的机构，未经本省批准（D22 同时成立）",
        when_en="as below, of a venue of another province and not approved here (D22 holds as well)",
        grounds=(_MEMBER_MODEL, replace(_OUTSIDE_UNIT, code="OOP_UNIT")),
        part="outside-unit",
    ),
    Rule(
        id="D21",
        code="MEMBER_MODEL",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.is_intermediary and case.parents.is_cleared,
        when_zh="已规范或经批准场所的会员、代理商、授权服务机构，两地批准不全（或批准日期在暂停批设期间）",
        when_en="a member or agent of a cleared or approved venue, not approved by both provinces (or while suspended)",
        grounds=(_MEMBER_MODEL,),
        part="not-both-approved",
    ),
    Rule(
        id="D22",
        code="OOP_UNIT",
        outcome=Outcome.REVIEW,
        holds=lambda case: case.is_unapproved_outside_unit,
        when_zh="省外场所（在其本省经批准）在闽机构，未经本省批准",
        when_en="a unit of a venue approved in another province, not approved here",
        grounds=(
            _OUTSIDE_UNIT,
            LegalBasis(
                "FJ-ADMIN-MEASURES",
                "《福建省交易场所管理办法》：省外场所在本省设立分支机构的，适用该办法。",
                "The Fujian measures on venues apply to branches of venues of other provinces.",
            ),
        ),
    ),
    Rule(
        id="D19",
        code="INHERITED",
        outcome=Outcome.PASS,
        holds=lambda case: case.parents.is_cleared,
        when_zh="分支机构或其他关系，所属场所已规范或经批准",
        when_en="a branch or another tie, the venue cleared or approved",
        grounds=(_LIKE_BRANCHES,),
        part="pass-cleared",
        clears=True,
    ),
    Rule(
        id="D19",
        code="INHERITED",
        outcome=Outcome.PASS,
        holds=lambda case: case.parents.is_known,
        when_zh="上述任一关系，所属场所放行（例如尚未生效）",
        when_en="any such tie to a venue that passes (not yet listed, for example)",
        grounds=(_LIKE_BRANCHES,),
        part="pass",
    ),
    Rule(
        id="D28",
        code="UNDECIDED",
        outcome=Outcome.REVIEW,
        holds=lambda _case: True,
        when_zh="名单内的关联主体，其所属场所不在任何名单内",
        when_en="on a list as related, to a venue that no list has",
        grounds=(
            LegalBasis(
                "FJ17-4.4.2-a",
                "四（四）二是：“{name}”在名单内列为“{parent}”的关联主体，而所属场所未在任何名单中找到，须人工核实。",
                "Clause 4(4)2: “{name}” is listed as related to “{parent}”, which no list has; verify by hand.",
            ),
        ),
        part="relation",
    ),
)
