"""Rows about a match as such: who is out of scope (D24), and how far a match that is not sure may go (D02)."""

from collections.abc import Mapping
from typing import Final

from app.policy.facts import EntityFacts
from app.policy.rule import LegalBasis, Rule
from app.policy.vocabulary import EntityKind, Outcome

ENTITY: Final[tuple[Rule[EntityFacts], ...]] = (
    Rule(
        id="D24",
        code="OUT_OF_SCOPE",
        outcome=Outcome.PASS,
        holds=lambda case: case.is_natural_person,
        when_zh="客户是自然人，匹配到的不是名单内自然人，且只是名称相近（标识相同不在此列）",
        when_en="the party is a natural person, the match no listed person, and alike by name only",
        grounds=(
            LegalBasis(
                "FJ-ADMIN-MEASURES",
                "客户为自然人，名单主体“{name}”不是自然人：不属于本规则的对象。",
                "The party is a natural person and the listed entity “{name}” is none: out of scope.",
            ),
        ),
        part="natural-person",
    ),
    Rule(
        id="D24",
        code="OUT_OF_SCOPE",
        outcome=Outcome.PASS,
        holds=lambda case: case.is_authority,
        when_zh="客户名称以人民法院、税务局（分局、所）结尾，标识与此不矛盾",
        when_en="the party's name ends like that of a court or a tax office, and no identifier contradicts",
        grounds=(
            LegalBasis(
                "FJ-ADMIN-MEASURES",
                "客户为法院或税务机关：不属于本规则的对象。",
                "The party is a court or a tax office: out of scope.",
            ),
        ),
        part="authority",
    ),
    Rule(
        id="D24",
        code="OUT_OF_SCOPE",
        outcome=Outcome.PASS,
        holds=lambda case: case.dossier.kind is EntityKind.CLEARING,
        when_zh="匹配到的是统一清算机构本身",
        when_en="the match is a unified clearing house itself",
        grounds=(
            LegalBasis(
                "FJ-ADMIN-MEASURES",
                "“{name}”是统一登记、存管、清算机构：其自有账户不属于本规则的对象。",
                "“{name}” is a unified registration, custody and clearing house: its own account is out of scope.",
            ),
        ),
        part="clearing-house",
        clears=True,
    ),
)


def _cap(strength: str, code: str, when: tuple[str, str], ground: tuple[str, str]) -> Rule[EntityFacts]:
    when_zh, when_en = when
    return Rule(
        id="D02",
        code=code,
        outcome=Outcome.REVIEW,
        holds=lambda case: case.matched.strength == strength,
        when_zh=when_zh,
        when_en=when_en,
        grounds=(LegalBasis("FJ17-4.3.2-1", *ground),),
        part=strength.lower(),
    )


CAPS: Final[Mapping[str, Rule[EntityFacts]]] = {
    "STRONG": _cap(
        "STRONG",
        "MATCH_STRONG",
        (
            "匹配强度为STRONG：最多人工复核；所属行为放行的，放行",
            "a STRONG match never gives more than REVIEW, and PASS only where its row gives PASS",
        ),
        (
            "四（三）二是“专项排查”：与名单主体“{name}”高度相似（{score}分），但未确认是同一主体，须人工核实后处理。",
            "Clause 4(3)2: much like the listed “{name}” (score {score}) but not confirmed to be it; verify by hand.",
        ),
    ),
    "WEAK": _cap(
        "WEAK",
        "MATCH_WEAK",
        (
            "匹配强度为WEAK：最多人工复核；所属行为放行的，放行",
            "a WEAK match never gives more than REVIEW, and PASS only where its row gives PASS",
        ),
        (
            "四（三）二是“专项排查”：与名单主体“{name}”有一定相似（{score}分），须人工核实后处理。",
            "Clause 4(3)2: somewhat like the listed “{name}” (score {score}); verify by hand.",
        ),
    ),
}
