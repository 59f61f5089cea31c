"""The application in the process of the test, over any database, and a client with a key for each role."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from starlette.testclient import TestClient

from app.access import Role, keys
from app.db import Database
from app.main import create_app
from app.settings import Settings


class Api:
    """A running application and its database."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client, self.database = client, database
        self.app: Any = client.app
        self._keys: dict[tuple[str, str], str] = {}

    def key(self, role: Role | str = Role.SCREENER, client: str = "core") -> str:
        """Return a key of a role, made at the first call."""
        if (role, client) not in self._keys:
            with self.database.write() as session:
                self._keys[role, client] = keys.create(session, Role(role), client=client)[1]
        return self._keys[role, client]

    def call(self, method: str, path: str, role: Role | str | None = Role.SCREENER, **kwargs: Any) -> Any:
        """Send a request as a role; None sends no key."""
        client = kwargs.pop("of_client", "core")
        headers = dict(kwargs.pop("headers", {}))
        if role is not None:
            headers.setdefault("Authorization", f"Bearer {self.key(role, client)}")
        return self.client.request(method, path, headers=headers, **kwargs)

    def screen(self, name: str, date: str | None = "2017-07-03", **more: Any) -> Any:
        """Screen a name and return the response."""
        party = more.pop("counterparty", {})
        body = {"service": "FUND_SETTLEMENT", "service_date": date, "counterparty": {"name": name, **party}, **more}
        return self.call("POST", "/v1/screenings", json=body)

    def refresh(self) -> None:
        """Do now what is done each second: put in force what is due, take it up, and tell whom it concerns."""
        self.app.state.refresher.turn()


@contextmanager
def running(database: Database, **settings: Any) -> Iterator[Api]:
    """Run the application over a database."""
    url = database.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        app = create_app(Settings(database_url=url, **settings))
        client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        yield Api(client, database)
