"""名单: every list, one list with its versions and who uses it, and taking in a file."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from app import clock
from app.access import Principal, Role
from app.db import ReadSession
from app.dependencies import AppDatabase, AppScreeningService, AppSettings, Reading, Writing, takes_files
from app.errors import CutoffError, Forbidden, Invalid
from app.screening import adoption as adoptions
from app.settings import Settings
from app.tabular.finding import Finding, Severity
from app.tabular.limits import FileLimits
from app.watchlists.checks.picture import Picture, picture
from app.watchlists.checks.validate import Progress
from app.watchlists.files.template import template
from app.watchlists.layout.file_header import OPTIONS
from app.watchlists.versions import service, store
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.transition import Actor
from app.web.page import DRAFT_ROLES, LIST_ROLES, Page
from app.web.route import STATUSES, pages
from app.web.timeline import KnownPoint, draw_versions
from app.web.upload_progress import answered
from app.web.visit import Sent, Shown, Visitor, allow, same_person_again

MAKER_ROLES: Final = (Role.LIST_MAKER, Role.LIST_CHECKER)
PICTURE_ROWS: Final = 60
FINDINGS_SHOWN: Final = 200
_VERSIONS_SHOWN: Final = 100
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = pages()

Code = Annotated[str, Path(max_length=63)]


@dataclass(frozen=True, slots=True)
class RefusedUpload:
    """A file that was not taken in: what it was called, what was found, and its picture."""

    name: str
    findings: tuple[Finding, ...]
    errors: int
    warnings: int
    picture: Picture | None


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
    screening_service: AppScreeningService,
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
    return _taken_in(page, visitor, database, screening_service, settings, form, code)


@router.get("/lists/template.xlsx", dependencies=[allow(*LIST_ROLES)])
def blank_template() -> Response:
    """Return the blank upload template."""
    headers = {"Content-Disposition": 'attachment; filename="cutoff-list-template.xlsx"'}
    return Response(template(), media_type=_XLSX, headers=headers)


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
    screening_service: AppScreeningService,
    settings: AppSettings,
    form: Sent,
) -> Response:
    """Take in a file as the next draft, or show what refuses it, cell by cell."""
    return _taken_in(page, visitor, database, screening_service, settings, form, code)


@router.post("/lists/{code}/rollback", dependencies=[allow(Role.LIST_CHECKER)])
def rollback(code: Code, page: Shown, visitor: Visitor, session: Writing, form: Sent) -> Response:
    """Draft a version that brings back an earlier one; it takes four eyes as any other."""
    same_person_again(session, visitor, str(form.get("key", "")))
    number = str(form.get("to_version", ""))
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - what a version's number has room for
        raise Invalid("validation", page.texts("list.choose_version"))
    done = service.rollback(session, code, int(number), Actor(visitor.subject, "console"), clock.now())
    return RedirectResponse(f"/lists/{code}/versions/{done.version}", status_code=303)


def _taken_in(  # the services that an upload needs
    page: Page,
    visitor: Principal,
    database: AppDatabase,
    screening_service: AppScreeningService,
    settings: Settings,
    form: FormData,
    code: str,
) -> Response:
    file = form.get("file")
    name = file.filename if isinstance(file, UploadFile) else None
    data = file.file.read() if isinstance(file, UploadFile) and name else b""
    options = {field: text for field in OPTIONS if (text := str(form.get(field, "")).strip())}
    sent = Upload(name or "", data, options, visitor.client)

    def work(progress: Progress) -> Response:
        try:
            if not name:
                raise Invalid("file-missing", page.texts("upload.choose_file"))
            return _imported(page, visitor, database, screening_service, settings, form, code, sent, progress)
        except CutoffError as error:
            with database.read() as session:
                if store.list_exists(session, code):
                    return _show_one(page, visitor, session, code, error=error, given=form)
                return _show_all(page, visitor, session, error=error, given=form)

    return answered(page, work)


def _imported(  # noqa: PLR0913, PLR0917 - the services that an upload needs, and how far it is
    page: Page,
    visitor: Principal,
    database: AppDatabase,
    screening_service: AppScreeningService,
    settings: Settings,
    form: FormData,
    code: str,
    sent: Upload,
    progress: Progress,
) -> Response:
    now = clock.now()
    service.check_code(code)
    with database.read() as session:
        checked = Checker(FileLimits.of(settings), screening_service.parameters).check(
            session, code, sent, now, progress
        )
    if checked.is_refused or checked.batch is None:
        found = sorted(checked.report.in_order(), key=lambda one: one.severity is not Severity.ERROR)
        refused = RefusedUpload(
            sent.name,
            tuple(found),
            checked.report.errors,
            checked.report.warnings,
            picture(sent.data, sent.name, found, FileLimits.of(settings), PICTURE_ROWS),
        )
        return page.show(
            "upload_refused.html",
            status=422,
            section="lists",
            code=code,
            refused=refused,
            given=form,
            shown_max=FINDINGS_SHOWN,
        )
    is_checker = visitor.role is Role.LIST_CHECKER
    if is_checker and not checked.batch.is_backfilled(now):
        raise Forbidden("wrong-role", page.texts("upload.checker_backfills"))
    with database.write() as session:
        done = service.import_draft(
            session, code, sent, checked, Actor(visitor.subject, "console"), now, may_backfill=is_checker
        )
    return RedirectResponse(f"/lists/{code}/versions/{done.version}", status_code=303)


def _show_all(
    page: Page,
    visitor: Principal,
    session: ReadSession,
    error: CutoffError | None = None,
    given: FormData | None = None,
) -> Response:
    return page.show(
        "lists.html",
        status=STATUSES[error.family] if error else 200,
        section="lists",
        lists=store.lists(session),
        error=error,
        given=given or {},
        can_upload=visitor.role in MAKER_ROLES,
        sees_drafts=visitor.role in DRAFT_ROLES,
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
    )
