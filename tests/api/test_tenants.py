"""Route × role × client: what belongs to a client is not there for another one, whatever role asks, on every route.

PostgreSQL is asked as the application's role, for which row-level security holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pytest
from client import Api, running
from sqlalchemy import func, select, text
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Base, Database, roles
from app.main import describe
from app.monitoring.models import Suppression
from app.monitoring.rescreening import BookRunner
from app.monitoring.telling import tell_step
from app.settings import Settings

OWNER, OTHER = "bank-one", "bank-two"
NAME = VENUE["legal_name"]
ALIKE = "福建示利大宗商品交易中心有限公司"
REFERENCE = "only-of-bank-one"

Kind = Literal["own", "shared", "operator", "open"]
"""Whose it is: a client's own; of all (lists, rules); of whoever operates, across clients; open to anybody."""

WEBHOOK, ALERT, BOOK, JOB = "/v1/webhooks/{webhook_id}", "/v1/alerts/{alert_id}", "/v1/counterparties", "/v1/jobs"
LIST = "/v1/lists/{code}"
VERSION = f"{LIST}/versions/{{number}}"
SCREENING = "/v1/screenings/{screening_id}"

ROUTES: dict[str, tuple[Kind, str]] = {
    "/v1/screenings": ("own", "GET POST"),
    "/v1/screenings/batch": ("own", "POST"),
    SCREENING: ("own", "GET"),
    f"{SCREENING}/request": ("own", "GET"),
    f"{SCREENING}/replay": ("own", "POST"),
    f"{SCREENING}/certificate": ("own", "GET"),
    "/v1/events": ("own", "GET"),
    BOOK: ("own", "GET POST PUT"),
    f"{BOOK}/{{counterparty_id}}": ("own", "GET PUT DELETE"),
    "/v1/coverage": ("own", "GET"),
    "/v1/changes": ("own", "GET"),
    "/v1/alerts": ("own", "GET"),
    ALERT: ("own", "GET"),
    f"{ALERT}/assign": ("own", "POST"),
    f"{ALERT}/comment": ("own", "POST"),
    f"{ALERT}/attachments": ("own", "POST"),
    f"{ALERT}/attachments/{{attachment_id}}": ("own", "GET"),
    f"{ALERT}/disposition": ("own", "POST"),
    f"{ALERT}/confirm": ("own", "POST"),
    f"{ALERT}/return": ("own", "POST"),
    "/v1/suppressions": ("own", "GET"),
    "/v1/suppressions/{suppression_id}": ("own", "DELETE"),
    "/v1/sweeps": ("own", "GET POST"),
    "/v1/sweeps/{sweep_id}": ("own", "GET"),
    "/v1/sweeps/{sweep_id}/report": ("own", "GET"),
    "/v1/webhooks": ("own", "GET POST"),
    WEBHOOK: ("own", "GET DELETE"),
    f"{WEBHOOK}/rotate": ("own", "POST"),
    f"{WEBHOOK}/test": ("own", "POST"),
    f"{WEBHOOK}/deliveries": ("own", "GET"),
    f"{WEBHOOK}/deliveries/{{delivery_id}}/redeliver": ("own", "POST"),
    JOB: ("own", "GET POST"),
    f"{JOB}/{{job_id}}": ("own", "GET"),
    f"{JOB}/{{job_id}}/results": ("own", "GET"),
    f"{JOB}/{{job_id}}/events": ("own", "GET"),
    f"{JOB}/{{job_id}}/cancel": ("own", "POST"),
    "/v1/audit": ("own", "GET"),
    "/v1/audit/proof/{record_id}": ("own", "GET"),
    "/v1/audit/checkpoint": ("shared", "GET"),
    "/v1/calendar": ("shared", "GET PUT"),
    "/v1/rules": ("shared", "GET"),
    "/v1/rules/{version}": ("shared", "GET"),
    "/v1/entities": ("shared", "GET"),
    "/v1/entities/{entity_id}": ("shared", "GET"),
    "/v1/lists": ("shared", "GET"),
    "/v1/lists/template": ("shared", "GET"),
    LIST: ("shared", "GET"),
    f"{LIST}/versions": ("shared", "GET POST"),
    f"{LIST}/adoption": ("shared", "GET"),
    f"{LIST}/delta": ("shared", "GET"),
    f"{LIST}/entries": ("shared", "POST"),
    f"{LIST}/rollback": ("shared", "POST"),
    VERSION: ("shared", "GET"),
    **{
        f"{VERSION}/{read}": ("shared", "GET")
        for read in ("entries", "diff", "export", "content", "signature", "impact", "annotated")
    },
    **{f"{VERSION}/{step}": ("shared", "POST") for step in ("submit", "withdraw", "approve", "reject", "activate")},
    "/v1/list-signing-key": ("open", "GET"),
    "/v1/keys": ("operator", "GET POST"),
    "/v1/keys/{key_id}": ("operator", "DELETE"),
    "/v1/keys/{key_id}/rotate": ("operator", "POST"),
    "/v1/clients": ("operator", "GET POST"),
    "/v1/clients/{code}/close": ("operator", "POST"),
    "/healthz": ("open", "GET"),
    "/readyz": ("open", "GET"),
    "/metrics": ("open", "GET"),
}
"""Every route of the description and whose it is; a new one belongs here."""

BODIES: dict[str, Any] = {
    f"{ALERT}/assign": {},
    f"{ALERT}/comment": {"text": "x"},
    f"{ALERT}/disposition": {"verdict": "TRUE_MATCH", "reason": "x"},
    f"{ALERT}/return": {"reason": "x"},
}

ROLE_OF_DATABASE = "cutoff_app_of_tenants"


@dataclass
class Tenants:
    """A running application with everything that belongs to one client, by the names of the paths' parameters."""

    api: Api
    ids: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.api.call("POST", path, Role.ANALYST, of_client=OWNER, **body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fill(self) -> None:
        self.ids["screening_id"] = self.ids["record_id"] = self.post(
            "/v1/screenings",
            json={"service": "FUND_SETTLEMENT", "reference": REFERENCE, "counterparty": {"name": NAME}},
        )["id"]
        hook = {"url": "https://93.184.216.34/hook", "events": ["decision.changed", "alert.opened"]}
        self.ids["webhook_id"] = self.post("/v1/webhooks", json=hook)["id"]
        for one, name in (("C-1", NAME), ("C-2", ALIKE)):
            body = {"counterparty": {"name": name}}
            put = self.api.call("PUT", f"/v1/counterparties/{one}", of_client=OWNER, json=body)
            assert put.status_code == 200, put.text
        self.ids["counterparty_id"] = "C-1"
        BookRunner(self.api.app.state.screening_service, tell_step).run(OWNER, on=date(2017, 7, 3))
        items = self.get("/v1/alerts")["items"]
        self.ids["alert_id"] = next(one["id"] for one in items if one["counterparty_id"] == "C-1")
        file = {"file": (f"{NAME}.txt", NAME.encode())}
        self.ids["attachment_id"] = self.post(f"/v1/alerts/{self.ids['alert_id']}/attachments", files=file)["id"]
        self.suppress(next(one["id"] for one in items if one["counterparty_id"] == "C-2"))
        deliveries = self.get(f"/v1/webhooks/{self.ids['webhook_id']}/deliveries")["items"]
        self.ids["delivery_id"] = deliveries[0]["id"]
        self.ids["sweep_id"] = self.post("/v1/sweeps", json={})["id"]
        self.ids["job_id"] = self.post("/v1/jobs", files={"file": ("b.csv", f"id,name\n1,{NAME}\n".encode())})["id"]

    def get(self, path: str, role: Role = Role.ANALYST, client: str = OWNER) -> Any:
        answer = self.api.call("GET", path, role, of_client=client)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def suppress(self, alert_id: str) -> None:
        with self.api.database.write() as session:
            second = keys.create(session, Role.ANALYST, name="second", client=OWNER)[1]
        asked = {"verdict": "FALSE_POSITIVE", "reason": "另一家"}
        self.post(f"/v1/alerts/{alert_id}/disposition", json=asked)
        headers = {"Authorization": f"Bearer {second}"}
        done = self.api.call("POST", f"/v1/alerts/{alert_id}/confirm", None, headers=headers)
        assert done.status_code == 200, done.text
        with self.api.database.read() as session:
            self.ids["suppression_id"] = str(session.scalars(select(Suppression.id)).one())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def tenants(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    database: Database = request.getfixturevalue(f"module_{request.param}_db")
    load(database, "fj-violating", VENUE, received_at="2017-03-20T09:00:00+08:00")
    own = database
    if not database.is_sqlite:
        roles.grant(database.engine, database.url.set(username=ROLE_OF_DATABASE, password="not-looked-at"))
        own = Database(database.url.set(username=ROLE_OF_DATABASE))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CUTOFF_DATA_DIR", str(tmp_path_factory.mktemp("tenants")))
        with running(own, rate_burst=100_000, auth_failures_burst=100_000, heavy_calls_of_client_max=100) as api:
            api.refresh()
            filled = Tenants(api)
            filled.fill()
            yield filled
    if own is not database:
        own.close()
        with database.write() as session:
            session.execute(text(f"DROP OWNED BY {ROLE_OF_DATABASE}"))


def described() -> dict[str, set[str]]:
    return {path: {method.upper() for method in methods} for path, methods in describe(Settings())["paths"].items()}


def test_every_route_of_the_description_says_whose_it_is() -> None:
    assert {path: set(methods.split()) for path, (_, methods) in ROUTES.items()} == described()


OWN = [(method, path) for path, (kind, methods) in ROUTES.items() if kind == "own" for method in methods.split()]
WITH_ID = [(method, path) for method, path in OWN if "{" in path]
READ_ALL = [path for method, path in OWN if "{" not in path and method == "GET"]


def filled_path(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], path)


@pytest.mark.parametrize("role", [Role.SCREENER, Role.ANALYST, Role.ADMIN])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_what_is_of_one_client_is_not_there_for_another(tenants: Tenants, method: str, path: str, role: Role) -> None:
    body = BODIES.get(path) if method == "POST" else None
    if method == "PUT":
        body = {"counterparty": {"name": "厦门清源饮料有限公司"}}
    options: dict[str, Any] = {"json": body} if body is not None else {}
    if path == f"{ALERT}/attachments":
        options = {"files": {"file": ("of-another.txt", b"x")}}
    answer = tenants.api.call(method, filled_path(path, tenants.ids), role, of_client=OTHER, **options)
    if answer.status_code == 403:
        assert answer.json()["type"].endswith("wrong-role")
        return
    if (method, path) == ("PUT", f"{BOOK}/{{counterparty_id}}"):
        # An id is each client's own: it makes one beside, and the first one's is as it was.
        assert answer.status_code == 200
        assert tenants.get(f"{BOOK}/C-1")["counterparty"]["name"] == NAME
        closed = tenants.api.call("DELETE", f"{BOOK}/C-1", Role.SCREENER, of_client=OTHER)
        assert closed.status_code in {200, 204}
        assert tenants.get(f"{BOOK}/C-1")["closed_at"] is None
        return
    if path.startswith(f"{BOOK}/") and answer.status_code in {200, 204, 409}:
        # The one of this client's own that the test above has made.
        assert NAME not in answer.text
        assert tenants.get(f"{BOOK}/C-1")["closed_at"] is None
        return
    assert answer.status_code == 404, (answer.status_code, answer.text)
    assert NAME not in answer.text
    assert REFERENCE not in answer.text


@pytest.mark.parametrize("role", [Role.SCREENER, Role.ANALYST, Role.ADMIN, Role.LIST_MAKER, Role.LIST_CHECKER])
@pytest.mark.parametrize("path", READ_ALL)
def test_what_lists_and_finds_shows_nothing_of_another_client(tenants: Tenants, path: str, role: Role) -> None:
    for query in ("", f"?client={OWNER}"):
        answer = tenants.api.call("GET", path + query, role, of_client=OTHER)
        if answer.status_code in {403, 422}:
            continue
        assert answer.status_code == 200, answer.text
        found = answer.text
        for secret in (REFERENCE, OWNER, *(one for name, one in tenants.ids.items() if name != "counterparty_id")):
            assert secret not in found, (path, query, role)


@pytest.mark.parametrize(("method", "path"), [one for one in WITH_ID if one[0] == "GET"])
def test_an_auditor_reads_what_is_of_a_client_and_the_client_too(tenants: Tenants, method: str, path: str) -> None:
    """The other side of the tests above: the very same paths are there for whoever may see them."""
    if path.endswith(("/results", "/report", "/events")):
        return  # of a job or sweep that is not done: 409, and a stream
    for role in (Role.AUDITOR, Role.ANALYST):
        asked = filled_path(path, tenants.ids) + (
            f"?client={OWNER}" if path.startswith(BOOK) and role is Role.AUDITOR else ""
        )
        answer = tenants.api.call(method, asked, role, of_client=OWNER if role is Role.ANALYST else OTHER)
        assert answer.status_code == 200, (role, path, answer.text)


def test_no_table_shows_a_row_of_another_client_whatever_is_asked(tenants: Tenants) -> None:
    """The second lock alone, with no condition of the service's own: only PostgreSQL has it (docs/threats.md)."""
    database = tenants.api.database
    narrowed = database.narrowed(lambda: OTHER)
    filled = 0
    for table in Base.metadata.sorted_tables:
        if "client" not in table.c:
            continue
        theirs = select(func.count()).select_from(table).where(table.c.client == OWNER)
        with database.read() as session:
            count = session.scalar(theirs) or 0
        filled += count > 0
        with narrowed.read() as session:
            assert session.scalar(theirs) == (count if database.is_sqlite else 0), table.name
    assert filled >= 15
