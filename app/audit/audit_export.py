"""The record as files that anybody can verify without the program: ``cutoff audit verifier`` prints how."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from app.audit import store
from app.audit.archives import ArchivedPlaces, Leaves
from app.audit.audit_record import AuditRecord
from app.audit.note import Verifier
from app.audit.store import AuditSearch, StoredCheckpoint
from app.db import Database, ReadSession
from app.errors import Conflict, Unavailable

FORMAT: Final = "cutoff-audit-export-1"
_CHUNK: Final = 500

Fields = Callable[[ReadSession, Sequence[str]], dict[str, list[str | None]]]
"""Gives by id what is hashed of the things that records tell of."""


def export(
    database: Database, folder: Path, wanted: AuditSearch, verifiers: Sequence[Verifier], fields: dict[str, Fields]
) -> int:
    """Write records with their checkpoint, and their proofs where they are not all; return how many records.

    ``fields`` are by kind of record.  Raises :class:`Conflict` where the folder is not empty and
    :class:`Unavailable` where nothing is sealed yet.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("folder-not-empty", f"{folder}: 目录不为空 / the folder is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    with database.read() as session:
        newest = store.newest_checkpoint(session)
        if newest is None:
            raise Unavailable("not-sealed-yet", "尚无检查点 / nothing is sealed yet")
        is_whole = wanted == AuditSearch()
        count = archived = place = 0
        with (folder / "records.ndjson").open("w", encoding="utf-8") as file:
            chunk: list[AuditRecord] = []
            for record in store.sealed_records(session, wanted):
                if record.index is None or record.index >= newest.checkpoint.size:
                    continue
                if is_whole and record.index > place:
                    count += _written(session, file, chunk, None, fields)
                    chunk = []
                    archived += _archived_written(session, file, place, record.index)
                place = record.index + 1
                chunk.append(record)
                if len(chunk) == _CHUNK:
                    count += _written(session, file, chunk, None if is_whole else newest, fields)
                    chunk = []
            count += _written(session, file, chunk, None if is_whole else newest, fields)
            if is_whole:
                archived += _archived_written(session, file, place, newest.checkpoint.size)
    (folder / "checkpoint.txt").write_text(newest.note, encoding="utf-8")
    (folder / "keys.txt").write_text("".join(f"{one.text()}\n" for one in verifiers), encoding="utf-8")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "complete": is_whole,
        "size": newest.checkpoint.size,
        "records": count,
    }
    if archived:
        manifest["archived"] = archived
    (folder / "manifest.json").write_text(json.dumps(manifest) + "\n", encoding="utf-8")
    return count


def _archived_written(session: ReadSession, file: TextIO, start: int, end: int) -> int:
    """Write the hashes of the archived records between two places; return how many."""
    places, leaves, count = ArchivedPlaces(session), Leaves(session), 0
    for place, recorder, seq in store.numbered_places(session, start, end):
        leaf = leaves.at(place) if places.has(place) else None
        if leaf is not None:
            line = {"index": place, "recorder": recorder, "seq": seq, "leaf": leaf.hex()}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
            count += 1
    return count


def _written(
    session: ReadSession,
    file: TextIO,
    chunk: list[AuditRecord],
    proved_by: StoredCheckpoint | None,
    fields: dict[str, Fields],
) -> int:
    fields_by_id: dict[str, list[str | None]] = {}
    for kind, read in fields.items():
        fields_by_id |= read(session, [one.id for one in chunk if one.to_json()["kind"] == kind])
    for record in chunk:
        line: dict[str, Any] = {"index": record.index, "record": record.text}
        if record.id in fields_by_id:
            line["fields"] = fields_by_id[record.id]
        if proved_by is not None and record.index is not None:
            path = store.path(session, record.index, proved_by.checkpoint.size)
            line["proof"] = [base64.b64encode(one).decode() for one in path]
        file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    return len(chunk)
