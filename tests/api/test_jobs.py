"""Files through the service: upload, progress, results, cancel; a worker killed on the way."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from client import Api, running
from watchlist_rows import VENUE

from app import clock
from app.access import Role
from app.bulk.service import bulk_jobs as bulk
from app.bulk.service import job_files
from app.db import Database
from app.worker import Worker

STRANGER = "厦门清源饮料有限公司"
HEAD = "id,name,service_date\n"


@pytest.fixture(autouse=True)
def _own_folder_and_small_chunks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("app.bulk.readers.chunking.ROWS_PER_CHUNK", 10)


def book(rows: int) -> str:
    return HEAD + "".join(f"{i},{VENUE['legal_name'] if i % 10 == 0 else STRANGER},2017-07-03\n" for i in range(rows))


def upload(api: Api, data: str | bytes, name: str = "book.csv", headers: Any = None, **fields: str) -> Any:
    files = {"file": (name, data if isinstance(data, bytes) else data.encode())}
    return api.call("POST", "/v1/jobs", files=files, data=fields, headers=headers or {})


def worker(api: Api) -> Worker:
    return Worker(api.database, {bulk.KIND: bulk.BulkJobs(api.database, api.app.state.settings)})


def state(api: Api, job_id: str) -> Any:
    return api.call("GET", f"/v1/jobs/{job_id}").json()


def test_a_file_is_answered_row_by_row(api: Api) -> None:
    answer = upload(api, book(35))
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["rows_total"], job["rows_done"]) == ("QUEUED", None, 0)
    assert api.call("GET", f"/v1/jobs/{job['id']}/results").status_code == 409
    own = worker(api)
    assert own.step()
    assert own.step()
    halfway = state(api, job["id"])
    assert (halfway["state"], halfway["rows_total"], halfway["rows_done"]) == ("RUNNING", 35, 10)
    while own.step():
        pass
    done = state(api, job["id"])
    assert (done["state"], done["rows_done"], done["pass"], done["block"], done["errors"]) == ("DONE", 35, 31, 4, 0)
    assert done["report"]["basis"]["list_versions"][0]["code"] == "fj-violating"
    results = api.call("GET", f"/v1/jobs/{job['id']}/results")
    lines = results.text.splitlines()
    assert results.headers["content-type"].startswith("text/csv")
    assert [line.split(",")[0] for line in lines[1:]] == [str(i) for i in range(35)]
    assert lines[1].split(",")[3:5] == ["BLOCK", "CUTOFF"]
    found = api.call("GET", "/v1/screenings", params={"reference": "20"}).json()["items"]
    assert [item["outcome"] for item in found] == ["BLOCK"]


def test_the_files_of_a_job_are_removed_some_days_after_its_end(api: Api) -> None:
    settings, now = api.app.state.settings, clock.now()
    done, waiting = upload(api, book(5)).json()["id"], upload(api, book(5)).json()["id"]
    own = worker(api)
    while state(api, done)["state"] != "DONE":
        assert own.step()
    cut_off = job_files.folder_of(settings, "an-upload-that-was-cut-off")
    cut_off.mkdir()
    assert job_files.remove_old(settings, api.database, now + timedelta(days=6)) == 0
    assert api.call("GET", f"/v1/jobs/{done}/results").status_code == 200
    assert job_files.remove_old(settings, api.database, now + timedelta(days=8)) == 2
    gone = api.call("GET", f"/v1/jobs/{done}/results")
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:cutoff:problem:job-results-gone")
    assert state(api, done)["report"]["counts"]["rows"] == 5
    assert job_files.folder_of(settings, waiting).exists()
    assert not cut_off.exists()


def test_a_worker_that_dies_loses_and_doubles_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = upload(api, book(50), output="ndjson").json()["id"]
    first, second = worker(api), worker(api)
    assert first.step()
    assert first.step()
    with pytest.MonkeyPatch.context() as patch:
        # It dies with a chunk in its hands: nothing is finished, nothing is given back.
        patch.setattr(Worker, "_kept_alive", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            first.step()
    while second.step():
        pass
    assert state(api, job_id)["state"] == "RUNNING"
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr("app.worker.clock.now", lambda: later)
    while second.step():
        pass
    assert state(api, job_id)["state"] == "DONE"
    lines = api.call("GET", f"/v1/jobs/{job_id}/results").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(i) for i in range(50)]


def test_events_tell_how_far_it_is_until_the_end(api: Api) -> None:
    job_id = upload(api, book(5)).json()["id"]
    own = worker(api)
    while own.step():
        pass
    stream = api.call("GET", f"/v1/jobs/{job_id}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.text.startswith("event: end\ndata: ")
    assert json.loads(stream.text.split("data: ")[1])["rows_done"] == 5


def test_a_cancelled_job_does_nothing_more(api: Api) -> None:
    job_id = upload(api, book(30)).json()["id"]
    own = worker(api)
    assert own.step()
    assert api.call("POST", f"/v1/jobs/{job_id}/cancel").json()["state"] == "CANCELLED"
    assert not own.step()
    assert api.call("POST", f"/v1/jobs/{job_id}/cancel").status_code == 200
    assert api.call("GET", f"/v1/jobs/{job_id}/results").status_code == 409


def test_a_file_that_cannot_be_read_fails_with_its_reason(api: Api) -> None:
    job_id = upload(api, "id,title\n1,x\n").json()["id"]
    assert worker(api).step()
    seen = state(api, job_id)
    assert seen["state"] == "FAILED"
    assert "名称" in seen["error"]


@pytest.mark.parametrize(
    ("name", "fields", "status"),
    [
        ("book.docx", {}, 422),
        ("book.csv", {"service": "NO"}, 422),
        ("book.csv", {"service_date": "2017-02-30"}, 422),
        ("book.csv", {"output": "docx"}, 422),
        ("book.csv", {"column": "户名"}, 422),
        ("book.csv", {"mapping": "= x"}, 422),
        ("book.csv", {"sevice": "CUSTODY"}, 422),
    ],
)
def test_wrong_uploads_are_refused_at_once(api: Api, name: str, fields: dict[str, str], status: int) -> None:
    answer = upload(api, book(1), name, **fields)
    assert answer.status_code == status
    jobs = api.app.state.settings.data_dir.resolve() / "jobs"
    assert not jobs.exists() or not any(jobs.iterdir())


def test_an_idempotency_key_makes_one_job_of_two_uploads(api: Api) -> None:
    headers = {"Idempotency-Key": "night-1"}
    first, again = upload(api, book(3), headers=headers), upload(api, book(3), headers=headers)
    assert first.json()["id"] == again.json()["id"]
    assert upload(api, book(4), headers=headers).status_code == 409


def test_a_client_may_have_so_many_unfinished_jobs(api: Api) -> None:
    for _ in range(bulk.OPEN_JOBS_MAX):
        assert upload(api, book(1)).status_code == 202
    refused = upload(api, book(1))
    assert refused.status_code == 429


def test_jobs_of_another_client_are_not_seen(api: Api) -> None:
    job_id = upload(api, book(1)).json()["id"]
    assert api.call("GET", f"/v1/jobs/{job_id}", of_client="other").status_code == 404
    assert api.call("GET", f"/v1/jobs/{job_id}", role=Role.AUDITOR, of_client="other").status_code == 200


def test_the_files_of_one_client_have_bounds(sqlite_db: Database) -> None:
    whole = book(100)
    with running(sqlite_db, job_bytes_of_client_max=len(whole.encode())) as api:
        first = upload(api, whole)
        assert first.status_code == 202
        refused = upload(api, book(1))
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:cutoff:problem:client-files-full")
        own = worker(api)
        while own.step():
            pass
        assert state(api, first.json()["id"])["state"] == "DONE"
        # It has ended, and its files are still there.
        assert upload(api, book(1)).status_code == 429
        assert len(list((api.app.state.settings.data_dir / "jobs").iterdir())) == 1
        other = api.call("POST", "/v1/jobs", files={"file": ("book.csv", book(1).encode())}, of_client="other")
        assert other.status_code == 202
        job_files.remove(api.app.state.settings, first.json()["id"])
        assert upload(api, book(1)).status_code == 202
