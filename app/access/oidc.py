"""OpenID Connect: access tokens on the API (RFC 9068) and the sign-in of the console (code flow with PKCE, RFC 7636).

Only the algorithms of the settings are taken, none of them symmetric.  A token must be of this issuer, for this
audience, and in its time.  The role comes from a claim; whoever has none gets in nowhere.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol

from app import clock
from app.access.issuer import Issuer
from app.access.role import Role
from app.errors import Forbidden, Unauthenticated, Unavailable

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""What may be allowed: a signature that only the issuer can make."""

_SKEW: Final = timedelta(seconds=60)
_SUBJECT_CHARS_MAX: Final = 200
_TOKEN_CHARS_MAX: Final = 16_384
_RANDOM_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcRules:
    """What a token must be, and what its claims mean.

    ``roles`` are the values of the claim and the role of each; ``client_claim`` None gives everybody ``client``.
    """

    audience: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    role_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=lambda: {role.value: role for role in Role})
    client_claim: str | None = None
    client: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the issuer says somebody is.  ``subject`` is ``issuer|sub``: two issuers are two people."""

    issuer: str
    subject: str
    name: str
    role: Role
    client: str
    expires_at: datetime
    authenticated_at: datetime | None = None


class NotAdmitted(Forbidden):
    """The issuer vouches for somebody whom nothing lets in here; ``subject`` is who."""

    def __init__(self, error: Forbidden, subject: str) -> None:
        super().__init__(error.code, error.message)
        self.subject = subject


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in on its way, all of it made from a secret that only the browser holds."""

    secret: str

    @classmethod
    def new(cls) -> "SignIn":
        """Begin one."""
        return cls(secrets.token_urlsafe(_RANDOM_BYTES))

    @property
    def state(self) -> str:
        """What comes back with the code, and ties it to this browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the ID token must repeat."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What proves to the issuer that whoever brings the code is who began."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The verifier's SHA-256, as it is sent ahead (S256)."""
        return _unpadded(hashlib.sha256(self.verifier.encode()).digest())

    def _derived(self, what: str) -> str:
        return _unpadded(hmac.new(self.secret.encode("utf-8", "replace"), what.encode(), hashlib.sha256).digest())


@dataclass(frozen=True)
class Oidc:
    """What lets people of an issuer in."""

    issuer: Issuer
    rules: OidcRules

    def identity(self, token: str) -> Identity:
        """Return whom an access token is of.  Raises :class:`Unauthenticated`, ``Forbidden``, ``Unavailable``."""
        header, claims = self._opened(token, self.rules.audience)
        kind = str(header.get("typ") or "").lower().removeprefix("application/")
        # An ID token says who somebody is to another program: it opens nothing here (RFC 9068, 4).
        if kind not in {"", "jwt", "at+jwt"} or "nonce" in claims:
            raise Unauthenticated("token-kind", "不是访问令牌 / this is no access token")
        return self._identity(claims)

    def sign_in_address(self, sign_in: SignIn, redirect: str, *, again: bool = False) -> str:
        """Return where a browser signs in; ``again`` makes the issuer ask for the credentials once more."""
        endpoint = self.issuer.metadata().authorization_endpoint
        if endpoint is None or self.rules.client_id is None:
            raise Unavailable("issuer-unavailable", "身份提供方不支持登录 / the issuer offers no sign-in")
        query = {
            "response_type": "code",
            "client_id": self.rules.client_id,
            "redirect_uri": redirect,
            "scope": "openid profile",
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            "code_challenge": sign_in.challenge,
            "code_challenge_method": "S256",
        }
        if again:
            query |= {"prompt": "login", "max_age": "0"}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def signed_in(self, sign_in: SignIn, code: str, redirect: str) -> Identity:
        """Exchange a code and return who signed in.  Raises as :meth:`identity` does."""
        endpoint = self.issuer.metadata().token_endpoint
        client_id = self.rules.client_id
        if endpoint is None or client_id is None:
            raise Unavailable("issuer-unavailable", "身份提供方不支持登录 / the issuer offers no sign-in")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": client_id,
            "code_verifier": sign_in.verifier,
        }
        headers: dict[str, str] = {}
        if self.rules.client_secret is not None:
            pair = f"{quote(client_id, safe='')}:{quote(self.rules.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        try:
            said = json.loads(self.issuer.fetch(endpoint, form, headers))
            token = str(said["id_token"])
        except OSError as error:
            raise Unavailable(
                "issuer-unavailable", "身份提供方未答复登录 / the issuer did not answer the sign-in"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("sign-in-failed", "登录未完成 / the issuer gave no ID token") from error
        _, claims = self._opened(token, client_id)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), sign_in.nonce.encode()):
            raise Unauthenticated("sign-in-failed", "登录与浏览器不符 / the ID token is of another sign-in")
        if claims.get("azp", client_id) != client_id:
            raise Unauthenticated("sign-in-failed", "登录属于另一应用 / the ID token is for another client")
        return self._identity(claims)

    def _opened(self, token: str, audience: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return header and claims of a token once everything about it is right."""
        if len(token) > _TOKEN_CHARS_MAX:
            raise Unauthenticated("token-bad", "令牌过长 / the token is too long")

        def key_of(guest: GuestProtocol) -> Any:  # noqa: ANN401 - joserfc's union of keys
            key_id = guest.headers().get("kid")
            if not isinstance(key_id, str) or guest.headers().get("alg") not in self.rules.algorithms:
                raise Unauthenticated("token-bad", "令牌的算法或密钥不允许 / its algorithm or key is not allowed")
            return self.issuer.key(key_id)

        try:
            opened = jwt.decode(token, key_of, algorithms=list(self.rules.algorithms))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated("token-bad", "令牌无效 / the token is not validly signed") from error
        claims = opened.claims
        now = clock.now()
        if claims.get("iss") != self.issuer.name:
            raise Unauthenticated("token-issuer", "令牌的签发方不符 / the token is of another issuer")
        audiences = claims.get("aud")
        if audience not in (audiences if isinstance(audiences, list) else [audiences]):
            raise Unauthenticated("token-audience", "令牌不是给本系统的 / the token is for another audience")
        expires_at = _moment(claims, "exp")
        if expires_at is None or expires_at + _SKEW <= now:
            raise Unauthenticated("token-expired", "令牌已过期 / the token has expired")
        for claim in ("nbf", "iat"):
            moment = _moment(claims, claim)
            if moment is not None and moment - _SKEW > now:
                raise Unauthenticated("token-early", "令牌尚未生效 / the token is not valid yet")
        return opened.header, claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        sub = claims.get("sub")
        if not isinstance(sub, str) or not sub.strip():
            raise Unauthenticated("token-bad", "令牌没有主体 / the token has no subject")
        subject = f"{self.issuer.name}|{sub}"
        if len(subject) > _SUBJECT_CHARS_MAX:
            raise Unauthenticated("token-bad", "令牌的主体过长 / the token's subject is too long")
        name = next((str(claims[one]) for one in ("name", "preferred_username") if claims.get(one)), sub)
        expires_at = _moment(claims, "exp")
        if expires_at is None:
            raise Unauthenticated("token-expired", "令牌没有失效时间 / the token does not say when it expires")
        try:
            role, client = self._role(claims), self._client(claims)
        except Forbidden as error:
            raise NotAdmitted(error, subject) from error
        return Identity(
            issuer=self.issuer.name,
            subject=subject,
            name=name[:_SUBJECT_CHARS_MAX],
            role=role,
            client=client,
            expires_at=expires_at + _SKEW,
            authenticated_at=_moment(claims, "auth_time"),
        )

    def _role(self, claims: Mapping[str, Any]) -> Role:
        found = {self.rules.roles[one] for one in _texts(_at(claims, self.rules.role_claim)) if one in self.rules.roles}
        if not found:
            raise Forbidden("no-role", "身份提供方未授予本系统的角色 / the token gives no role of this system")
        if len(found) > 1:
            named = ", ".join(sorted(found))
            raise Forbidden("several-roles", f"角色须恰为一个 / the token gives several roles: {named}")
        return found.pop()

    def _client(self, claims: Mapping[str, Any]) -> str:
        if self.rules.client_claim is None:
            return self.rules.client
        found = _texts(_at(claims, self.rules.client_claim))
        if len(found) != 1:
            raise Forbidden("no-client", "令牌须指明一个客户系统 / the token must name one client")
        return found[0]


def is_token(secret: str) -> bool:
    """Whether a bearer's secret has the form of a JSON Web Token rather than of a key."""
    return secret.count(".") == 2 and secret.startswith("ey")  # noqa: PLR2004 - header.claims.signature


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(float(value), tz=UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise Unauthenticated("token-bad", f"令牌的 {name} 有误 / the token's {name} is no time") from error


def _at(claims: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the claim of a name, or of a path with dots where there is none of that name."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
