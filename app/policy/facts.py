"""What a rule is asked about: a matched entity, one of its listings, one of its relations, or the party itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Final

from app.names.fold import fold
from app.names.legal_forms import same_name_key, split_legal_form
from app.names.party_words import has_venue_word
from app.policy.model import Approval, Coverage, Dossier, Event, MatchedEntity, Relation, ServiceQuestion, TextFinding
from app.policy.parameters import Cutoff, Parameters, is_same_province
from app.policy.timeline import ListingStatus
from app.policy.vocabulary import (
    Action,
    Category,
    CounterpartyKind,
    EntityKind,
    Outcome,
    RelationStatus,
    RelationType,
    Service,
)

SPECIAL_SERVICES: Final = frozenset({Service.INVESTOR_PAYOUT, Service.ACCOUNT_CLOSE, Service.JUDICIAL_TAX_PAYROLL})
NEW_RELATIONS: Final = frozenset({Service.ACCOUNT_OPEN, Service.MERCHANT_ACQUIRING})
"""Services with which a relation begins, in which a single sign of a shell counts."""
LISTED_CATEGORIES: Final = frozenset(Category) - {Category.APPROVED, Category.RELATED}

BRANCH_LIKE: Final = frozenset(
    {RelationType.BRANCH_OF, RelationType.MEMBER_OF, RelationType.AGENT_OF, RelationType.AUTH_SERVICE_OF}
)
"""Those that are supervised like branches (R12)."""

_STEM_CHARS_MIN: Final = 2
_TERM_ENDINGS: Final = (
    *("产品", "类产品", "类", "交易", "业务", "品种", "服务", "份额", "合约", "现货", "期货", "制品", "藏品", "收益权"),
    "",
)
"""What may follow a banned product in a declared term, so that 保险产品 is one and 保险柜 is none."""
_TERM_BREAKS: Final = re.compile(r"[\s、，,；;|/及和与]+")

INTERMEDIARIES: Final = BRANCH_LIKE - {RelationType.BRANCH_OF}
"""Those through which no venue may do business as a rule (R13)."""


@cache
def zh(day: date | None) -> str:
    """Return a date as the notice writes it: 2017年6月30日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "未载明日期"


@cache
def en(day: date | None) -> str:
    """Return a date as an English text has it: 2017-06-30."""
    return day.isoformat() if day else "an unstated date"


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """A matched entity, whatever it is listed under."""

    question: ServiceQuestion
    matched: MatchedEntity
    parameters: Parameters

    @property
    def dossier(self) -> Dossier:
        """What the list says of it."""
        return self.matched.dossier

    @property
    def is_natural_person(self) -> bool:
        """Whether the party is a natural person that is alike by its own name only.

        An equal identifier is of the listed entity itself, whoever the caller says the party is; a match by another
        name, a remark or a listed name inside the name concerns another party.
        """
        return (
            self.question.counterparty_kind is CounterpartyKind.PERSON
            and self.dossier.kind is not EntityKind.PERSON
            and self.matched.by_own_name
            and not self.matched.by_identifier
        )

    @property
    def is_authority(self) -> bool:
        """Whether the party is a court or a tax office: by the end of its name, unless its code says otherwise.

        Only where nothing listed is part of the name: whoever puts 税务所 behind a listed name is no authority.
        """
        name = self.question.name.strip()
        return (
            name.endswith(self.parameters.authority_endings)
            and self.question.has_authority_code is not False
            and self.matched.by_own_name
            and not self.matched.by_identifier
            and self.matched.strength == "WEAK"
            and not _names_one_of(self.dossier, name)
        )

    @property
    def words(self) -> Mapping[str, str]:
        """The words for texts."""
        return {"name": self.dossier.legal_name, "score": str(self.matched.score)}


def _names_one_of(dossier: Dossier, text: str) -> bool:
    """Whether a name of the entity, without its legal form, is part of a text."""
    folded = fold(text)
    stems = (split_legal_form(fold(name.text))[0] for name in dossier.names)
    return any(len(stem) >= _STEM_CHARS_MIN and stem in folded for stem in stems)


def is_named(dossier: Dossier, name: str) -> bool:
    """Whether a name equals one of the entity's, but for its writing and 有限公司 against 有限责任公司."""
    key = same_name_key(fold(name))
    return any(same_name_key(fold(listed.text)) == key for listed in dossier.names)


@dataclass(frozen=True)
class ListingFacts:
    """One listing of a matched entity on the service date."""

    question: ServiceQuestion
    dossier: Dossier
    category: Category
    standing: ListingStatus
    parameters: Parameters

    @property
    def on(self) -> date:
        """The service date."""
        return self.question.service_date

    @cached_property
    def cutoff(self) -> Cutoff:
        """The cutoff of the list's jurisdiction, with the listing's own deadline."""
        return self.parameters.cutoff_of(
            self.dossier.list_jurisdiction, Category.VIOLATING, self.standing.rectify_deadline
        )

    @property
    def cleared_on(self) -> date:
        """The date of the document that clears: the earlier of the two, the later where both are needed."""
        firsts: dict[Action, date] = {}
        for event in self.standing.clearances:
            firsts.setdefault(event.action, event.effective_on)
        both = self.cutoff.requires_both_clearances
        return max(firsts.values()) if both else min(firsts.values())

    @property
    def has_single_evidence(self) -> bool:
        """Whether only one of opinion and acceptance is there."""
        return len({event.action for event in self.standing.clearances}) == 1

    @property
    def is_approved_in_moratorium(self) -> bool:
        """Whether the approval that ended the listing was given while approvals were suspended (R20)."""
        approval = self.standing.decided_by.approval
        return approval is not None and self.parameters.is_in_moratorium(approval.dated)

    @property
    def has_own_deadline(self) -> bool:
        """Whether the listing's own 整改期限 decides, being earlier than the cutoff of the jurisdiction."""
        deadline = self.standing.rectify_deadline
        return deadline is not None and deadline < self.cutoff.cutoff_date

    @property
    def notified_on(self) -> date:
        """The date of the regulator's notice (通报日)."""
        opened_by = self.standing.opened_by
        return opened_by.determined_on or opened_by.effective_on

    @property
    def document_event(self) -> Event:
        """The event whose document a reason cites."""
        decided_by = self.standing.decided_by
        has_number = decided_by.document is not None and decided_by.document.doc_no
        return decided_by if has_number else self.standing.opened_by

    @property
    def words(self) -> Mapping[str, str]:
        """The words for texts."""
        return _ListingWords(self)


class _ListingWords(dict[str, str]):
    """The words of a listing, found when a text asks for them: there are many, and a text asks for few."""

    def __init__(self, case: ListingFacts) -> None:
        super().__init__(name=case.dossier.legal_name, deadline_doc=_deadline_document(case))
        self._case = case

    def __missing__(self, word: str) -> str:
        day, _, language = word.rpartition("_")
        return (zh if language == "zh" else en)(_DAYS[day](self._case))


def _deadline_document(case: ListingFacts) -> str:
    document = case.standing.decided_by.document or case.standing.opened_by.document
    return document.doc_no if document and document.doc_no else "名单所载"


def _dated(case: ListingFacts) -> date | None:
    document = case.standing.decided_by.document
    return document.dated if document else None


def _approved(case: ListingFacts) -> date | None:
    approval = case.standing.decided_by.approval
    return approval.dated if approval else None


_DAYS: Final[Mapping[str, Callable[[ListingFacts], date | None]]] = {
    "on": lambda case: case.on,
    "effective": lambda case: case.standing.effective_from,
    "first_listed": lambda case: case.standing.first_listed,
    "decided": lambda case: case.standing.decided_by.effective_on,
    "known": lambda case: case.standing.opened_by.known_on,
    "dated": _dated,
    "cutoff": lambda case: case.cutoff.cutoff_date,
    "first_blocked": lambda case: case.cutoff.first_blocked,
    "last_day": lambda case: case.cutoff.first_blocked - timedelta(days=1),
    "notified": lambda case: case.notified_on,
    "deadline": lambda case: case.standing.rectify_deadline,
    "until": lambda case: case.dossier.wind_down.until if case.dossier.wind_down else None,
    "approved": _approved,
}


@dataclass(frozen=True, slots=True)
class Parents:
    """What the law makes of the parents of a relation on the service date, all found entities together.

    ``is_cleared`` says that a parent passes for having been cleared or approved, ``is_approved_elsewhere`` that a
    parent is approved in another province than the child's list.  ``is_known`` is false where no list has the
    parent, ``is_ignored`` true where all that the lists had on it was withdrawn.
    """

    outcome: Outcome
    is_known: bool
    is_ignored: bool
    is_cleared: bool
    is_approved_elsewhere: bool
    region_codes: frozenset[str]
    name: str


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """One relation of a matched entity that has no listing of its own on the service date."""

    question: ServiceQuestion
    dossier: Dossier
    relation: Relation
    parents: Parents
    parameters: Parameters

    @property
    def is_branch_like(self) -> bool:
        """Whether R12 puts the entity under its venue like a branch, and an authority has confirmed it."""
        return self.relation.type in BRANCH_LIKE and self.relation.status is RelationStatus.CONFIRMED

    @property
    def has_outside_parent(self) -> bool:
        """Whether the venue above is of another province than the list, so that R14 concerns the entity too."""
        here = self.dossier.list_jurisdiction
        return self.dossier.is_out_of_province_unit or any(
            not is_same_province(code, here) for code in self.parents.region_codes
        )

    @property
    def is_counted_by_name(self) -> bool:
        """Whether the name of a person behind the entity counts: a new relation, or the same place of registration."""
        asked, own = self.question.region_code, self.dossier.region_code
        is_same_place = asked is not None and own is not None and asked[:4] == own[:4]
        return self.question.service in NEW_RELATIONS or is_same_place

    @property
    def is_intermediary(self) -> bool:
        """Whether it is a member, agent or authorised service organisation, confirmed or not (R13)."""
        return self.relation.type in INTERMEDIARIES

    @property
    def approvals_given(self) -> bool:
        """Whether both provinces approved by the service date: the venue's, and that of the member's registration."""
        home, own = self.relation.home_approval, self.relation.member_approval
        return (
            self._is_given(home)
            and self._is_given(own)
            and home is not None
            and all(is_same_province(home.region_code, code) for code in self.parents.region_codes)
        )

    @property
    def approval_is_suspect(self) -> bool:
        """Whether one of the approvals was given while approvals were suspended (R20)."""
        approvals = (self.relation.home_approval, self.relation.member_approval)
        return any(one is not None and self.parameters.is_in_moratorium(one.dated) for one in approvals)

    @property
    def is_unapproved_outside_unit(self) -> bool:
        """Whether it is a unit of another province's approved venue that the list's own province did not approve."""
        is_unit = self.dossier.is_out_of_province_unit or self.parents.is_approved_elsewhere
        return is_unit and not self._is_approved_here

    @property
    def _is_approved_here(self) -> bool:
        home, own = self.relation.home_approval, self.relation.member_approval
        if self._is_given(own):
            return True
        return (
            self._is_given(home)
            and home is not None
            and home.region_code is not None
            and is_same_province(home.region_code, self.dossier.list_jurisdiction)
        )

    def _is_given(self, approval: Approval | None) -> bool:
        return (
            approval is not None
            and approval.doc_no is not None
            and approval.dated is not None
            and approval.dated <= self.question.service_date
        )

    @property
    def words(self) -> Mapping[str, str]:
        """The words for texts."""
        return {"name": self.dossier.legal_name, "parent": self.parents.name}


@dataclass(frozen=True)
class PartyFacts:
    """The counterparty as a whole, when every match of it has been decided.

    ``passes`` says that no match gives more than PASS, ``is_cleared`` that a CONFIRMED match passes for a clearing
    event or an official standing.  ``approved`` are the hits on approved lists in force on the service date.
    """

    question: ServiceQuestion
    parameters: Parameters
    coverage: Coverage
    findings: tuple[TextFinding, ...]
    approved: tuple[MatchedEntity, ...]
    has_listed_match: bool
    passes: bool
    is_cleared: bool

    @property
    def is_approved(self) -> bool:
        """Whether the party is for certain an approved venue; a likeness to one is none."""
        return any(matched.strength == "CONFIRMED" for matched in self.approved)

    @cached_property
    def keywords(self) -> tuple[TextFinding, ...]:
        """The keywords found (R07)."""
        return tuple(finding for finding in self.findings if finding.code == "KEYWORD_ONLY")

    @cached_property
    def exchange_names(self) -> tuple[TextFinding, ...]:
        """The names found that say 交易所 (R18)."""
        return tuple(finding for finding in self.findings if finding.code == "NAME_EXCHANGE_UNAPPROVED")

    @property
    def suspect_approvals(self) -> tuple[MatchedEntity, ...]:
        """The approved hits whose approval was given while approvals were suspended."""
        suspect = self.parameters.is_in_moratorium
        return tuple(
            one for one in self.approved if (approval := approval_on(one.dossier, self.on)) and suspect(approval.dated)
        )

    @property
    def outside_units(self) -> tuple[MatchedEntity, ...]:
        """The approved hits that are units of another province's venue without an approval of their own province."""
        return tuple(
            one
            for one in self.approved
            if one.dossier.is_out_of_province_unit
            and (approval := approval_on(one.dossier, self.on)) is not None
            and not is_same_province(approval.region_code, one.dossier.region_code)
        )

    @property
    def on(self) -> date:
        """The service date."""
        return self.question.service_date

    @cached_property
    def banned_products(self) -> tuple[str, ...]:
        """The banned products that a venue, or an approved list of it, declares, as whole terms of the vocabulary.

        R15 speaks of trading venues: a jeweller, an insurer or a printer of 票据 is none.
        """
        declared = [*self.question.products, *(text for one in self.approved for text in one.dossier.products)]
        if not declared or not self.is_venue:
            return ()
        terms = {term for text in declared for term in _TERM_BREAKS.split(text)}
        return tuple(
            product.word
            for product in self.parameters.banned_products
            if not terms.isdisjoint(product.word + ending for ending in _TERM_ENDINGS)
        )

    @property
    def is_venue(self) -> bool:
        """Whether the party is a trading venue, by its name, its business scope or an approved list."""
        scope = self.question.business_scope
        return (
            bool(self.approved) or has_venue_word(self.question.name) or (scope is not None and has_venue_word(scope))
        )

    @property
    def declares_financial_product(self) -> bool:
        """Whether a product banned by R15 is declared, or the violation recorded (V06)."""
        return self._declares("FJ17-4.4.3-a") or self._has_violation("V06")

    @property
    def declares_cultural_product(self) -> bool:
        """Whether a product banned by R17 is declared, or the violation recorded (V07)."""
        return self._declares("FJ17-4.2.3") or self._has_violation("V07")

    @property
    def has_too_many_holders(self) -> bool:
        """Whether more holders than allowed are declared, or the violation recorded (R16, V04)."""
        counts = (one.dossier.holder_count for one in self.approved)
        return any(count is not None and count > self.parameters.holders_max for count in counts) or (
            self._has_violation("V04")
        )

    @property
    def changed_without_consent(self) -> bool:
        """Whether a change of product, mode or main shareholder without consent is recorded (R19, V12)."""
        return self._has_violation("V12")

    def _declares(self, basis_code: str) -> bool:
        if not self.banned_products:
            return False
        words = {product.word for product in self.parameters.banned_products if product.basis_code == basis_code}
        return any(word in words for word in self.banned_products)

    def _has_violation(self, code: str) -> bool:
        return any(code in one.dossier.violation_codes for one in self.approved)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The words for texts."""
        return {
            "keywords": "、".join(dict.fromkeys(f"“{one.keyword}”" for one in self.keywords)),
            "products": "、".join(self.banned_products) or "记录在案的违规品种",
            "moratorium_from_zh": zh(self.parameters.moratorium_from),
            "moratorium_from_en": en(self.parameters.moratorium_from),
            "holders_max": str(self.parameters.holders_max),
        }


def approval_on(dossier: Dossier, on: date) -> Approval | None:
    """Return the approval that an approved list states for a date, the last that is effective by then."""
    for listing in dossier.listings:
        if listing.category is Category.APPROVED:
            stated = [
                event.approval for event in listing.events if event.approval is not None and event.effective_on <= on
            ]
            return stated[-1] if stated else None
    return None
