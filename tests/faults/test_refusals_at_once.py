"""Who is refused hears it at once, also while others hold every thread."""

import threading
import time
from typing import Any

from client import running

from app.db import Database


def test_a_refusal_needs_no_thread(sqlite_db: Database) -> None:
    with running(sqlite_db, pool_size=2, heavy_calls_of_client_max=1) as api:
        assert api.call("GET", "/v1/lists").status_code == 200
        auditor = api.key("auditor")
        assert api.call("GET", "/v1/lists", "auditor").status_code == 200
        go_on = threading.Event()
        held = [threading.Event(), threading.Event()]
        places = iter(held)

        def hold(*_ignored: Any) -> None:
            next(places).set()
            go_on.wait(30)

        database = api.app.state.database
        read = database.read

        def slow_read(*given: Any) -> Any:
            # Keys are confirmed by a thread of their own, which goes on.
            if threading.current_thread().name.startswith("AnyIO"):
                hold()
            return read(*given)

        database.read = slow_read
        try:
            threads = [threading.Thread(target=api.call, args=("GET", "/v1/lists")) for _ in held]
            for thread in threads:
                thread.start()
            for one in held:
                assert one.wait(20)
            started = time.monotonic()
            headers = {"Authorization": f"Bearer {auditor}"}
            unknown = api.client.get("/v1/lists?nothing=1", headers=headers)
            missing = api.client.get("/v1/lists")
            absent = api.client.get("/v1/nowhere", headers=headers)
            assert [one.status_code for one in (unknown, missing, absent)] == [422, 401, 404]
            # Those who hold the threads would have kept it for half a minute.
            assert time.monotonic() - started < 15
        finally:
            go_on.set()
            database.read = read
            for thread in threads:
                thread.join()
