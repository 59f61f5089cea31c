"""``/healthz`` and ``/readyz``: whether the process lives, and whether its answers can be relied on."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app import clock
from app.api.draining import PROCESS
from app.api.metrics import CONFIRMED_AT, WAITING
from app.api.problems import MEDIA_TYPE, SCHEMA
from app.dependencies import OPEN, AppScreeningService, AppSettings
from app.errors import Unavailable
from app.screening.recorder import Recorder

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """The process lives."""

    status: str = "ok"


class ReadyList(BaseModel):
    """A list that is in force."""

    code: str
    version: int


class Readiness(BaseModel):
    """Answers can be relied on."""

    status: str = "ready"
    confirmed_age_s: float
    lists: list[ReadyList]


@router.get("/healthz", dependencies=[OPEN], summary="The process lives 存活")
async def health() -> Health:
    """Answer at once, from memory."""
    return Health()


_NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"description": "不可用 / Not ready", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
}


@router.get("/readyz", dependencies=[OPEN], responses=_NOT_READY, summary="Answers can be relied on 就绪")
async def ready(request: Request, screening_service: AppScreeningService, settings: AppSettings) -> Readiness:
    """Answer from memory; 503 while lists are not confirmed in time, there is none, or nothing can be recorded."""
    recorder: Recorder = request.app.state.recorder
    WAITING.set(recorder.waiting)
    if PROCESS.is_on:
        raise Unavailable("stopping", "正在停止 / this process is about to stop")
    if screening_service.snapshots.content_fault is not None:
        raise Unavailable("list-content-changed", screening_service.snapshots.content_fault)
    current = screening_service.snapshots.current
    CONFIRMED_AT.set((clock.now() - timedelta(seconds=current.age_s)).timestamp())
    if current.age_s > settings.freshness_max_s:
        raise Unavailable(
            "lists-unconfirmed",
            f"{current.age_s:.0f}秒未能向数据库确认名单版本 / the versions in force were not confirmed for "
            f"{current.age_s:.0f} s ({settings.freshness_max_s:g} s at most)",
        )
    current.require_clock()
    if not current.snapshot.refs:
        raise Unavailable("no-list", "没有已生效的名单 / no list is active")
    if recorder.failure is not None:
        raise Unavailable("recording-impossible", "决定无法入库 / decisions cannot be recorded now")
    lists = [ReadyList(code=ref.code, version=ref.version) for ref in current.snapshot.refs]
    return Readiness(confirmed_age_s=round(current.age_s, 3), lists=lists)
