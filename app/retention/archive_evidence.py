"""Compares archives with what the audit log says of them."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.audit import archives
from app.audit.archives import ARCHIVED, RESTORED, TAKEN_BACK
from app.audit.store import recorded_contents
from app.audit.verify import Damage, How, RecordedFact
from app.db import ReadSession

_KEPT: Final = "the database says of this archive what its record does not"


class Archives:
    """Every archive is as it was recorded, restored where a record says so and only there."""

    kinds = frozenset({ARCHIVED, RESTORED})

    def damage(self, session: ReadSession, records: Sequence[RecordedFact]) -> Iterator[Damage]:
        """Compare archives with what their records say."""
        rows = {one.no: one for one in archives.archives(session)}
        for one in records:
            archive = rows.get(one.content["archive"])
            if archive is None:
                yield Damage(how=How.MISSING, index=one.index, id=one.id, detail="the archive is not listed any more")
            elif "file_sha256" not in one.content:
                if archive.state != TAKEN_BACK:
                    yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail="the archive counts again")
            elif not archives.content_of(archive).items() <= one.content.items():
                yield Damage(how=How.CHANGED, index=one.index, id=one.id, detail=_KEPT)

    def unrecorded(self, session: ReadSession) -> Iterator[Damage]:
        """Return archives that no record tells of, and those that are called restored though no record says so."""
        restored = {content["archive"] for content in recorded_contents(session, RESTORED)}
        for one in archives.archives(session):
            if not archives.is_recorded(session, one):
                detail = f"no record tells of archive {one.no}"
                yield Damage(how=How.INSERTED, index=archives.first_place(one), id=None, detail=detail)
            elif one.state == TAKEN_BACK and one.no not in restored:
                detail = f"archive {one.no} is called restored, and no record says so"
                yield Damage(how=How.CHANGED, index=archives.first_place(one), id=None, detail=detail)
