"""A file on its way to become a version: checked against the list as it is, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import ReadSession
from app.errors import Forbidden, Invalid
from app.policy.parameters import Parameters
from app.tabular.finding import Finding
from app.tabular.issue import doubtful
from app.tabular.limits import FileLimits
from app.tabular.unreadable import Unreadable
from app.watchlists.checks.validate import CheckContext, Progress, examine, no_progress
from app.watchlists.files.open_list import read_file
from app.watchlists.findings.validation_report import ValidationReport
from app.watchlists.history.diff import Diff, diff
from app.watchlists.history.list_state import ListState, state_of
from app.watchlists.history.version import Row, VersionRecord, VersionRows
from app.watchlists.layout.columns import REQUIRED
from app.watchlists.layout.file_header import FileHeader, HeaderDefaults, read_batch
from app.watchlists.layout.header import HEADERS_MIN, table_of
from app.watchlists.layout.headless import headed
from app.watchlists.layout.published import REQUIRED_OF_PUBLISHED, published_defaults
from app.watchlists.layout.sheets import batch_sheet, entries_sheets
from app.watchlists.versions import store
from app.watchlists.versions.content_hash import content_sha256
from app.watchlists.versions.lifecycle import STATES_ZH
from app.watchlists.versions.transition import backfilled_too_early


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name, its content, and the batch fields that were given beside it."""

    name: str
    data: bytes
    options: Mapping[str, str]
    uploader_org: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read: what was found, and, where nothing refuses it, what it would become."""

    report: ValidationReport
    batch: FileHeader | None
    rows: tuple[Row, ...]
    sha256: str
    diff: Diff
    base_version: int | None

    @property
    def is_refused(self) -> bool:
        """Whether it cannot become a version."""
        return self.report.is_refused or self.batch is None


@dataclass(frozen=True, slots=True)
class Checker:
    """What files are checked with."""

    limits: FileLimits
    parameters: Parameters

    def check_alone(self, upload: Upload, now: datetime, progress: Progress = no_progress) -> ValidationReport:
        """Return what is wrong with a file by itself, without a list to compare it with."""
        return self._check(upload, None, None, HeaderDefaults(upload.uploader_org, now), progress).report

    def check(
        self, session: ReadSession, code: str, upload: Upload, now: datetime, progress: Progress = no_progress
    ) -> Checked:
        """Return what is wrong with a file for a list, and what it would change.

        Raises :class:`Invalid` for an option, a base version or a time of receipt that cannot be, and
        :class:`app.errors.TooLarge` past a limit.  Everything about the file itself is a finding.
        """
        last = store.last_standing(session, code)
        active = store.active_version(session, code)
        model = active or last
        defaults = HeaderDefaults(
            upload.uploader_org,
            now,
            model.list_name if model else None,
            model.list_issuer if model else None,
            model.jurisdiction if model else "350000",
            active.version if active else None,
        )
        checked = self._check(upload, session, code, defaults, progress)
        same = None if checked.is_refused else store.same_content(session, code, checked.sha256)
        if same is not None:
            checked.report.add([_seen_before(same)])
        return checked

    def _check(
        self,
        upload: Upload,
        session: ReadSession | None,
        code: str | None,
        defaults: HeaderDefaults,
        progress: Progress,
    ) -> Checked:
        report = ValidationReport()
        batch: FileHeader | None = None
        try:
            sheets, doubts = read_file(upload.data, upload.name, self.limits)
            published = published_defaults(upload.options)
            least = 1 if published else HEADERS_MIN
            sheets, assumed = headed(sheets) if published else (sheets, [])
            entries, about_sheets = entries_sheets(sheets, least)
            batch, said = read_batch(batch_sheet(sheets), upload.options, defaults, code)
            report.add([*doubts, *assumed, *about_sheets, *said])
            tables = []
            for sheet in entries:
                required = REQUIRED_OF_PUBLISHED if published else REQUIRED
                table, found = table_of(sheet, least=least, required=required)
                tables.append(table)
                report.add(found)
            state, base = self._before(session, code, batch, defaults)
            rows = examine(
                tables, CheckContext(batch, state, self.parameters, self.limits, published), report, progress
            )
        except Unreadable as unreadable:
            report.add([unreadable.finding])
            return Checked(report, None, (), "", Diff(()), None)
        if report.is_refused:
            return Checked(report, batch, (), "", Diff(()), base)
        after = state_of([_as_version(batch, rows)], state or {})
        return Checked(report, batch, rows, content_sha256(rows), diff(state or {}, after), base)

    @staticmethod
    def _before(
        session: ReadSession | None, code: str | None, batch: FileHeader, defaults: HeaderDefaults
    ) -> tuple[ListState | None, int | None]:
        """Return the state that the file is compared with, and the version whose state it is."""
        if session is None or code is None:
            return None, None
        base = defaults.base_version if batch.is_full else batch.base_version
        if base is None:
            return {}, None
        return state_of(store.lineage(session, code, base)), base


def in_order(session: ReadSession, code: str, batch: FileHeader, now: datetime) -> tuple[FileHeader, datetime]:
    """Return the batch and the moment of an upload, not before those of the newest version.

    Of two uploads at the same moment the first to be stored may have begun later; where nobody said when a file was
    received, that is no contradiction.
    """
    last = store.last_standing(session, code)
    if not batch.is_received_now or last is None or batch.received_at >= last.received_at:
        return batch, now
    return replace(batch, received_at=last.received_at), max(now, last.received_at)


def check_times(session: ReadSession, code: str, batch: FileHeader, now: datetime, *, may_backfill: bool) -> None:
    """Refuse a time of receipt in the future, before that of the newest version, or before what is known.

    Raises :class:`Invalid`, or :class:`Forbidden` where backfilling is not allowed.
    """
    if batch.received_at > now:
        raise Invalid("received-in-future", "接收时间在将来 (received_at is in the future)")
    last = store.last_standing(session, code)
    if last and batch.received_at < last.received_at:
        raise Invalid(
            "received-before-newest",
            f"接收时间早于第 {last.version} 版的接收时间 {last.received_at.isoformat()} "
            f"(received_at is before that of version {last.version})",
        )
    if not batch.is_backfilled(now):
        return
    if not may_backfill:
        raise Forbidden(
            "backfill",
            "接收时间早于上传一天以上，属于补录：请由复核角色上传或使用 cutoff lists load "
            "(received_at is more than a day ago: only a list_checker or cutoff lists load may backfill)",
        )
    active = store.active_version(session, code)
    if active and active.known_from and batch.received_at < active.known_from:
        raise backfilled_too_early(active)


def _seen_before(same: VersionRecord) -> Finding:
    """Say that a file was uploaded before: once more, by somebody else, or an old one in the place of the new one."""
    return doubtful(
        "SAME_CONTENT",
        f"内容与第 {same.version} 版（{STATES_ZH[same.state]}，经办人 {same.maker}）完全相同",
        f"the content is exactly that of version {same.version} ({same.state}, made by {same.maker})",
        "核对是否传错文件；重复上传的，撤回本版 / check whether it is the right file; withdraw what is there twice",
    ).at(None, None, None, None)


def _as_version(batch: FileHeader, rows: tuple[Row, ...]) -> VersionRows:
    return VersionRows(0, batch.received_at, False, batch.file_kind, rows)
