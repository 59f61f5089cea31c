"""List files that are uploaded and not submitted take so much room and no more, for each person."""

from typing import Any

from client import Api, running
from watchlist_rows import VENUE

from app.access import Role, keys
from app.db import Database

TABLE = f"{','.join(VENUE)}\n{','.join(VENUE.values())}\n".encode()


def upload(api: Api, code: str, **more: Any) -> Any:
    files = {"file": ("a.csv", TABLE)}
    role = more.pop("role", Role.LIST_MAKER)
    return api.call("POST", f"/v1/lists/{code}/versions", role, files=files, **more)


def test_drafts_of_a_person_have_a_bound_until_they_are_submitted_or_withdrawn(db: Database) -> None:
    size = len(TABLE)
    most = max(1024, 2 * size)
    fitting = most // size
    with running(db, draft_bytes_of_person_max=most) as api:
        for number in range(fitting):
            assert upload(api, f"l-{number}").status_code == 201
        refused = upload(api, "l-x")
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:cutoff:problem:drafts-full")
        with db.write() as session:
            other = keys.create(session, Role.LIST_MAKER, subject="another", client="core")[1]
        assert upload(api, "l-y", role=None, headers={"Authorization": f"Bearer {other}"}).status_code == 201
        assert api.call("POST", "/v1/lists/l-0/versions/1/submit", Role.LIST_MAKER).status_code == 200
        assert upload(api, "l-x").status_code == 201
        assert upload(api, "l-z").status_code == 429
        assert api.call("POST", "/v1/lists/l-1/versions/1/withdraw", Role.LIST_MAKER).status_code == 200
        assert upload(api, "l-z").status_code == 201
