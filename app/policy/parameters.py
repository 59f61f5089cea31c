"""The dates, switches and words of the law, as data.  They enter the rule version with the table.

Origins: the notice of the Fujian government office (dated 2017-02-27, published 2017-03-04), clause by clause as
``basis_doc`` and the comments say; 西安 市政办发〔2017〕42号 for the earlier cutoff there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, Literal

from app.names.fold import fold
from app.policy.vocabulary import Category, Outcome

DayRule = Literal["INCLUSIVE", "EXCLUSIVE"]

NATION: Final = "000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffRule:
    """The cutoff of one jurisdiction (six digits) for one category.

    ``day_rule`` and ``requires_both_clearances`` are None where the jurisdiction does not say; the settings hold then.
    """

    jurisdiction: str
    category: Category
    cutoff_date: date
    basis_doc: str
    day_rule: DayRule | None = None
    requires_both_clearances: bool | None = None
    basis_code: str = "FJ17"


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The cutoff that holds for a listing: documents compare with ``cutoff_date``, services with ``first_blocked``."""

    cutoff_date: date
    first_blocked: date
    requires_both_clearances: bool


@dataclass(frozen=True, slots=True)
class BannedProduct:
    """A word for products that no venue may trade, and the clause that bans them."""

    word: str
    basis_code: str


@dataclass(frozen=True, slots=True)
class OpinionIssuers:
    """Whose written opinions clear a venue in a jurisdiction; the first is the full name."""

    jurisdiction: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Parameters:
    """All parameters of a table.  Dates are local dates of Asia/Shanghai."""

    notice_from: date = date(2017, 2, 27)
    published_on: date = date(2017, 3, 4)
    default_jurisdiction: str = "350000"
    day_rule: DayRule = "INCLUSIVE"
    requires_both_clearances: bool = False
    inherit_confirmed: Outcome = Outcome.BLOCK
    moratorium_from: date = date(2017, 2, 27)
    moratorium_until: date = date(2017, 9, 10)
    holders_max: int = 200
    rename_window_days: int = 365
    cutoffs: tuple[CutoffRule, ...] = (
        CutoffRule(
            jurisdiction="350000",
            category=Category.VIOLATING,
            cutoff_date=date(2017, 6, 30),
            basis_doc="福建省“回头看”工作方案 四（三）二是、五（二）",
        ),
        CutoffRule(
            jurisdiction="610100",
            category=Category.VIOLATING,
            cutoff_date=date(2017, 5, 31),
            basis_doc="西安市 市政办发〔2017〕42号",
            basis_code="XA17-42",
        ),
    )
    opinion_issuers: tuple[OpinionIssuers, ...] = (
        OpinionIssuers(
            "350000",
            (
                "福建省清理整顿各类交易场所工作领导小组",
                "福建省清理整顿各类交易场所工作领导小组办公室",
                "省领导小组",
                "省领导小组办公室",
            ),
        ),
        OpinionIssuers(
            "610000",
            (
                "陕西省清理整顿各类交易场所工作领导小组",
                "陕西省清理整顿各类交易场所工作领导小组办公室",
            ),
        ),
    )
    banned_products: tuple[BannedProduct, ...] = (
        BannedProduct("保险", "FJ17-4.4.3-a"),
        BannedProduct("信贷", "FJ17-4.4.3-a"),
        BannedProduct("黄金", "FJ17-4.4.3-a"),
        BannedProduct("票据", "FJ17-4.4.3-a"),
        BannedProduct("私募基金份额", "FJ17-4.4.3-a"),
        BannedProduct("资产证券化", "FJ17-4.4.3-a"),
        BannedProduct("邮票", "FJ17-4.2.3"),
        BannedProduct("金银纪念币", "FJ17-4.2.3"),
        BannedProduct("磁卡", "FJ17-4.2.3"),
        BannedProduct("邮币卡", "FJ17-4.2.3"),
    )
    authority_endings: tuple[str, ...] = ("人民法院", "税务局", "税务分局", "税务所")
    """How the names of courts and tax offices end; both are out of scope (D24)."""

    def cutoff_of(self, jurisdiction: str, category: Category, rectify_deadline: date | None = None) -> Cutoff:
        """Return the cutoff of a list's jurisdiction: its own, else its prefecture's, its province's, the default.

        A rectification deadline before the cutoff date moves the first blocked date to the day after it.
        """
        asked = (jurisdiction, category, rectify_deadline)
        if asked not in self._cutoffs:
            self._cutoffs[asked] = self._cutoff_of(*asked)
        return self._cutoffs[asked]

    @cached_property
    def _cutoffs(self) -> dict[tuple[str, Category, date | None], Cutoff]:
        """Answers kept: every match of every question asks for a cutoff, and there are few."""
        return {}

    def _cutoff_of(self, jurisdiction: str, category: Category, rectify_deadline: date | None) -> Cutoff:
        rule = self._rule_of(jurisdiction, category)
        day_rule = rule.day_rule or self.day_rule
        first_blocked = rule.cutoff_date + timedelta(days=day_rule == "EXCLUSIVE")
        if rectify_deadline is not None and rectify_deadline < rule.cutoff_date:
            first_blocked = rectify_deadline + timedelta(days=1)
        requires_both = rule.requires_both_clearances
        return Cutoff(
            rule.cutoff_date,
            first_blocked,
            self.requires_both_clearances if requires_both is None else requires_both,
        )

    def _rule_of(self, jurisdiction: str, category: Category) -> CutoffRule:
        for place in (*places(jurisdiction), self.default_jurisdiction):
            for rule in self.cutoffs:
                if rule.jurisdiction == place and rule.category is category:
                    return rule
        raise LookupError(f"no cutoff for {category} in {jurisdiction} nor in {self.default_jurisdiction}")

    def own_rule_of(self, jurisdiction: str) -> CutoffRule | None:
        """Return the cutoff rule of a jurisdiction or its province, None where it has none of its own."""
        places_of = places(jurisdiction)
        return next((rule for place in places_of for rule in self.cutoffs if rule.jurisdiction == place), None)

    def accepts_opinion_of(self, jurisdiction: str, issuer: str | None) -> bool:
        """Whether a written opinion of this issuer clears a venue on a list of this jurisdiction."""
        if not issuer:
            return False
        for place in places(jurisdiction):
            for accepted in self.opinion_issuers:
                if accepted.jurisdiction == place:
                    return fold(issuer) in {fold(name) for name in accepted.names}
        return False

    def is_in_moratorium(self, dated: date | None) -> bool:
        """Whether an approval of this date was given while approvals were suspended (R20)."""
        return dated is not None and self.moratorium_from <= dated <= self.moratorium_until


def places(jurisdiction: str) -> tuple[str, ...]:
    """Return a region code, its prefecture's and its province's: 610115, 610100, 610000."""
    return tuple(dict.fromkeys((jurisdiction, f"{jurisdiction[:4]}00", f"{jurisdiction[:2]}0000")))


def is_same_province(one: str | None, other: str | None) -> bool:
    """Whether two region codes lie in one province; an unknown one contradicts nothing, the nation holds all."""
    return one is None or other is None or NATION in {one, other} or one[:2] == other[:2]


def as_json(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters as plain JSON; :func:`from_json` gives them back."""
    plain = _plain(asdict(parameters))
    assert isinstance(plain, dict)  # noqa: S101 - asdict of a dataclass is a dict
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def from_json(stored: Mapping[str, Any]) -> Parameters:
    """Return the parameters that a stored rule version was made with."""
    return replace(
        Parameters(),
        notice_from=date.fromisoformat(stored["notice_from"]),
        published_on=date.fromisoformat(stored["published_on"]),
        default_jurisdiction=stored["default_jurisdiction"],
        day_rule=stored["day_rule"],
        requires_both_clearances=stored["requires_both_clearances"],
        inherit_confirmed=Outcome(stored["inherit_confirmed"]),
        moratorium_from=date.fromisoformat(stored["moratorium_from"]),
        moratorium_until=date.fromisoformat(stored["moratorium_until"]),
        holders_max=stored["holders_max"],
        rename_window_days=stored["rename_window_days"],
        cutoffs=tuple(
            CutoffRule(
                jurisdiction=rule["jurisdiction"],
                category=Category(rule["category"]),
                cutoff_date=date.fromisoformat(rule["cutoff_date"]),
                basis_doc=rule["basis_doc"],
                day_rule=rule["day_rule"],
                requires_both_clearances=rule["requires_both_clearances"],
                basis_code=rule.get("basis_code", "FJ17"),
            )
            for rule in stored["cutoffs"]
        ),
        opinion_issuers=tuple(
            OpinionIssuers(one["jurisdiction"], tuple(one["names"])) for one in stored["opinion_issuers"]
        ),
        banned_products=tuple(BannedProduct(one["word"], one["basis_code"]) for one in stored["banned_products"]),
        authority_endings=tuple(stored["authority_endings"]),
    )
