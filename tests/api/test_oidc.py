"""Access tokens of an identity provider on the API, and signing in to the console through it."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from client import Api, running
from issuer import TestIssuer, running_issuer
from joserfc.jwk import RSAKey
from sqlalchemy import select

from app import clock
from app.access.models import ApiKey
from app.audit.models import AuditRow
from app.db import Database

SCREENINGS = "/v1/screenings"


@pytest.fixture(scope="module")
def shared_issuer() -> Iterator[TestIssuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(shared_issuer: TestIssuer) -> TestIssuer:
    shared_issuer.is_down, shared_issuer.delay_s, shared_issuer.auth_age_s = False, 0.0, 0.0
    shared_issuer.person, shared_issuer.changes = {}, {}
    shared_issuer.rotate(f"key-{secrets.token_hex(4)}")
    return shared_issuer


@pytest.fixture
def oidc_api(issuer: TestIssuer, db: Database) -> Iterator[Api]:
    with running(
        db,
        oidc_issuer=issuer.name,
        oidc_client_id="console",
        oidc_allow_http=True,
        oidc_timeout_s=2,
        oidc_client="core",
        auth_failures_burst=1_000,
        rate_per_key_per_s=10_000,
    ) as api:
        yield api


def status(api: Api, token: str, path: str = SCREENINGS) -> tuple[int, str]:
    answer = api.call("GET", path, None, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("type", "").rpartition(":")[2] if answer.status_code != 200 else ""


def cool(api: Api) -> None:
    """Let the cool-down of the issuer's keys pass, and what memory knows of tokens."""
    api.app.state.oidc.issuer._tried_at = float("-inf")
    api.app.state.key_directory._entries.clear()


def test_a_token_opens_what_its_role_may_and_its_person_is_issuer_and_sub(oidc_api: Api, issuer: TestIssuer) -> None:
    assert status(oidc_api, issuer.token()) == (200, "")
    assert status(oidc_api, issuer.token(), "/v1/keys") == (403, "wrong-role")
    assert status(oidc_api, issuer.token("li", roles="admin"), "/v1/keys") == (200, "")
    with oidc_api.database.read() as session:
        rows = session.execute(select(ApiKey.subject, ApiKey.role, ApiKey.client).where(ApiKey.issuer.is_not(None)))
        assert set(map(tuple, rows)) == {
            (f"{issuer.name}|zhang", "screener", "core"),
            (f"{issuer.name}|li", "admin", "core"),
        }


def signed_with_the_public_key(issuer: TestIssuer, claims: dict[str, Any]) -> str:
    """Return a token of HS256 whose secret is the issuer's public key, which a careless reader takes for valid."""
    parts = [{"alg": "HS256", "kid": issuer.current}, claims]
    text = ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    secret = issuer.keys[issuer.current].as_pem(private=False)
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_tokens_that_are_wrong_open_nothing(oidc_api: Api, issuer: TestIssuer) -> None:
    past = int((clock.now() - timedelta(minutes=5)).timestamp())
    claims = {"iss": issuer.name, "sub": "zhang", "aud": "cutoff", "exp": past + 900, "roles": ["screener"]}
    confused = signed_with_the_public_key(issuer, claims)
    head, body, signature = issuer.token().split(".")
    cases = {
        issuer.token(exp=past): "token-expired",
        issuer.token(exp=None): "token-expired",
        issuer.token(aud="another"): "token-audience",
        issuer.token(aud=None): "token-audience",
        issuer.token(iss="https://issuer.example"): "token-issuer",
        issuer.token(nbf=past + 3_600): "token-early",
        issuer.token(sub=" "): "token-bad",
        issuer.token(sub=None): "token-bad",
        issuer.token(exp="soon"): "token-bad",
        issuer.token(key=RSAKey.generate_key(2048)): "token-bad",
        issuer.token(nonce="n"): "token-kind",
        issuer.token(header={"typ": "logout+jwt"}): "token-kind",
        issuer.token(header={"kid": "unheard"}): "token-key-unknown",
        confused: "token-bad",
        f"{head}.{body}.": "token-bad",
        f"eyJhbGciOiJub25lIn0.{body}.{signature}": "token-bad",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA": "token-bad",
    }
    assert {status(oidc_api, token) for token in cases if cases[token] == "token-bad"} == {(401, "token-bad")}
    for token, code in cases.items():
        assert status(oidc_api, token) == (401, code)


def test_who_has_no_role_or_several_is_refused(oidc_api: Api, issuer: TestIssuer) -> None:
    assert status(oidc_api, issuer.token(roles=None)) == (403, "no-role")
    assert status(oidc_api, issuer.token(roles=["visitor"])) == (403, "no-role")
    assert status(oidc_api, issuer.token(roles=["screener", "admin"])) == (403, "several-roles")


def test_keys_rotate_and_made_up_ones_ask_the_issuer_once_in_a_cool_down(oidc_api: Api, issuer: TestIssuer) -> None:
    old = issuer.token()
    assert status(oidc_api, old)[0] == 200
    issuer.rotate("second", kind="EC")
    cool(oidc_api)
    assert status(oidc_api, issuer.token())[0] == 200
    oidc_api.app.state.key_directory._entries.clear()
    assert status(oidc_api, old) == (401, "token-key-unknown")
    before = issuer.asked.count("/keys")
    for i in range(20):
        assert status(oidc_api, issuer.token(header={"kid": f"made-up-{i}"})) == (401, "token-key-unknown")
    assert issuer.asked.count("/keys") == before


def test_an_issuer_that_is_down_or_slow_stops_nobody_whose_key_is_known(oidc_api: Api, issuer: TestIssuer) -> None:
    issuer.is_down = True
    assert status(oidc_api, issuer.token()) == (503, "issuer-unavailable")
    issuer.is_down = False
    cool(oidc_api)
    assert status(oidc_api, issuer.token())[0] == 200
    cool(oidc_api)
    issuer.is_down = True
    assert status(oidc_api, issuer.token("li"))[0] == 200
    issuer.is_down, issuer.delay_s = False, 5
    cool(oidc_api)
    assert status(oidc_api, issuer.token("wang"))[0] == 200
    assert oidc_api.call("GET", "/healthz", None).status_code == 200


def test_a_revoked_identity_stays_out_with_every_token(oidc_api: Api, issuer: TestIssuer) -> None:
    assert status(oidc_api, issuer.token("wu"))[0] == 200
    keys = oidc_api.call("GET", "/v1/keys", "admin").json()["items"]
    key_id = next(one["id"] for one in keys if one["subject"].endswith("|wu"))
    assert oidc_api.call("DELETE", f"/v1/keys/{key_id}", "admin").status_code in {200, 204}
    assert status(oidc_api, issuer.token("wu")) == (401, "key-revoked")
    assert status(oidc_api, issuer.token("wu", roles=["admin"])) == (401, "key-revoked")


def test_another_role_is_another_key_and_ends_the_one_before(oidc_api: Api, issuer: TestIssuer) -> None:
    assert status(oidc_api, issuer.token("zhou"))[0] == 200
    assert status(oidc_api, issuer.token("zhou", roles=["auditor"]), "/v1/audit")[0] == 200
    with oidc_api.database.read() as session:
        rows = session.execute(select(ApiKey.role, ApiKey.expires_at).where(ApiKey.subject == f"{issuer.name}|zhou"))
        ended = {role: expires_at is not None for role, expires_at in rows}
    assert ended == {"screener": True, "auditor": False}
    assert status(oidc_api, issuer.token("zhou"))[0] == 200


def test_a_subject_that_looks_like_another_one_is_refused(oidc_api: Api, issuer: TestIssuer) -> None:
    assert status(oidc_api, issuer.token("chen"))[0] == 200
    assert status(oidc_api, issuer.token("Chen")) == (403, "subject-looks-alike")
    assert status(oidc_api, issuer.token("ch\u0435n")) == (403, "subject-looks-alike")


# The console


def signed_in(api: Api, issuer: TestIssuer, *, again: bool = False, **person: Any) -> Any:
    """Sign in as a browser does; return the answer that the browser gets when it comes back."""
    issuer.person = {"sub": "zhang", **person}
    begun = api.client.get(f"/login/oidc?next=/lists{'&again=1' if again else ''}", follow_redirects=False)
    assert begun.status_code == 303
    return api.client.get(issuer.sign_in(begun.headers["location"]), follow_redirects=False)


def page(api: Api, path: str) -> Any:
    return api.client.get(path, follow_redirects=False)


def test_the_console_opens_through_the_issuer_and_ends_with_a_revocation(oidc_api: Api, issuer: TestIssuer) -> None:
    back = signed_in(oidc_api, issuer, sub="sun", roles=["list_checker"])
    assert (back.status_code, back.headers["location"]) == (303, "/lists")
    assert page(oidc_api, "/lists").status_code == 200
    assert page(oidc_api, "/alerts").status_code == 403
    with oidc_api.database.read() as session:
        kinds = list(session.scalars(select(AuditRow.kind)))
        key_id = session.scalars(select(ApiKey.id).where(ApiKey.subject == f"{issuer.name}|sun")).one()
    assert "session.opened" in kinds
    assert oidc_api.call("DELETE", f"/v1/keys/{key_id}", "admin").status_code in {200, 204}
    ended = page(oidc_api, "/lists")
    assert ended.status_code == 303
    assert "/login" in ended.headers["location"]
    assert signed_in(oidc_api, issuer, sub="sun", roles=["list_checker"]).headers["location"] == (
        "/login?why=key-revoked"
    )


@pytest.mark.parametrize("changes", [{"nonce": "another"}, {"aud": "cutoff"}, {"azp": "another"}, {"exp": 1}])
def test_a_sign_in_that_is_wrong_opens_nothing(oidc_api: Api, issuer: TestIssuer, changes: dict[str, Any]) -> None:
    issuer.changes = changes
    assert signed_in(oidc_api, issuer).headers["location"] == "/login?why=sign-in-failed"
    assert page(oidc_api, "/").status_code == 303


def test_a_code_of_another_browser_or_used_before_opens_nothing(oidc_api: Api, issuer: TestIssuer) -> None:
    begun = oidc_api.client.get("/login/oidc", follow_redirects=False)
    address = issuer.sign_in(begun.headers["location"])
    kept = dict(oidc_api.client.cookies)
    oidc_api.client.cookies.clear()
    assert page(oidc_api, address).headers["location"] == "/login?why=sign-in-failed"
    oidc_api.client.get("/login/oidc", follow_redirects=False)
    assert page(oidc_api, address).headers["location"] == "/login?why=sign-in-failed"
    oidc_api.client.cookies.clear()
    for name, value in kept.items():
        oidc_api.client.cookies.set(name, value)
    opened = page(oidc_api, address)
    assert opened.status_code == 303, opened.text
    assert opened.headers["location"] == "/"
    assert page(oidc_api, address).headers["location"] == "/login?why=sign-in-failed"


def refused(api: Api) -> list[tuple[str, str, str]]:
    """Return person, way in and code of every refused sign-in that was recorded."""
    with api.database.read() as session:
        said = [json.loads(row.text) for row in session.scalars(select(AuditRow)) if row.kind == "sign-in.refused"]
    return [(one["subject"], one["via"], one["content"]["code"]) for one in said]


def test_refused_sign_ins_are_recorded(oidc_api: Api, issuer: TestIssuer) -> None:
    assert signed_in(oidc_api, issuer, sub="feng", roles=["visitor"]).status_code == 403
    issuer.changes = {"nonce": "another"}
    signed_in(oidc_api, issuer)
    issuer.changes = {}
    assert status(oidc_api, issuer.token("feng", roles=["visitor"])) == (403, "no-role")
    assert status(oidc_api, issuer.token("Feng")) == (200, "")
    assert signed_in(oidc_api, issuer, sub="feng", roles=["screener"]).status_code == 403
    feng = f"{issuer.name}|feng"
    assert refused(oidc_api) == [
        (feng, "console", "no-role"),
        ("unknown", "console", "sign-in-failed"),
        (feng, "api", "no-role"),
        (feng, "console", "subject-looks-alike"),
    ]


def test_whoever_decides_gave_their_credentials_just_before(oidc_api: Api, issuer: TestIssuer) -> None:
    origin = {"Origin": str(oidc_api.client.base_url), "Sec-Fetch-Site": "same-origin"}
    answer: Any = None

    def decide() -> Any:
        return oidc_api.client.post(
            "/lists/fj-violating/rollback", data={"to_version": "1"}, headers=origin, follow_redirects=False
        )

    issuer.auth_age_s = 3_600
    signed_in(oidc_api, issuer, sub="qian", roles=["list_checker"])
    answer = decide()
    assert (answer.status_code, "/login/oidc?again=1" in answer.text) == (403, True)
    # An issuer that does not ask again is not believed.
    refused = signed_in(oidc_api, issuer, again=True, sub="qian", roles=["list_checker"])
    assert refused.headers["location"] == "/login?why=sign-in-failed"
    issuer.auth_age_s = 0
    signed_in(oidc_api, issuer, again=True, sub="qian", roles=["list_checker"])
    # There is no such version: what refuses it now is not who decides.
    assert decide().status_code in {404, 409, 422}
