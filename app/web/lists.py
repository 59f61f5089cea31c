"""名单: every list, one list with its versions and who uses it, and taking in a file."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from app import clock
from app.access import Principal, Role
from app.access.person import is_same_person
from app.db import ReadSession
from app.dependencies import AppDatabase, AppSettings, Reading, Writing, takes_files
from app.errors import CutoffError, Invalid
from app.policy.vocabulary import Category, EntityKind
from app.screening import adoption as adoptions
from app.settings import Settings
from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.watchlists.checks.annotate import annotated
from app.watchlists.checks.picture import Picture, picture
from app.watchlists.checks.validate import Progress
from app.watchlists.files.template import template
from app.watchlists.layout.file_header import OPTIONS
from app.watchlists.layout.published import PUBLISHED, PUBLISHED_OPTIONS
from app.watchlists.versions import service, store
from app.watchlists.versions.importing import Checked, Upload
from app.watchlists.versions.list_intake import ListIntake
from app.watchlists.versions.transition import Actor
from app.web import upload_draft
from app.web.page import DRAFT_ROLES, LIST_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.timeline import KnownPoint, draw_versions
from app.web.upload_progress import answered
from app.web.visit import Sent, Shown, Visitor, allow, same_person_again

MAKER_ROLES: Final = (Role.LIST_MAKER, Role.LIST_CHECKER)
PICTURE_ROWS: Final = 60
FINDINGS_SHOWN: Final = 200
_LACKING: Final = frozenset({"MISSING_COLUMN", "NO_HEADER"})
_VERSIONS_SHOWN: Final = 100
_WAITING: Final = frozenset({"submitted", "approved"})
_UPLOAD_CHOICES: Final = {"categories": tuple(Category), "entity_kinds": tuple(EntityKind)}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = pages()

Code = Annotated[str, Path(max_length=63)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedUpload:
    """A file that was not taken in: what it was called, what was found, and its picture."""

    name: str
    findings: tuple[Finding, ...]
    errors: int
    warnings: int
    picture: Picture | None
    draft_id: str | None
    looks_published: bool
    """Whether it lacks columns that a list as an office publishes it does not have either."""


@router.get("/lists", dependencies=[allow(*LIST_ROLES)])
def lists(page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show every list."""
    return _show_all(page, visitor, session)


@router.post("/lists", dependencies=[allow(*MAKER_ROLES)])
@takes_files
def new_list(
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Take in the first file of a new list, or the next one of a list that is there."""
    code = str(form.get("code", "")).strip()
    try:
        service.check_code(code)
    except Invalid as error:
        with database.read() as session:
            return _show_all(page, visitor, session, error=error, given=form)
    return _UploadForm(page, visitor, settings, ListIntake.open(database, settings), code, form).answer()


@router.get("/lists/template.xlsx", dependencies=[allow(*LIST_ROLES)])
def blank_template() -> Response:
    """Return the blank upload template."""
    return download(template(), "cutoff-list-template.xlsx", XLSX)


@router.get("/lists/{code}", dependencies=[allow(*LIST_ROLES)])
def one_list(code: Code, page: Shown, visitor: Visitor, session: Reading) -> Response:
    """Show a list with its versions, their history over time, and who answers with which."""
    return _show_one(page, visitor, session, code)


@router.post("/lists/{code}", dependencies=[allow(*MAKER_ROLES)])
@takes_files
def upload(
    code: Code,
    page: Shown,
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Take in a file as the next draft, or show what refuses it, cell by cell."""
    return _UploadForm(page, visitor, settings, ListIntake.open(database, settings), code, form).answer()


@router.get("/lists/{code}/refused/{draft_id}/annotated.xlsx", dependencies=[allow(*MAKER_ROLES)])
def annotated_refusal(
    code: Code,
    draft_id: Annotated[str, Path(max_length=36)],
    visitor: Visitor,
    database: AppDatabase,
    settings: AppSettings,
) -> Response:
    """Return a refused file with the cells marked that are wrong as the list is now."""
    draft = upload_draft.read(settings, draft_id, upload_draft.refused_kind(code), visitor)
    sent = Upload(draft.name, draft.path(settings).read_bytes(), dict(draft.options), visitor.client)
    checked = ListIntake.open(database, settings).check(code, sent, clock.now())
    book = annotated(sent.data, draft.name, checked.report.in_order(), FileLimits.of(settings))
    return download(book, f"{code}-annotated.xlsx", XLSX)


def download(content: bytes, name: str, media_type: str) -> Response:
    """Return a file to be kept."""
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/lists/{code}/rollback", dependencies=[allow(Role.LIST_CHECKER)])
def rollback(code: Code, page: Shown, visitor: Visitor, session: Writing, form: Sent) -> Response:
    """Draft a version that brings back an earlier one; it takes four eyes as any other."""
    same_person_again(session, visitor, str(form.get("key", "")))
    number = str(form.get("to_version", ""))
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - what a version's number has room for
        raise Invalid("validation", page.texts("list.choose_version"))
    done = service.rollback(session, code, int(number), Actor(visitor.subject, "console"), clock.now())
    return RedirectResponse(f"/lists/{code}/versions/{done.version}", status_code=303)


@dataclass(frozen=True, slots=True)
class _UploadForm:
    """A file that a visitor sends to a list; ``given`` is shown again where it is refused."""

    page: Page
    visitor: Principal
    settings: Settings
    intake: ListIntake
    code: str
    given: FormData

    def answer(self) -> Response:
        """Take the file in and lead to its draft, or show what refuses it."""
        file = self.given.get("file")
        name = file.filename if isinstance(file, UploadFile) else None
        data = file.file.read() if isinstance(file, UploadFile) and name else b""
        # What is said of the rows of a published list means nothing where the box for it is not ticked.
        fields = (*OPTIONS, PUBLISHED, *PUBLISHED_OPTIONS) if self.given.get(PUBLISHED) else OPTIONS
        options = {field: text for field in fields if (text := str(self.given.get(field, "")).strip())}
        sent = Upload(name or "", data, options, self.visitor.client)

        def work(progress: Progress) -> Response:
            try:
                if not name:
                    raise Invalid("file-missing", self.page.texts("upload.choose_file"))
                return self._taken_in(sent, progress)
            except CutoffError as error:
                with self.intake.database.read() as session:
                    if store.list_exists(session, self.code):
                        return _show_one(self.page, self.visitor, session, self.code, error=error, given=self.given)
                    return _show_all(self.page, self.visitor, session, error=error, given=self.given)

        return answered(self.page, work)

    def _taken_in(self, sent: Upload, progress: Progress) -> Response:
        now = clock.now()
        checked = self.intake.check(self.code, sent, now, progress)
        if checked.is_refused or checked.batch is None:
            return self._refused(sent, checked)
        only_backfills = self.visitor.role is Role.LIST_CHECKER
        by = Actor(self.visitor.subject, "console")
        done = self.intake.store(self.code, sent, checked, by, now, only_backfills=only_backfills)
        return RedirectResponse(f"/lists/{self.code}/versions/{done.version}", status_code=303)

    def _refused(self, sent: Upload, checked: Checked) -> Response:
        found = sorted(checked.report.in_order(), key=lambda one: (one.severity is not Severity.ERROR, one.row is None))
        draft = upload_draft.keep_refused(self.settings, self.intake.database, sent, self.code, self.visitor)
        refused = RefusedUpload(
            name=sent.name,
            findings=tuple(found),
            errors=checked.report.errors,
            warnings=checked.report.warnings,
            picture=picture(sent.data, sent.name, found, self.intake.checker.limits, PICTURE_ROWS),
            draft_id=draft.id if draft else None,
            looks_published=PUBLISHED not in sent.options and any(one.code in _LACKING for one in found),
        )
        return self.page.show(
            "upload_refused.html",
            status=422,
            section="lists",
            code=self.code,
            refused=refused,
            given=self.given,
            shown_max=FINDINGS_SHOWN,
            **_UPLOAD_CHOICES,
        )


def _show_all(
    page: Page,
    visitor: Principal,
    session: ReadSession,
    error: CutoffError | None = None,
    given: FormData | None = None,
) -> Response:
    found = store.lists(session)
    newest = [one.newest for one in found if one.newest is not None]
    return page.show(
        "lists.html",
        status=STATUSES[error.family] if error else 200,
        section="lists",
        lists=found,
        waiting=[
            one
            for one in newest
            if visitor.role is Role.LIST_CHECKER
            and one.state in _WAITING
            and not is_same_person(one.maker, visitor.subject)
        ],
        error=error,
        given=given or {},
        can_upload=visitor.role in MAKER_ROLES,
        sees_drafts=visitor.role in DRAFT_ROLES,
        **_UPLOAD_CHOICES,
    )


def _show_one(
    page: Page,
    visitor: Principal,
    session: ReadSession,
    code: str,
    error: CutoffError | None = None,
    given: FormData | None = None,
) -> Response:
    summary = store.list_summary(session, code)
    sees_drafts = visitor.role in DRAFT_ROLES
    versions = store.versions(session, code, limit=_VERSIONS_SHOWN, only_activated=not sees_drafts)
    known = sorted(
        (KnownPoint(one.version, one.known_from, one.row_count) for one in versions if one.known_from is not None),
        key=lambda one: (one.known_from, one.version),
    )
    adoption = adoptions.adoption(session, code)
    return page.show(
        "list.html",
        status=STATUSES[error.family] if error else 200,
        section="lists",
        code=code,
        summary=summary,
        versions=versions,
        picture=draw_versions(known) if known else None,
        adoption=adoption if sees_drafts else [one for one in adoption if one.client == visitor.client],
        error=error,
        given=given or {},
        can_upload=visitor.role in MAKER_ROLES,
        can_roll_back=visitor.role is Role.LIST_CHECKER,
        **_UPLOAD_CHOICES,
    )
