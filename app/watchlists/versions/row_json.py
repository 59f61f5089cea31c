"""Lists, versions and differences as JSON, one form for the command line and the API."""

from datetime import date, datetime
from typing import Any

from app.watchlists.history.diff import Diff
from app.watchlists.history.version import VersionEvent, VersionRecord
from app.watchlists.versions.store import ListSummary


def shown_list(summary: ListSummary) -> dict[str, Any]:
    """Return a list with its newest version and the one in force."""
    known = summary.active or summary.newest
    return {
        "code": summary.code,
        "name": known.list_name if known else None,
        "issuer": known.list_issuer if known else None,
        "jurisdiction_code": known.jurisdiction if known else None,
        "active_version": summary.active.version if summary.active else None,
        "active_sha256": summary.active.sha256 if summary.active else None,
        "active_since": _text(summary.active.activated_at) if summary.active else None,
        "newest_version": summary.newest.version if summary.newest else None,
    }


def shown_version(version: VersionRecord) -> dict[str, Any]:
    """Return everything that is recorded of a version, but its rows."""
    return {
        "code": version.code,
        "version": version.version,
        "state": version.state,
        "sha256": version.sha256,
        "known_from": _text(version.known_from),
        "backfilled": version.backfilled,
        "file_kind": version.file_kind,
        "row_count": version.row_count,
        "base_version": version.base_version,
        "parent_version": version.parent_version,
        "rollback_to": version.rollback_to,
        "list_name": version.list_name,
        "list_issuer": version.list_issuer,
        "uploader_org": version.uploader_org,
        "issuing_doc_no": version.issuing_doc_no,
        "issued_on": _text(version.issued_on),
        "effective_on": _text(version.effective_on),
        "received_at": _text(version.received_at),
        "jurisdiction_code": version.jurisdiction,
        "categories": sorted(version.categories),
        "maker": version.maker,
        "checker": version.checker,
        "uploaded_at": _text(version.uploaded_at),
        "activate_at": _text(version.activate_at),
        "activated_at": _text(version.activated_at),
    }


def shown_event(event: VersionEvent) -> dict[str, Any]:
    """Return one thing that happened to a version."""
    return {
        "event": event.event,
        "actor": event.actor,
        "via": event.via,
        "os_user": event.os_user,
        "at": _text(event.at),
        "note": event.note,
    }


def shown_diff(diff: Diff, *, after: str | None = None, limit: int | None = None) -> dict[str, Any]:
    """Return a difference: its counts in full, and a page of its entities, field by field."""
    entities, next_cursor = diff.page(after, limit or len(diff.entities) or 1)
    return {
        "added": diff.count("ADDED"),
        "changed": diff.count("CHANGED"),
        "removed": diff.count("REMOVED"),
        "entities": [
            {
                "kind": entity.kind,
                "external_id": entity.external_id,
                "legal_name": entity.legal_name,
                "changes": [
                    {"field": one.field, "label_zh": one.label_zh, "before": one.before, "after": one.after}
                    for one in entity.changes
                ],
            }
            for entity in entities
        ],
        "next_cursor": next_cursor,
    }


def _text(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
