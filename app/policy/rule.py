"""What a rule is: a condition on a case, an outcome, a reason with its clause and texts.  The table is rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.policy.facts import EntityFacts, ListingFacts, PartyFacts, RelationFacts
from app.policy.vocabulary import Outcome

C = TypeVar("C", ListingFacts, RelationFacts, EntityFacts, PartyFacts)


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A clause and what it says here, in our words; ``{…}`` are the words of the case (``Case.words``).

    ``code`` is the reason code where it is another than the rule's: what a later row would have said too.
    """

    basis_code: str
    text_zh: str
    text_en: str
    code: str | None = None
    is_of_outside_units: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[C]):
    """One row of the decision table, or one part of a row that has several outcomes.

    ``id`` is the row (D01–D27), ``part`` the name of the part.  ``when_zh`` and ``when_en`` say the condition that
    ``holds`` tests.  ``clears`` marks a PASS that rests on a clearing event or an official standing, after which
    keywords are no longer looked at; ``ignores`` a match that is as if it had not been.  ``is_about_approved`` marks a
    row about the party whose reason names the entity on the approved list.
    """

    id: str
    code: str
    outcome: Outcome
    holds: Callable[[C], bool]
    when_zh: str
    when_en: str
    grounds: tuple[LegalBasis, ...]
    part: str = ""
    flags: tuple[str, ...] = ()
    clears: bool = False
    ignores: bool = False
    order_on_cutoff_date: tuple[int, ...] = ()
    grounds_of_own_deadline: tuple[LegalBasis, ...] = ()
    is_about_approved: bool = False

    @property
    def name(self) -> str:
        """The row and its part: ``D05/learned-later``."""
        return f"{self.id}/{self.part}" if self.part else self.id

    def grounds_on(self, *, is_cutoff_date: bool, has_own_deadline: bool = False) -> tuple[LegalBasis, ...]:
        """Return the grounds in the order in which they are cited.

        On the cutoff date it may be another order; where the listing's own deadline decides, they name that deadline.
        """
        if has_own_deadline and self.grounds_of_own_deadline:
            return self.grounds_of_own_deadline
        if is_cutoff_date and self.order_on_cutoff_date:
            return tuple(self.grounds[place] for place in self.order_on_cutoff_date)
        return self.grounds


# A table is equal to itself alone, so that what follows from it can be kept by it.
@dataclass(frozen=True, slots=True, eq=False)
class RuleTable:
    """One version of the decision table.

    Rules are tried in their order within their stage: ``entity`` and ``listing`` for a match, ``relation`` for an
    entity without a listing of its own, ``person`` for a party that has the name of a person behind a listed entity
    (none that holds: no finding), ``party`` for the counterparty as a whole (all that hold), ``caps`` for
    matches that are not CONFIRMED (by strength), ``floors`` for a PASS that may not be.
    """

    name: str
    entity: tuple[Rule[EntityFacts], ...]
    listing: tuple[Rule[ListingFacts], ...]
    relation: tuple[Rule[RelationFacts], ...]
    party: tuple[Rule[PartyFacts], ...]
    person: tuple[Rule[RelationFacts], ...]
    caps: Mapping[str, Rule[EntityFacts]]
    floors: tuple[Rule[PartyFacts], ...]
