"""``GET /v1/screenings/{id}/certificate``: one decision with its grounds and its proof, to be verified offline."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response

from app.access import Role
from app.api.audit import sealed_record
from app.api.problems import declared
from app.audit.installation import verifiers_of
from app.dependencies import AppDatabase, AppSettings, Caller, allow, routes
from app.documents import attachment_name, make_pdf
from app.screening import store
from app.screening.certificate import certificate as make_certificate

router = routes(prefix="/v1/screenings", tags=["screenings"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}, "application/pdf": {}}}
}


@router.get(
    "/{screening_id}/certificate",
    dependencies=[allow(Role.SCREENER, Role.ANALYST, Role.AUDITOR)],
    responses=_ANSWERS | declared(404),
    response_class=Response,
    summary="The certificate of a decision 筛查证明",
)
def certificate(
    screening_id: Annotated[str, Path(max_length=36)],
    caller: Caller,
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    form: Annotated[Literal["pdf", "json"], Query(alias="format")] = "pdf",
) -> Response:
    """Return the same bytes each time; the PDF (PDF/A-3) carries the JSON, which anybody verifies offline."""
    with database.read() as session:
        store.answer_text(session, screening_id, None if caller.sees_all_clients else caller.client)
    sealed_record(database, request.app.state.sealer, caller, screening_id)
    with database.read() as session:
        made = make_certificate(session, screening_id, verifiers_of(settings))
    name = attachment_name("certificate", screening_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "json":
        return Response(made.text, media_type="application/json", headers=headers)
    pdf = make_pdf("certificate", made.printed, dated=made.screened_at, attached=made.text, font_dir=settings.font_dir)
    return Response(pdf, media_type="application/pdf", headers=headers)
