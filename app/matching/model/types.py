"""What the matcher is given and what it answers: the seam between names and everything above.

The matcher knows nothing of law, lists or time.  It is given *entries* (one listed entity: its names
and identifiers) and *queries* (one counterparty), and answers *hits* with a strength, a score and an
explanation.  An :class:`app.matching.index.Index` is immutable and a pure function of its entries.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from app.identifiers import Identifier


class NameType(StrEnum):
    """What kind of name a text is (name types of docs/api.md)."""

    LEGAL = "LEGAL"
    FORMER = "FORMER"
    ALIAS = "ALIAS"
    BRAND = "BRAND"
    APP = "APP"
    WECHAT = "WECHAT"
    EN = "EN"
    ACCOUNT_TITLE = "ACCOUNT_TITLE"
    MERCHANT = "MERCHANT"
    SUBMERCHANT = "SUBMERCHANT"


class Strength(StrEnum):
    """How sure a hit is; CONFIRMED alone may lead to BLOCK (rule D02)."""

    CONFIRMED = "CONFIRMED"
    STRONG = "STRONG"
    WEAK = "WEAK"
    KEYWORD = "KEYWORD"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return ("CONFIRMED", "STRONG", "WEAK", "KEYWORD").index(self.value)


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of a listed entity, as the list writes it."""

    text: str
    type: NameType = NameType.LEGAL


@dataclass(frozen=True, slots=True)
class PersonBehind:
    """A person behind a listed entity; ``role`` is ``legal_rep`` 法定代表人 or ``actual_controller`` 实际控制人."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed entity as the matcher sees it.  ``key`` is unique in an index and opaque to it.

    The people behind it are no names of it: they are compared with natural persons only, and only for equality.
    """

    key: str
    names: tuple[ListedName, ...]
    identifiers: tuple[Identifier, ...] = ()
    region_code: str | None = None
    people: tuple[PersonBehind, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryName:
    """One text of the counterparty that may hold a listed name.

    ``field`` says where it came from ("name", "other_names[0]", "remark" …) and comes back in the hit.
    ``free_text`` marks a text that is not itself a name (remark, promotion): a listed name counts only
    where it is in it as a whole.
    """

    text: str
    field: str = "name"
    type: NameType | None = None
    free_text: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One counterparty: its names and identifiers; ``is_person`` where it is a natural person.

    ``mentioned`` are codes in free texts, each with the field it is in: they lead to whom they belong, and
    neither confirm nor contradict that the counterparty is it.
    """

    names: tuple[QueryName, ...]
    identifiers: tuple[Identifier, ...] = ()
    region_code: str | None = None
    is_person: bool = False
    mentioned: tuple[tuple[str, Identifier], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """One field that speaks for or against a hit, e.g. an identifier that is equal or contradicts."""

    field: str
    listed: str
    given: str
    agrees: bool
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class PartEvidence:
    """How one part of the listed name was met in the query (字号 同音, 地区 一致 …)."""

    part: str
    listed: str
    given: str
    likeness: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class NameDifference:
    """One thing that is in one name and not, or otherwise, in the other."""

    kind: str
    listed: str
    given: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit is one, for an analyst with five seconds and an auditor with an hour."""

    summary_zh: str
    summary_en: str
    fields: tuple[FieldEvidence, ...] = ()
    name_parts: tuple[PartEvidence, ...] = ()
    differences: tuple[NameDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One listed entity that the query may be.

    ``score`` is an integer 0–100.  ``identifier_conflict`` is true where the names are equal but an
    identifier of the same scheme contradicts: such a hit is never CONFIRMED.  ``is_contained`` is true where
    the listed name is only part of the text that was given.  ``person_role`` is set where the party is not like
    the entity itself, but has the name of a person behind it.
    """

    key: str
    strength: Strength
    score: int
    name: ListedName
    query_field: str
    explanation: Explanation = field(default_factory=lambda: Explanation("", ""))
    identifier_conflict: bool = False
    is_contained: bool = False
    person_role: str | None = None
