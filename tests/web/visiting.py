"""A browser without a screen: signs in as a role and asks for pages."""

from typing import Any

from client import Api

OWN = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of our own page."""


class Visiting:
    """One signed-in person."""

    def __init__(self, api: Api, role: str, client: str = "core", *, key: str | None = None) -> None:
        self.api = api
        self.key = key or api.key(role, client)
        answer = api.client.post("/login", data={"key": self.key}, headers=OWN, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers["set-cookie"].split(";")[0]
        api.client.cookies.clear()

    def get(self, path: str, **headers: str) -> Any:
        """Ask for a page; nothing is followed."""
        return self.api.client.get(path, headers={"Cookie": self.cookie, **headers}, follow_redirects=False)

    def post(self, path: str, data: Any = None, *, files: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Send a form as our own page does."""
        sent = {"Cookie": self.cookie, **OWN, **(headers or {})}
        return self.api.client.post(path, data=data, files=files, headers=sent, follow_redirects=False)
