"""Alerts follow decisions: opened, changed, released, opened again; in the transaction of the decisions."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import select

from app.db import ReadSession, WriteSession
from app.monitoring.alert_rules import (
    AlertFact,
    AlertState,
    Silence,
    differences,
    opens_again,
    priority_of,
    working_days_of,
)
from app.monitoring.models import Alert, AlertEvent, Suppression
from app.monitoring.working_days import Calendar
from app.policy.vocabulary import Outcome

_IDS_TOGETHER: Final = 400
_PRIORITY_AHEAD: Final = 2
_DAYS_AHEAD: Final = 1
"""How urgent it is that a decision becomes worse by a date, and in how many working days it is due."""

_ALERT_IDS: Final = uuid.UUID("0d9d7c1e-5f0e-5c55-8a44-201706300007")


@dataclass(slots=True)
class Synced:
    """The alerts that were opened, for those who are to be notified."""

    opened: list[Alert] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSync:
    """Brings the alerts of one client in line with new decisions on a date."""

    client: str
    on: date
    now: datetime
    calendar: Calendar

    def apply(self, session: WriteSession, facts: Mapping[str, Mapping[str, AlertFact]], gone: Iterable[str]) -> Synced:
        """Follow the facts of decided counterparties, by their id, and tell of those that are closed (``gone``)."""
        synced = Synced()
        each = iter(sorted(facts))
        while some := list(islice(each, _IDS_TOGETHER)):
            newest = self._newest(session, some)
            silences = silences_of(session, self.client, some)
            for counterparty_id in some:
                self._follow(
                    session,
                    facts[counterparty_id],
                    newest.get(counterparty_id, {}),
                    silences.get(counterparty_id, ()),
                    synced,
                )
        each = iter(sorted(gone))
        while some := list(islice(each, _IDS_TOGETHER)):
            for alerts in self._newest(session, some).values():
                for alert in alerts.values():
                    if alert.state != AlertState.CLOSED:
                        self._write_event(session, alert, "COUNTERPARTY_CLOSED", {})
        return synced

    def _newest(self, session: ReadSession, ids: Sequence[str]) -> dict[str, dict[str, Alert]]:
        """Return the newest episode of each alert of some counterparties."""
        statement = (
            select(Alert).where(Alert.client == self.client, Alert.counterparty_id.in_(ids)).order_by(Alert.episode)
        )
        found: dict[str, dict[str, Alert]] = {}
        for alert in session.scalars(statement):
            found.setdefault(alert.counterparty_id, {})[alert.entity_id] = alert
        return found

    def _follow(
        self,
        session: WriteSession,
        facts: Mapping[str, AlertFact],
        newest: Mapping[str, Alert],
        silences: Sequence[Silence],
        synced: Synced,
    ) -> None:
        for entity_id, fact in sorted(facts.items()):
            last = newest.get(entity_id)
            is_silent = any(
                one.covers(entity_id, fact.contents, fact.strength, fact.outcome, self.on) for one in silences
            )
            if last is not None and last.state != AlertState.CLOSED:
                self._change(session, last, fact)
            elif not is_silent and (last is None or opens_again(last.outcome, last.verdict, last.sides, fact)):
                synced.opened.append(self._open(session, fact, last))
        for entity_id, last in sorted(newest.items()):
            is_open = last.state != AlertState.CLOSED
            if is_open and entity_id not in facts and last.outcome != Outcome.PASS:
                self._release(session, last)

    def _open(self, session: WriteSession, fact: AlertFact, last: Alert | None) -> Alert:
        episode = last.episode + 1 if last is not None else 1
        name = "\x1f".join((self.client, fact.counterparty_id, fact.entity_id, str(episode)))
        alert = Alert(
            id=str(uuid.uuid5(_ALERT_IDS, name)),
            client=self.client,
            counterparty_id=fact.counterparty_id,
            entity_id=fact.entity_id,
            episode=episode,
            state=AlertState.OPEN,
            outcome=fact.outcome,
            strength=fact.strength,
            category=fact.category,
            priority=priority_of(fact.outcome, fact.strength, is_escalated=False),
            is_escalated=False,
            opened_at=self.now,
            due_at=self._due_at(fact),
            closed_at=None,
            assignee=None,
            verdict=None,
            proposal=None,
            sides=fact.sides,
            sides_closed=last.sides if last is not None else None,
        )
        session.add(alert)
        changed = differences(alert.sides_closed, alert.sides)
        data = {"outcome": fact.outcome.value, "changed": changed} if last else {"outcome": fact.outcome.value}
        self._write_event(session, alert, "REOPENED" if last is not None else "OPENED", data)
        return alert

    def _change(self, session: WriteSession, alert: Alert, fact: AlertFact) -> None:
        changed = differences(alert.sides, fact.sides)
        contents = (alert.sides.get("content_sha256"), alert.sides.get("entity_sha256"))
        if not changed and contents == fact.contents and alert.outcome == fact.outcome:
            return
        data = {"before": alert.outcome, "after": fact.outcome.value, "changed": changed}
        if fact.outcome.severity > Outcome(alert.outcome).severity:
            alert.due_at = (
                min(alert.due_at, self._due_at(fact)) if alert.outcome != Outcome.PASS else self._due_at(fact)
            )
        alert.outcome, alert.strength, alert.category = fact.outcome, fact.strength, fact.category
        alert.priority = priority_of(fact.outcome, fact.strength, is_escalated=alert.is_escalated)
        coming = alert.sides.get("coming")
        still = coming is not None and date.fromisoformat(coming["on"]) > self.on
        alert.sides = {**fact.sides, "coming": coming} if still else fact.sides
        self._write_event(session, alert, "CHANGED", data)
        self._take_back(session, alert)

    def announce(self, session: WriteSession, fact: AlertFact, on: date) -> Alert | None:
        """Tell ahead that a decision becomes worse on a date, once; return the alert where that opens one."""
        last = self._newest(session, [fact.counterparty_id]).get(fact.counterparty_id, {}).get(fact.entity_id)
        coming = {"on": on.isoformat(), "outcome": fact.outcome.value}
        if last is not None and last.sides.get("coming") == coming:
            return None
        due_at = self.calendar.due_at(self.now, _DAYS_AHEAD)
        if last is not None and last.state != AlertState.CLOSED:
            last.sides = {**last.sides, "coming": coming}
            last.priority = min(last.priority, _PRIORITY_AHEAD)
            last.due_at = min(last.due_at, due_at)
            self._write_event(session, last, "PRE_ALERT", coming)
            return None
        alert = self._open(session, fact, last)
        alert.outcome = Outcome.PASS
        alert.priority, alert.due_at = _PRIORITY_AHEAD, due_at
        alert.sides = {**fact.sides, "coming": coming}
        self._write_event(session, alert, "PRE_ALERT", coming)
        return alert

    def _release(self, session: WriteSession, alert: Alert) -> None:
        """Tell of an all-clear; the alert stays until a person closes it."""
        before = alert.outcome
        alert.outcome = Outcome.PASS
        alert.priority = priority_of(Outcome.PASS, alert.strength, is_escalated=alert.is_escalated)
        self._write_event(session, alert, "RELEASED", {"before": before})
        self._take_back(session, alert)

    def _take_back(self, session: WriteSession, alert: Alert) -> None:
        """Undo a proposal that was made for what is no more."""
        if alert.state == AlertState.PENDING_CONFIRMATION:
            alert.state = AlertState.ASSIGNED if alert.assignee else AlertState.OPEN
            alert.proposal = None
            self._write_event(session, alert, "RETURNED", {"reason": "content-changed"})

    def _due_at(self, fact: AlertFact) -> datetime:
        return self.calendar.due_at(self.now, working_days_of(fact.outcome, fact.strength, fact.category))

    def _write_event(self, session: WriteSession, alert: Alert, event: str, data: dict[str, Any]) -> None:
        session.add(AlertEvent(client=self.client, alert_id=alert.id, event=event, actor=None, at=self.now, data=data))


def silences_of(session: ReadSession, client: str, ids: Iterable[str]) -> dict[str, list[Silence]]:
    """Return the suppressions that were not revoked, by counterparty; whether one holds is for it to say."""
    statement = select(Suppression).where(
        Suppression.client == client, Suppression.counterparty_id.in_(list(ids)), Suppression.revoked_at.is_(None)
    )
    found: dict[str, list[Silence]] = {}
    for one in session.scalars(statement.order_by(Suppression.confirmed_at, Suppression.id)):
        silence = Silence(
            id=one.id,
            entity_id=one.entity_id,
            content_sha256=one.content_sha256,
            entity_sha256=one.entity_sha256,
            strength=one.strength,
            expires_on=one.expires_on,
        )
        found.setdefault(one.counterparty_id, []).append(silence)
    return found
