"""What clients get by webhook: changes and alerts in the transaction that writes them, other events as they come.

The ids of messages are those of what they tell of, so that a receiver can drop what it has had already.
"""

import base64
import json
from datetime import datetime
from typing import Any, Final

from app import clock
from app.audit.store import StoredCheckpoint, newest_checkpoint
from app.db import Database, ReadSession, WriteSession
from app.jobs import queue
from app.monitoring.models import Alert
from app.monitoring.step_writer import Written
from app.notify import webhooks
from app.notify.http_client import Rules, networks_of
from app.notify.webhooks import Message, WebhookView
from app.screening import release_events
from app.settings import Settings
from app.watchlists.versions import store

_LOOKED_AT_MAX = 100
_CHECKPOINT: Final = "audit.checkpoint"
_LOG: Final = "audit:checkpoint"


def rules_of(settings: Settings) -> Rules:
    """Return which addresses may be notified, by the settings.  Raises ``Invalid`` for a network that is none."""
    return Rules(
        allowed=networks_of(settings.webhook_networks.split(",")),
        allows_http=settings.webhook_allow_http,
        timeout_s=settings.webhook_timeout_s,
    )


def tell_step(session: WriteSession, written: Written) -> None:
    """Queue what a step has changed for the webhooks of its client."""
    step = written.step
    basis_from = step.before.id if step.before else None
    messages = [
        Message(
            id=change.id,
            event="decision.changed",
            subject=change.counterparty_id,
            data={
                "id": change.id,
                "counterparty_id": change.counterparty_id,
                "service": change.service,
                "kind": change.kind.value,
                "from_outcome": change.from_outcome,
                "to_outcome": change.to_outcome,
                "reasons": change.decision["reasons"],
                "matches": change.decision["matches"],
                "cause": step.cause.value,
                "basis_from": basis_from,
                "basis_to": step.after.id,
                "at": written.at.isoformat(),
            },
        )
        for change in written.changes
    ]
    messages += [_of_alert(alert) for alert in written.synced.opened]
    if messages:
        webhooks.enqueue(session, written.client, messages, written.at)


def _of_alert(alert: Alert) -> Message:
    return Message(
        id=alert.id,
        event="alert.opened",
        subject=alert.counterparty_id,
        data={
            "id": alert.id,
            "counterparty_id": alert.counterparty_id,
            "entity_id": alert.entity_id or None,
            "episode": alert.episode,
            "outcome": str(alert.outcome),
            "strength": alert.strength,
            "category": alert.category,
            "priority": alert.priority,
            "due_at": alert.due_at.isoformat(),
        },
    )


class Announcer:
    """Queues events that other rooms write: activated lists, finished jobs, releases.

    What was queued by this process is remembered, so that little is asked twice; that a message goes out once is
    seen to by its id.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queued: set[tuple[str, str]] = set()
        self._checkpoint_minutes: dict[str, str] = {}

    def step(self) -> int:
        """Queue what is new; return how many deliveries that made."""
        done = 0
        with self._database.read() as session:
            waiting = [
                (hook, message)
                for hook in webhooks.webhooks(session, None)
                for message in self._messages(session, hook)
                if (hook.id, message.id) not in self._queued
            ]
        for hook, message in waiting:
            with self._database.write() as session:
                done += webhooks.enqueue(session, hook.client, [message], clock.now(), only=hook.id)
            self._queued.add((hook.id, message.id))
        return done + self._tell_checkpoints()

    def _tell_checkpoints(self) -> int:
        """Queue the newest checkpoint: at most one a minute for each webhook, and only where it is another one.

        The minute is part of the message's id, so that all workers together queue one.  While one waits for a
        receiver that is down no other is queued: the newest says all that those before would have.
        """
        minute = clock.now().strftime("%Y%m%dT%H%M")
        with self._database.read() as session:
            hooks = [
                hook
                for hook in webhooks.webhooks(session, None)
                if _CHECKPOINT in hook.events and self._checkpoint_minutes.get(hook.id) != minute
            ]
            newest = newest_checkpoint(session) if hooks else None
            if newest is None:
                return 0
            changed = [hook for hook in hooks if _is_news(session, hook, newest.checkpoint.size)]
        done = 0
        message = _of_checkpoint(newest, minute)
        for hook in changed:
            with self._database.write() as session:
                done += webhooks.enqueue(session, hook.client, [message], clock.now(), only=hook.id)
            self._checkpoint_minutes[hook.id] = minute
        return done

    def _messages(self, session: ReadSession, hook: WebhookView) -> list[Message]:
        messages: list[Message] = []
        if "list.activated" in hook.events:
            messages += _activations(session, hook.created_at)
        if "job.finished" in hook.events:
            messages += _finished(session, hook)
        if "release" in hook.events:
            messages += _releases(session, hook)
        return messages


def _is_news(session: ReadSession, hook: WebhookView, size: int) -> bool:
    told = webhooks.newest_of(session, hook.id, _LOG)
    return told is None or (told.state != "WAITING" and json.loads(told.body)["data"]["size"] != size)


def _of_checkpoint(newest: StoredCheckpoint, minute: str) -> Message:
    checkpoint = newest.checkpoint
    return Message(
        id=f"checkpoint-{minute}",
        event=_CHECKPOINT,
        subject=_LOG,
        data={
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": base64.b64encode(checkpoint.root).decode(),
            "note": newest.note,
            "sealed_at": newest.sealed_at.isoformat(),
        },
    )


def _activations(session: ReadSession, since: datetime) -> list[Message]:
    found = []
    for summary in store.lists(session):
        for version in store.versions(session, summary.code, limit=_LOOKED_AT_MAX, only_activated=True):
            if version.activated_at is not None and version.activated_at >= since:
                data: dict[str, Any] = {
                    "code": version.code,
                    "version": version.version,
                    "sha256": version.sha256,
                    "known_from": version.known_from.isoformat() if version.known_from else None,
                    "activated_at": version.activated_at.isoformat(),
                }
                name = f"list-{version.code}-{version.version}"
                found.append(Message(id=name, event="list.activated", subject=f"list:{version.code}", data=data))
    return found[::-1]


def _finished(session: ReadSession, hook: WebhookView) -> list[Message]:
    return [
        Message(
            id=f"job-{job.id}",
            event="job.finished",
            subject=f"job:{job.id}",
            data={
                "id": job.id,
                "kind": job.kind,
                "state": job.state.value,
                "error": job.error,
                "finished_at": job.finished_at.isoformat() if job.finished_at else None,
            },
        )
        for job in queue.finished_since(session, hook.client, hook.created_at, _LOOKED_AT_MAX)
    ]


def _releases(session: ReadSession, hook: WebhookView) -> list[Message]:
    return [
        Message(
            id=f"release-{one.id}",
            event="release",
            subject=f"entity:{one.data['entity_id']}",
            data=one.data,
        )
        for one in release_events.newest(session, hook.client, hook.created_at, _LOOKED_AT_MAX)
    ]
