"""Compares the files of archives with the tree."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from app.audit import archives
from app.audit.archives import Archive, Leaves, first_place
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession
from app.errors import Conflict
from app.retention.archive_file import ArchivedDecision, file_sha256, read_archive


class ArchiveFiles:
    """Every archive that is in force has its file in a folder, whole and unchanged."""

    kinds: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Return nothing: no kind of record is about files alone."""
        del session, records
        return iter(())

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return the first fault of every file."""
        for one in archives.in_force(session):
            fault = first_fault(session, one, self._folder)
            if fault is not None:
                yield fault


def first_fault(session: ReadSession, archive: Archive, folder: Path) -> Damage | None:
    """Return the first thing that is wrong with the file of an archive, None where nothing is.

    Every row is compared with the leaf of the tree at its place, and with where the database says that it went.
    """
    path = folder / archive.file_name
    if not path.is_file():
        detail = f"{archive.file_name} is not in the folder"
        return Damage(how=How.MISSING, index=first_place(archive), id=None, detail=detail)
    walk = _Walk(session, archive)
    found = walk.first_bad_row(path) or walk.first_absent()
    if found is None and file_sha256(path) != archive.file_sha256:
        detail = f"{archive.file_name} is not the file that was recorded"
        found = Damage(how=How.CHANGED, index=first_place(archive), id=None, detail=detail)
    return found


class _Walk:
    """One walk over a file: ``_left`` are the places not seen yet, ``_gone`` what the database has not either."""

    def __init__(self, session: ReadSession, archive: Archive) -> None:
        self._archive = archive
        self._left = {place for first, end in archive.runs for place in range(first, end)}
        self._gone = archives.archived_ids(session, archive.no)
        self._leaves = Leaves(session)

    def first_bad_row(self, path: Path) -> Damage | None:
        """Return the first row that is not what was archived."""
        try:
            for decisions in read_archive(path):
                for one in decisions:
                    fault = self._fault(one)
                    if fault is not None:
                        index = one.sealed.place if one.sealed.place in self._left else first_place(self._archive)
                        detail = f"{path.name}: {fault}"
                        return Damage(how=How.CHANGED, index=index, id=one.rows.id, detail=detail)
                    self._left.discard(one.sealed.place)
        except Conflict as error:
            return Damage(how=How.CHANGED, index=min(self._left, default=None), id=None, detail=error.message)
        return None

    def _fault(self, one: ArchivedDecision) -> str | None:
        place = one.sealed.place
        if place not in self._left:
            return "the archive has no such place"
        went = (one.rows.row["client"], place)
        if self._gone.pop(one.rows.id, went) != went:
            return "the database says that it went elsewhere"
        return one.fault(self._leaves.at(place))

    def first_absent(self) -> Damage | None:
        """Return the first record that is not in the file."""
        if self._left:
            detail = f"{self._archive.file_name} does not have it"
            return Damage(how=How.MISSING, index=min(self._left), id=None, detail=detail)
        if self._gone:
            record_id, (_, place) = min(self._gone.items(), key=lambda one: one[1][1])
            detail = f"{self._archive.file_name} does not have it, and the database says that it does"
            return Damage(how=How.MISSING, index=place, id=record_id, detail=detail)
        return None
