"""Ten minutes of service with a new list version every twenty seconds and jobs beside it: memory stays flat."""

import http.client
import json
import os
import threading
import time
from pathlib import Path

import pytest
from ledger import FAST, Clients
from server import Server
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database

pytestmark = pytest.mark.long
SOAK_S = float(os.environ.get("CUTOFF_TEST_SOAK_S", "600"))
_WARM_SHARE = 0.25
_GROWTH_MAX = 1.05
_ACTIVATION_EVERY_S = 20.0


def _memory_bytes(pid: int) -> int:
    """Return what a process holds of its own: anonymous pages, not those of files."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon:"))


def _send_job(server: Server, key: str) -> int:
    rows = "\n".join(f"{i},福州样本{i}海鲜酒楼有限公司" for i in range(500))
    edge = "cutoff-soak"
    body = (
        f'--{edge}\r\ncontent-disposition: form-data; name="file"; filename="book.csv"\r\n\r\nid,name\n{rows}\r\n'
        f"--{edge}--\r\n"
    ).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={edge}"}
    connection.request("POST", "/v1/jobs", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_memory_stays_flat_and_nothing_fails(db: Database, tmp_path: Path) -> None:
    load(db, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    with db.write() as session:
        key = keys.create(session, Role.SCREENER)[1]
    environment = {**FAST, "CUTOFF_SERVE_JOBS": "true", "CUTOFF_DATA_DIR": str(tmp_path / "data")}
    server = Server(db.url.render_as_string(hide_password=False), tmp_path / "server.log", **environment)
    stop = threading.Event()
    jobs: list[int] = []

    def work() -> None:
        number = 0
        while not stop.wait(_ACTIVATION_EVERY_S):
            number += 1
            later = {
                **VENUE,
                "external_id": f"FJ-9{number:03}",
                "legal_name": f"福建示例{number}号大宗商品交易中心有限公司",
            }
            load(db, "fj-violating", later)
            jobs.append(_send_job(server, key))

    worker = threading.Thread(target=work, daemon=True)
    sizes: list[int] = []
    try:
        server.start()
        started = time.monotonic()
        with Clients(server, key, threads=4, patience_s=60) as clients:
            worker.start()
            while time.monotonic() - started < SOAK_S:
                time.sleep(1)
                if time.monotonic() - started > SOAK_S * _WARM_SHARE:
                    sizes.append(_memory_bytes(server.pid))
            stop.set()
            worker.join(60)
        clients.ledger.check(db)
    finally:
        stop.set()
        server.kill_if_running()
    assert clients.statuses() == {200}, json.dumps(sorted(clients.statuses()))
    assert set(jobs) == {202}
    early, late = sorted(sizes[: len(sizes) // 3]), sorted(sizes[-len(sizes) // 3 :])
    assert late[len(late) // 2] <= early[len(early) // 2] * _GROWTH_MAX, (early, late)
