"""The record as files that anybody can verify without the program: ``cutoff audit verifier`` prints how."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from app.audit import store
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
        count = 0
        with (folder / "records.ndjson").open("w", encoding="utf-8") as file:
            chunk: list[AuditRecord] = []
            for record in store.sealed_records(session, wanted):
                if record.index is None or record.index >= newest.checkpoint.size:
                    continue
                chunk.append(record)
                if len(chunk) == _CHUNK:
                    count += _written(session, file, chunk, None if is_whole else newest, fields)
                    chunk = []
            count += _written(session, file, chunk, None if is_whole else newest, fields)
    (folder / "checkpoint.txt").write_text(newest.note, encoding="utf-8")
    (folder / "keys.txt").write_text("".join(f"{one.text()}\n" for one in verifiers), encoding="utf-8")
    manifest = {"format": FORMAT, "complete": is_whole, "size": newest.checkpoint.size, "records": count}
    (folder / "manifest.json").write_text(json.dumps(manifest) + "\n", encoding="utf-8")
    return count


def _written(
    session: ReadSession,
    file: Any,  # noqa: ANN401 - a text file
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
