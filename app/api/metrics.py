"""What is counted, and ``/metrics``.  With several workers each counts into files in one folder."""

import os

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

router = APIRouter(tags=["operation"])


@router.get("/metrics", dependencies=[OPEN], response_class=Response, summary="Metrics for Prometheus 监控指标")
def metrics() -> Response:
    """Return the counters of all workers in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
