"""What is counted, and ``/metrics``.  With several workers each counts into files in one folder."""

import os
from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.dependencies import OPEN

ANSWERED = Counter("cutoff_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "cutoff_http_request_seconds",
    "Time to the answer, in seconds.",
    ["route"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15),
)
SCREENED = Counter("cutoff_screenings_total", "Decisions recorded, by outcome.", ["outcome"])
CONFIRMED_AT = Gauge(
    "cutoff_versions_confirmed_timestamp_seconds",
    "When this process last confirmed with the database which list versions are in force.",
    multiprocess_mode="min",
)

RECORD_ROWS = Histogram(
    "cutoff_record_commit_rows",
    "Decisions recorded by one commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 1024),
)
RECORD_SECONDS = Histogram(
    "cutoff_record_commit_seconds",
    "Time of one commit of decisions, in seconds.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)


REFUSED_CONNECTIONS = Counter("cutoff_http_connections_refused_total", "Connections closed at a limit.", ["limit"])
REFUSED = Counter("cutoff_refused_total", "Calls refused past a limit or for want of something, by problem.", ["code"])
WAITING = Gauge("cutoff_record_waiting", "Answers that wait for their record.", multiprocess_mode="sum")


def count_refused_connection(limit: str) -> None:
    """Count a connection that was closed at a limit."""
    REFUSED_CONNECTIONS.labels(limit).inc()


def count_refusal(code: str) -> None:
    """Count a call that was answered 413, 429 or 503."""
    REFUSED.labels(code).inc()


def count_early_refusals(route: str, code: str, status: int, count: int) -> None:
    """Count calls that were refused before they were read; their times are in no histogram, as none was taken."""
    ANSWERED.labels("POST", route, str(status)).inc(count)
    REFUSED.labels(code).inc(count)


@cache
def _answered(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    """Return what counts answers of a kind; finding them by their labels takes longer than counting."""
    return ANSWERED.labels(method, route, status), SECONDS.labels(route)


def count_answer(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer and its time."""
    answered, took = _answered(method, route, str(status))
    answered.inc()
    took.observe(seconds)


@cache
def _screened(outcome: str) -> Counter:
    return SCREENED.labels(outcome)


def count_decision(outcome: str, count: int) -> None:
    """Count recorded decisions of one outcome."""
    _screened(outcome).inc(count)


def count_commit(rows: int, seconds: float) -> None:
    """Count a commit of decisions."""
    RECORD_ROWS.observe(rows)
    RECORD_SECONDS.observe(seconds)


router = APIRouter(tags=["operation"])


@router.get("/metrics", dependencies=[OPEN], response_class=Response, summary="Metrics for Prometheus 监控指标")
def metrics() -> Response:
    """Return the counters of all workers in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
