"""A small world to judge in: rows become versions, versions dossiers, and one call asks the law.

A row is the smallest valid one with the cells given; a version is known from noon of a local date.  ``ask`` judges
with what was known by ``known_on`` (all, if left out), with every entity named in ``hits`` as a match.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from app.policy.decide import decide
from app.policy.model import Coverage, Decision, Dossier, MatchedEntity, ServiceQuestion, TextFinding
from app.policy.parameters import Parameters
from app.policy.rule import RuleTable
from app.policy.tables import CURRENT
from app.policy.vocabulary import CounterpartyKind, Service
from app.watchlists.history.projection import fold, link
from app.watchlists.history.version import VersionRows

CHINA = timezone(timedelta(hours=8))
EVERYTHING = Coverage(frozenset({"VIOLATING", "WEIPAN", "UNAPPROVED_VENUE", "ILLEGAL_EPLATFORM", "NOTIFIED"}))
OPINION = {"opinion_issuer": "福建省清理整顿各类交易场所工作领导小组", "opinion_doc_no": "示例〔2017〕1号"}
ACCEPTANCE = {"jmc_doc_no": "示例验〔2017〕1号"}


def day(text: str) -> date:
    """Read a date; ``06-30`` is one of 2017."""
    return date.fromisoformat(text if len(text) == 10 else f"2017-{text}")


def row(external_id: str = "V", action: str = "ADD", category: str = "VIOLATING", **cells: Any) -> dict[str, Any]:
    """Return a canonical row; dates may be short (``06-30``)."""
    cells = {
        "entity_kind": "VENUE",
        "legal_name": f"福建示例{external_id}商品交易中心有限公司",
        "reg_region_code": "350100",
        "jurisdiction": "350100",
        "determined_on": "03-15",
        "effective_from": "03-20",
        **cells,
    }
    for column, value in cells.items():
        if isinstance(value, str) and len(value) == 5 and value[2] == "-":
            cells[column] = f"2017-{value}"
    return {"external_id": external_id, "action": action, "category": category, **cells}


def member(external_id: str = "M", status: str | None = "CONFIRMED", parent: str = "V", **cells: Any) -> dict[str, Any]:
    """Return the row of a related entity."""
    cells = {"entity_kind": "MEMBER", "parent_external_id": parent, **cells}
    if status is not None:
        cells["relation_status"] = status
    return row(external_id, category="RELATED", **cells)


@dataclass
class World:
    """Lists by code: their jurisdiction, and their versions in order."""

    parameters: Parameters = field(default_factory=Parameters)
    table: RuleTable = CURRENT
    lists: dict[str, tuple[str, list[VersionRows]]] = field(default_factory=dict)

    def publish(
        self,
        known_on: str,
        *rows: dict[str, Any],
        code: str = "fj",
        jurisdiction: str = "350000",
        file_kind: str = "DELTA",
        backfilled: bool = False,
    ) -> "World":
        """Add a version to a list."""
        _, versions = self.lists.setdefault(code, (jurisdiction, []))
        known_from = datetime.combine(day(known_on), datetime.min.time(), CHINA) + timedelta(hours=12)
        ordered = tuple(sorted(rows, key=lambda one: one["external_id"]))
        versions.append(VersionRows(len(versions) + 1, known_from, backfilled, file_kind, ordered))
        return self

    def dossiers(self, known_on: str | None = None) -> dict[str, Dossier]:
        """Return all dossiers, linked, as known at the end of a local date."""
        found: dict[str, Dossier] = {}
        for code, (jurisdiction, versions) in self.lists.items():
            known = [
                version
                for version in versions
                if known_on is None or version.known_from.astimezone(CHINA).date() <= day(known_on)
            ]
            found.update(fold(code, jurisdiction, known))
        return link(found)

    def dossier(self, external_id: str, code: str = "fj", known_on: str | None = None) -> Dossier:
        """Return one dossier."""
        return next(
            one for one in self.dossiers(known_on).values() if one.external_id == external_id and one.list_code == code
        )

    def ask(
        self,
        on: str,
        *hits: str,
        known_on: str | None = None,
        service: str = "FUND_SETTLEMENT",
        strength: str = "CONFIRMED",
        kind: str = "UNKNOWN",
        initiated_on: str | None = None,
        name: str = "",
        products: Iterable[str] = (),
        findings: Iterable[TextFinding] = (),
        coverage: Coverage = EVERYTHING,
        by_identifier: bool = False,
        identifier_conflict: bool = False,
        has_authority_code: bool | None = None,
        has_organisation_code: bool = False,
        business_scope: str | None = None,
        by_own_name: bool = True,
        person_role: str | None = None,
        region_code: str | None = None,
    ) -> Decision:
        """Ask about a party that matches every entity of the external ids (``V``, or ``code:V``); default: all."""
        dossiers = self.dossiers(known_on)
        matched = [
            MatchedEntity(
                dossier,
                strength,
                {"CONFIRMED": 100, "STRONG": 95}.get(strength, 85),
                by_identifier,
                identifier_conflict,
                by_own_name,
                person_role,
            )
            for dossier in dossiers.values()
            if not hits or dossier.external_id in hits or f"{dossier.list_code}:{dossier.external_id}" in hits
        ]
        question = ServiceQuestion(
            Service(service),
            day(on),
            CounterpartyKind(kind),
            day(initiated_on) if initiated_on else None,
            name,
            tuple(products),
            has_authority_code,
            has_organisation_code,
            business_scope,
            region_code,
        )
        return decide(
            question,
            matched=matched,
            findings=list(findings),
            coverage=coverage,
            dossiers=dossiers,
            parameters=self.parameters,
            table=self.table,
        )


def with_parameters(**changes: Any) -> World:
    """Return an empty world with other parameters."""
    return World(replace(Parameters(), **changes))


def listed(**cells: Any) -> World:
    """Return a world with one venue, listed and known from 2017-03-20."""
    return World().publish("03-20", row(**cells))


def codes(decision: Decision) -> list[str]:
    """Return the reason codes in order, each once."""
    return list(dict.fromkeys(reason.code for reason in decision.reasons))


def says(decision: Decision) -> tuple[str, str]:
    """Return the outcome and the deciding reason code."""
    return decision.outcome.value, decision.reasons[0].code
