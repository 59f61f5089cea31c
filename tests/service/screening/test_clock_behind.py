"""A process whose clock is behind never takes what was just put in force for the future; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from client import running
from watchlist_rows import VENUE, load

from app import clock
from app.bulk.service import bulk_jobs
from app.db import Database
from app.worker import Worker

OTHER = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样恒文化产权交易所有限公司"}


@pytest.mark.parametrize("behind", [timedelta(minutes=10), timedelta(days=2)])
def test_what_was_just_put_in_force_does_not_pass(
    db: Database, monkeypatch: pytest.MonkeyPatch, behind: timedelta
) -> None:
    load(db, "qa", VENUE, now=clock.now() - timedelta(days=30), received_at="2017-03-20T09:00:00+08:00")
    load(db, "qb", OTHER)
    real = clock.now

    def late() -> Any:
        return real() - behind

    monkeypatch.setattr(clock, "now", late)
    with running(db) as api:
        ready = api.call("GET", "/readyz", None)
        assert (ready.status_code, ready.json()["type"]) == (503, "urn:cutoff:problem:process-clock-behind")
        for name in (VENUE["legal_name"], OTHER["legal_name"], "福州清源饮料有限公司"):
            answer = api.screen(name)
            assert answer.status_code in {200, 503}
            if answer.status_code == 200:
                assert answer.json()["outcome"] in {"REVIEW", "BLOCK"}
        listed = api.screen(OTHER["legal_name"])
        if listed.status_code == 200:
            assert [one["external_id"] for one in listed.json()["matches"]] == ["FJ-0002"]
        # A file waits: its rows could not say that they are stale.
        job = api.call("POST", "/v1/jobs", files={"file": ("b.csv", f"name\n{OTHER['legal_name']}\n".encode())}).json()
        worker = Worker(db, {bulk_jobs.KIND: bulk_jobs.BulkJobs(db, api.app.state.settings)})
        assert worker.step()
        assert api.call("GET", f"/v1/jobs/{job['id']}").json()["rows_done"] == 0
        monkeypatch.setattr(clock, "now", real)
        api.refresh()
        assert api.call("GET", "/readyz", None).status_code == 200
        assert api.screen("福州清源饮料有限公司").json()["outcome"] == "PASS"
        while worker.step():
            pass
        shown = api.call("GET", f"/v1/jobs/{job['id']}").json()
        assert (shown["state"], shown["pass"]) == ("DONE", 0)
