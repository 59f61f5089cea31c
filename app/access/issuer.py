"""One OpenID Connect issuer: what it publishes of itself, and the keys that it signs with.

The keys are kept: an issuer that is down or slow stops nobody whose token is signed by a key that is known.  An
unknown key makes the set be asked for again, at most once in a cool-down: made-up ids of keys cost the issuer nothing.
OpenID Connect Discovery 1.0; RFC 7517 (JWK).
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from app.errors import Unauthenticated, Unavailable

Fetch = Callable[[str, Mapping[str, str] | None, Mapping[str, str]], bytes]
"""How something is asked for: address, form (None asks by GET), headers.  It raises ``OSError`` where nothing came."""

_COOL_DOWN_S: Final = 30.0
_FRESH_S: Final = 600.0
"""How old the set of keys may become before it is asked for again: a key that was withdrawn ends with it."""
_DISCOVERED_S: Final = 3_600.0
_KINDS: Final = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_PublicKey = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerMetadata:
    """What discovery tells: where keys, sign-in and tokens are."""

    jwks_uri: str
    authorization_endpoint: str | None
    token_endpoint: str | None


@dataclass
class Issuer:
    """One issuer by its identifier; ``fetch`` is how it is asked, ``monotonic`` the clock of its memory."""

    name: str
    fetch: Fetch
    monotonic: Callable[[], float] = time.monotonic
    _metadata: IssuerMetadata | None = field(default=None, init=False)
    _discovered_at: float = field(default=float("-inf"), init=False)
    _keys: Mapping[str, _PublicKey] = field(default_factory=dict, init=False)
    _tried_at: float = field(default=float("-inf"), init=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, init=False)

    def key(self, key_id: str) -> _PublicKey:
        """Return a key by its id.

        Raises :class:`Unauthenticated` where the issuer has none of that id, and :class:`Unavailable` where no key of
        it was ever seen.
        """
        found = self._keys.get(key_id)
        if found is None or self._is_old():
            self._renew(key_id)
            found = self._keys.get(key_id)
        if found is not None:
            return found
        if not self._keys:
            raise _unavailable()
        raise Unauthenticated("token-key-unknown", "令牌的签名密钥未知 / the token is signed by a key that is unknown")

    def metadata(self) -> IssuerMetadata:
        """Return what discovery tells.  Raises :class:`Unavailable` where it was never answered."""
        if self._metadata is None or self.monotonic() - self._discovered_at > _DISCOVERED_S:
            try:
                self._metadata = self._discovered()
                self._discovered_at = self.monotonic()
            except (OSError, ValueError, KeyError, TypeError) as error:
                if self._metadata is None:
                    raise _unavailable() from error
        return self._metadata

    def _is_old(self) -> bool:
        return self.monotonic() - self._tried_at > _FRESH_S

    def _renew(self, key_id: str) -> None:
        """Ask for the keys again, one caller at a time; what is known stays where that fails."""
        # Whoever brings a known key does not wait for one who asks.
        if not self._asking.acquire(blocking=key_id not in self._keys):
            return
        try:
            if (key_id in self._keys and not self._is_old()) or self.monotonic() - self._tried_at < _COOL_DOWN_S:
                return
            self._tried_at = self.monotonic()
            try:
                self._keys = _keys_of(self.fetch(self.metadata().jwks_uri, None, {}))
            except (OSError, ValueError, Unavailable):
                return
        finally:
            self._asking.release()

    def _discovered(self) -> IssuerMetadata:
        address = self.name.rstrip("/") + "/.well-known/openid-configuration"
        said = json.loads(self.fetch(address, None, {}))
        if said["issuer"] != self.name:
            raise ValueError("the document is another issuer's")
        return IssuerMetadata(
            jwks_uri=str(said["jwks_uri"]),
            authorization_endpoint=said.get("authorization_endpoint"),
            token_endpoint=said.get("token_endpoint"),
        )


def _keys_of(text: bytes) -> Mapping[str, _PublicKey]:
    """Read a set of keys: the public ones for signatures, by id.  Raises ValueError where it is no set."""
    said = json.loads(text)
    rows: Any = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        raise ValueError("no set of keys")  # noqa: TRY004 - one kind of error for all that is wrong
    found: dict[str, _PublicKey] = {}
    for row in rows:
        if not isinstance(row, dict) or row.get("kty") not in _KINDS or row.get("use", "sig") != "sig":
            continue
        public = {name: value for name, value in row.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}
        try:
            key = KeySet.import_key_set({"keys": [public]}).keys[0]
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey) and isinstance(row.get("kid"), str):
            found[row["kid"]] = key
    if not found:
        raise ValueError("no usable key")
    return found


def _unavailable() -> Unavailable:
    return Unavailable(
        "issuer-unavailable", "身份提供方暂不可用，请重试 / the identity provider does not answer: try again"
    )
