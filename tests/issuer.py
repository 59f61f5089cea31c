"""A small identity provider over HTTP: it rotates keys, signs wrongly, expires, is slow and is down, as it is told."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from app import clock


class TestIssuer:
    """One issuer on a port of this machine."""

    __test__ = False

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.rotate("first")
        self.is_down = False
        self.delay_s = 0.0
        self.asked: list[str] = []
        self.person: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}
        self.auth_age_s = 0.0
        self._codes: dict[str, dict[str, str]] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.answer(self, None)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                issuer.answer(self, {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()})

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"http://127.0.0.1:{self.server.server_port}"

    def rotate(self, key_id: str, *, keep: bool = False, kind: str = "RSA") -> None:
        """Sign with a new key from now on."""
        key = RSAKey.generate_key(2048) if kind == "RSA" else ECKey.generate_key("P-256")
        self.keys = {**(self.keys if keep else {}), key_id: key}
        self.current = key_id

    def token(self, sub: str = "zhang", *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return an access token, with other claims where they are given; None leaves one out."""
        now = int(clock.now().timestamp())
        said = {"iss": self.name, "sub": sub, "aud": "cutoff", "iat": now, "exp": now + 300, "roles": ["screener"]}
        said = {name: value for name, value in {**said, **claims}.items() if value is not None}
        signing = key or self.keys[self.current]
        algorithm = "RS256" if isinstance(signing, RSAKey) else "ES256"
        return jwt.encode({"alg": algorithm, "kid": self.current, "typ": "at+jwt", **(header or {})}, said, signing)

    def sign_in(self, address: str) -> str:
        """Do what a browser and a person do at the address of the sign-in; return where the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str] | None) -> None:
        """Answer one request."""
        self.asked.append(request.path)
        time.sleep(self.delay_s)
        if self.is_down:
            request.send_error(503)
            return
        found = self._found(request.path, form)
        body = json.dumps(found).encode()
        request.send_response(200 if found is not None else 400)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _found(self, path: str, form: dict[str, str] | None) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.name,
                "jwks_uri": f"{self.name}/keys",
                "authorization_endpoint": f"{self.name}/authorize",
                "token_endpoint": f"{self.name}/token",
            }
        if path == "/keys":
            return {"keys": [{**key.as_dict(private=False), "kid": name} for name, key in self.keys.items()]}
        if path == "/token" and form is not None:
            return self._exchanged(form)
        return None

    def _exchanged(self, form: dict[str, str]) -> Any:
        asked = self._codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        claims = {
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "auth_time": int(clock.now().timestamp() - self.auth_age_s),
            **self.person,
            **self.changes,
        }
        return {"id_token": self.token(header={"typ": "JWT"}, **claims), "token_type": "Bearer"}


@contextmanager
def running_issuer() -> Iterator[TestIssuer]:
    """Run an issuer."""
    issuer = TestIssuer()
    thread = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()
        thread.join()
