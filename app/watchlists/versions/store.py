"""What is recorded of lists: reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db import ReadSession
from app.errors import NotFound
from app.tabular.finding import Finding
from app.watchlists.history.version import EntityRow, Row, VersionEvent, VersionRecord, VersionRef, VersionRows
from app.watchlists.versions.integrity import require_intact, stored_rows
from app.watchlists.versions.models import EntryRow, EventRow, FileRow, ListRow, VersionRow

_ACTIVATED = ("active", "superseded")


@dataclass(frozen=True, slots=True)
class ListSummary:
    """One list: its newest version, and the one in force, if any."""

    code: str
    newest: VersionRecord | None
    active: VersionRecord | None


def versions_in_force(session: ReadSession, at: datetime) -> tuple[VersionRef, ...]:
    """Return the version of each list that was in force, by what was known, at a moment; sorted by code.

    A list of which no version was known by then is not among them.
    """
    # Every process asks this every second, so the rows are read only of what is found.
    statement = (
        select(VersionRow.list_code, VersionRow.id)
        .where(VersionRow.state.in_(_ACTIVATED), VersionRow.known_from <= at)
        .order_by(VersionRow.list_code, VersionRow.known_from, VersionRow.activated_at, VersionRow.version)
    )
    last = {code: version_id for code, version_id in session.execute(statement)}  # noqa: C416 - a Row is no pair to mypy
    found = session.scalars(select(VersionRow).where(VersionRow.id.in_(last.values())))
    return tuple(sorted((record_of(version).ref for version in found), key=lambda ref: ref.code))


def newest_known_from(session: ReadSession) -> datetime | None:
    """Return the latest moment from which any activated version is known; None where there is none."""
    return session.scalar(select(func.max(VersionRow.known_from)).where(VersionRow.state.in_(_ACTIVATED)))


def lineage(session: ReadSession, code: str, version: int) -> list[VersionRows]:
    """Return the versions from the first to a version along their parents, with their rows.

    A version that is not activated yet counts with what would be its parent.  Raises ``Unavailable`` where the rows of
    one are not those of its hash, or it is not what was activated.
    """
    return [_rows(session, one) for one in _chain(session, code, version)]


def lineage_since(session: ReadSession, code: str, version: int, ancestor: int) -> list[VersionRows] | None:
    """Return the versions of a lineage after an ancestor; None where it is no ancestor."""
    chain = _chain(session, code, version)
    numbers = [one.version for one in chain]
    if ancestor not in numbers:
        return None
    return [_rows(session, one) for one in chain[numbers.index(ancestor) + 1 :]]


def lineage_of_entity(session: ReadSession, code: str, version: int, entity_id: str) -> list[VersionRows]:
    """Return the versions of a lineage with the rows of one entity only."""
    chain = _chain(session, code, version)
    statement = select(EntryRow.version_id, EntryRow.row).where(EntryRow.entity_id == entity_id)
    rows: dict[int, list[Row]] = {}
    for version_id, row in session.execute(statement):
        rows.setdefault(version_id, []).append(row)
    return [_with_rows(one, tuple(rows.get(one.id, ()))) for one in chain]


def _chain(session: ReadSession, code: str, version: int) -> list[VersionRow]:
    versions = {one.version: one for one in session.scalars(select(VersionRow).where(VersionRow.list_code == code))}
    active = next((one.version for one in versions.values() if one.state == "active"), None)
    chain: list[VersionRow] = []
    number: int | None = version
    while number is not None:
        if number not in versions:
            raise unknown_version(code, number)
        one = versions[number]
        chain.append(one)
        number = parent_of(one, active)
    return chain[::-1]


def parent_of(version: VersionRow, active: int | None) -> int | None:
    """Return the version before a version in its lineage; for one not activated yet, what it would be now."""
    if version.known_from is not None:
        return version.parent_version
    if version.rollback_to is not None:
        return version.rollback_to
    return version.base_version if version.file_kind == "DELTA" else active


def _rows(session: ReadSession, version: VersionRow) -> VersionRows:
    rows = tuple(stored_rows(session, version, are_kept=True))
    require_intact(session, version, rows)
    return _with_rows(version, rows)


def _with_rows(version: VersionRow, rows: tuple[Row, ...]) -> VersionRows:
    return VersionRows(
        version.version, version.known_from or version.received_at, version.backfilled, version.file_kind, rows
    )


def lists(session: ReadSession) -> list[ListSummary]:
    """Return every list, sorted by code."""
    codes = session.scalars(select(ListRow.code).order_by(ListRow.code)).all()
    newest: dict[str, VersionRecord] = {}
    active: dict[str, VersionRecord] = {}
    last = select(func.max(VersionRow.id)).group_by(VersionRow.list_code)
    statement = select(VersionRow).where((VersionRow.state == "active") | VersionRow.id.in_(last))
    for version in session.scalars(statement.order_by(VersionRow.version)):
        newest[version.list_code] = record_of(version)
        if version.state == "active":
            active[version.list_code] = record_of(version)
    return [ListSummary(code, newest.get(code), active.get(code)) for code in sorted(codes)]


def list_summary(session: ReadSession, code: str) -> ListSummary:
    """Return one list.  Raises :class:`NotFound`."""
    found = next((one for one in lists(session) if one.code == code), None)
    if found is None:
        raise unknown_list(code)
    return found


def list_exists(session: ReadSession, code: str) -> bool:
    """Whether there is a list of this code."""
    return session.get(ListRow, code) is not None


def row_total(session: ReadSession, code: str, *, after: int = 0) -> int:
    """Return how many rows all versions of a list behind one brought: how much there is to read to compare two."""
    statement = select(func.coalesce(func.sum(VersionRow.row_count), 0))
    return session.scalar(statement.where(VersionRow.list_code == code, VersionRow.version > after)) or 0


def active_version(session: ReadSession, code: str) -> VersionRecord | None:
    """Return the version of a list that is in force now, or None."""
    statement = select(VersionRow).where(VersionRow.list_code == code, VersionRow.state == "active")
    found = session.scalars(statement).one_or_none()
    return record_of(found) if found else None


def last_standing(session: ReadSession, code: str) -> VersionRecord | None:
    """Return the newest version that was neither rejected nor withdrawn, or None."""
    statement = (
        select(VersionRow)
        .where(VersionRow.list_code == code, VersionRow.state.not_in(("rejected", "withdrawn")))
        .order_by(VersionRow.version.desc())
        .limit(1)
    )
    found = session.scalars(statement).one_or_none()
    return record_of(found) if found else None


def same_content(session: ReadSession, code: str, sha256: str) -> VersionRecord | None:
    """Return the newest version of a list that brought exactly these rows and still stands, or None."""
    statement = (
        select(VersionRow)
        .where(VersionRow.list_code == code, VersionRow.sha256 == sha256, VersionRow.rollback_to.is_(None))
        .where(VersionRow.state.not_in(("rejected", "withdrawn")))
        .order_by(VersionRow.version.desc())
        .limit(1)
    )
    found = session.scalars(statement).one_or_none()
    return record_of(found) if found else None


def versions(
    session: ReadSession, code: str, *, before: int | None = None, limit: int = 100, only_activated: bool = False
) -> list[VersionRecord]:
    """Return the versions of a list, newest first, those under ``before`` only.  Raises :class:`NotFound`."""
    if session.get(ListRow, code) is None:
        raise unknown_list(code)
    statement = select(VersionRow).where(VersionRow.list_code == code).order_by(VersionRow.version.desc()).limit(limit)
    if before is not None:
        statement = statement.where(VersionRow.version < before)
    if only_activated:
        statement = statement.where(VersionRow.state.in_(_ACTIVATED))
    return [record_of(one) for one in session.scalars(statement)]


def predecessor(session: ReadSession, version: VersionRecord) -> int | None:
    """Return the version that was, or now would be, in force before this one; None for a first version."""
    is_rollback = version.rollback_to is not None
    if version.known_from is not None:
        return version.base_version if is_rollback else version.parent_version
    if version.file_kind == "DELTA" and not is_rollback:
        return version.base_version
    active = active_version(session, version.code)
    return active.version if active else None


def version(session: ReadSession, code: str, number: int) -> VersionRecord:
    """Return one version.  Raises :class:`NotFound`."""
    return record_of(version_row(session, code, number))


def findings(session: ReadSession, code: str, number: int) -> list[Finding]:
    """Return what was found in the file of a version: the warnings that its checker signs off."""
    return [Finding.from_json(shown) for shown in version_row(session, code, number).findings]


def history(session: ReadSession, code: str, number: int) -> list[VersionEvent]:
    """Return what happened to a version, in order."""
    statement = (
        select(EventRow).where(EventRow.version_id == version_row(session, code, number).id).order_by(EventRow.id)
    )
    return [
        VersionEvent(one.event, one.actor, one.via, one.os_user, one.at, one.note) for one in session.scalars(statement)
    ]


def entries(
    session: ReadSession, code: str, number: int, *, after: str | None = None, limit: int | None = None
) -> list[Row]:
    """Return the rows that a version brought, sorted by ``external_id``, those past ``after`` only."""
    one = version_row(session, code, number)
    statement = select(EntryRow.row).where(EntryRow.version_id == one.id).order_by(EntryRow.external_id).limit(limit)
    if after is not None:
        statement = statement.where(EntryRow.external_id > after)
    return list(session.scalars(statement))


def entity_rows(session: ReadSession, entity_id: str) -> list[EntityRow]:
    """Return every row of an entity of an activated version, in the order in which the versions became known."""
    statement = (
        select(VersionRow, EntryRow.row)
        .join(EntryRow, EntryRow.version_id == VersionRow.id)
        .where(EntryRow.entity_id == entity_id, VersionRow.state.in_(_ACTIVATED))
        .order_by(VersionRow.known_from, VersionRow.activated_at, VersionRow.version)
    )
    return [EntityRow(record_of(one), row) for one, row in session.execute(statement)]


def uploaded_file(session: ReadSession, code: str, number: int) -> tuple[str, bytes]:
    """Return the name and content of the file that a version was uploaded as.  Raises :class:`NotFound`."""
    found = session.get(FileRow, version_row(session, code, number).id)
    if found is None:
        raise NotFound("file-unknown", f"{code} 第 {number} 版不是由文件导入的 (version {number} came from no file)")
    return found.name, found.content


def version_row(session: ReadSession, code: str, number: int) -> VersionRow:
    """Return the record of one version, for this package.  Raises :class:`NotFound`."""
    statement = select(VersionRow).where(VersionRow.list_code == code, VersionRow.version == number)
    found = session.scalars(statement).one_or_none()
    if found is not None:
        return found
    raise unknown_list(code) if session.get(ListRow, code) is None else unknown_version(code, number)


def record_of(one: VersionRow) -> VersionRecord:
    """Return a version's record as others see it."""
    return VersionRecord(
        code=one.list_code,
        version=one.version,
        version_id=one.id,
        state=one.state,
        sha256=one.sha256,
        file_kind=one.file_kind,
        base_version=one.base_version,
        parent_version=one.parent_version,
        rollback_to=one.rollback_to,
        list_name=one.list_name,
        list_issuer=one.list_issuer,
        uploader_org=one.uploader_org,
        issuing_doc_no=one.issuing_doc_no,
        issued_on=one.issued_on,
        effective_on=one.effective_on,
        received_at=one.received_at,
        jurisdiction=one.jurisdiction_code,
        row_count=one.row_count,
        categories=frozenset(one.categories),
        maker=one.maker,
        checker=one.checker,
        backfilled=one.backfilled,
        uploaded_at=one.uploaded_at,
        activate_at=one.activate_at,
        activated_at=one.activated_at,
        known_from=one.known_from,
    )


def unknown_list(code: str) -> NotFound:
    """Return the error for a list that does not exist."""
    return NotFound("list-unknown", f"没有编号为 {code} 的名单 (there is no list {code})")


def unknown_version(code: str, number: int) -> NotFound:
    """Return the error for a version that does not exist."""
    return NotFound("version-unknown", f"名单 {code} 没有第 {number} 版 (list {code} has no version {number})")


def check_content(session: ReadSession, code: str, version: int) -> None:
    """Raise as :func:`lineage` does where a version, or one that it rests on, was changed in the database."""
    for one in _chain(session, code, version):
        require_intact(session, one, stored_rows(session, one, are_kept=False))


def draft_bytes(session: ReadSession, maker: str) -> int:
    """Return how many bytes the files of a person's drafts take."""
    statement = (
        select(func.sum(func.length(FileRow.content)))
        .join(VersionRow, VersionRow.id == FileRow.version_id)
        .where(VersionRow.state == "draft", VersionRow.maker == maker)
    )
    return session.scalar(statement) or 0
