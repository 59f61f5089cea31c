"""The keys that a process works with, in memory, confirmed with the database again and again.

Asking the database for every request would cost more than the screening.  So a key that was confirmed less than
``confirm_max_s`` ago is taken from memory; every other one is looked up.  A thread confirms the keys in use twice as
often as that, all in one question, so that a busy process hardly ever waits.  A revocation therefore holds in every
process ``confirm_max_s`` after it is committed, and where the database does not answer the keys run out and are
refused: a key that cannot be confirmed opens nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import clock
from app.access import identities, keys
from app.access.keys import Key
from app.access.models import ApiKey
from app.access.oidc import Oidc, is_token
from app.access.role import Principal
from app.db import Database
from app.errors import Unauthenticated, Unavailable

_KEYS_MAX = 10_000
_IDLE_S = 60.0
_USED_WRITTEN_EVERY_S = 30.0
_PER_QUESTION = 500

log = structlog.get_logger("cutoff.access")


@dataclass(slots=True)
class _Entry:
    key: Key
    confirmed: float
    used: float
    used_at: datetime
    written_at: datetime | None = field(default=None)


class KeyDirectory:
    """The keys in use of one process.  :meth:`known` never waits; :meth:`authenticate` may ask the database."""

    def __init__(self, database: Database, *, confirm_max_s: float = 1.5, oidc: Oidc | None = None) -> None:
        self.confirm_max_s = confirm_max_s
        self._database = database
        self._oidc = oidc
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._digests: dict[str, str] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def known(self, secret: str) -> Principal | None:
        """Return who holds a key that memory answers for; None where :meth:`authenticate` must be asked.

        Raises :class:`Unauthenticated` for one that has expired meanwhile.
        """
        digest = keys.digest(secret)
        now = time.monotonic()
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None or now - entry.confirmed > self.confirm_max_s:
                return None
            entry.used, entry.used_at = now, clock.now()
            key = entry.key
        keys.require_valid(key)
        return key.principal

    def authenticate(self, secret: str) -> Principal:
        """Return who holds a key.

        Raises :class:`Unauthenticated` where it is unknown, expired or revoked, and :class:`Unavailable` where the
        database cannot be asked.
        """
        principal = self.known(secret)
        if principal is not None:
            return principal
        digest = keys.digest(secret)
        asked = time.monotonic()
        if self._oidc is not None and is_token(secret):
            of_token = self._of_token(self._oidc, secret)
            self._keep(digest, of_token, asked)
            return of_token.principal
        key = self._find([digest]).get(digest)
        if key is None:
            with self._lock:
                self._entries.pop(digest, None)
            raise Unauthenticated("key-unknown", "密钥无效 / the key is unknown")
        keys.require_valid(key)
        self._keep(digest, key, asked)
        return key.principal

    def is_known(self, key_id: str) -> bool:
        """Whether memory answers for a key that was let in before; False where :meth:`require_valid` must ask.

        It never waits.  Raises :class:`Unauthenticated` for one that has expired meanwhile.
        """
        key = self._confirmed(key_id)
        if key is None:
            return False
        keys.require_valid(key)
        return True

    def _confirmed(self, key_id: str) -> Key | None:
        now = time.monotonic()
        with self._lock:
            entry = self._entries.get(self._digests.get(key_id, ""))
            if entry is None or now - entry.confirmed > self.confirm_max_s:
                return None
            entry.used = now
            return entry.key

    def require_valid(self, key_id: str) -> None:
        """Raise as :meth:`authenticate` does where a key that was let in before holds no more; for long answers."""
        key = self._confirmed(key_id)
        if key is None:
            try:
                with self._database.read() as session:
                    key = keys.one(session, key_id)
            except (DBAPIError, PoolTimeout) as error:
                raise unconfirmed() from error
        keys.require_valid(key)

    def forget(self, key_id: str) -> None:
        """Forget a key that this process has just revoked or changed, so that it holds from its next request."""
        with self._lock:
            for digest in [one for one, entry in self._entries.items() if entry.key.id == key_id]:
                del self._entries[digest]

    def start(self) -> None:
        """Begin to confirm the keys in use."""
        self._thread = threading.Thread(target=self._keep_confirmed, name="keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, and write down when keys were last used."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._try(self.write_last_use)

    def confirm(self) -> None:
        """Ask the database once for all keys in use; those that are idle, gone or revoked are forgotten."""
        asked = time.monotonic()
        with self._lock:
            idle = [one for one, entry in self._entries.items() if asked - entry.used > _IDLE_S]
            digests = [one for one in self._entries if one not in set(idle)]
        for start in range(0, len(digests), _PER_QUESTION):
            part = digests[start : start + _PER_QUESTION]
            found = self._find(part)
            with self._lock:
                for digest in part:
                    entry, key = self._entries.get(digest), found.get(digest)
                    if entry is None:
                        continue
                    if key is None or key.revoked_at is not None:
                        del self._entries[digest]
                    else:
                        entry.key, entry.confirmed = key, max(entry.confirmed, asked)
        if idle:
            self.write_last_use()
            with self._lock:
                for digest in idle:
                    self._entries.pop(digest, None)

    def write_last_use(self) -> None:
        """Write when each key was last used, where that is news."""
        with self._lock:
            news = [entry for entry in self._entries.values() if entry.written_at != entry.used_at]
            uses = [(entry.key.id, entry.used_at) for entry in news]
            for entry in news:
                entry.written_at = entry.used_at
        if not uses:
            return
        with self._database.write() as session:
            for key_id, moment in uses:
                is_later = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < moment)
                session.execute(update(ApiKey).where(ApiKey.id == key_id, is_later).values(last_used_at=moment))

    def _keep_confirmed(self) -> None:
        interval_s = self.confirm_max_s / 3
        written = time.monotonic()
        while not self._stop.wait(interval_s):
            self._try(self.confirm)
            if time.monotonic() - written > _USED_WRITTEN_EVERY_S:
                self._try(self.write_last_use)
                written = time.monotonic()

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the keys run out by themselves; the next step may do better
            log.warning("keys_unconfirmed", error=type(error).__name__)

    def _find(self, digests: list[str]) -> dict[str, Key]:
        try:
            with self._database.read() as session:
                return keys.find(session, digests)
        except (DBAPIError, PoolTimeout) as error:
            raise unconfirmed() from error

    def _of_token(self, oidc: Oidc, token: str) -> Key:
        """Return the key of whom a token is of.  Memory holds it until it is next confirmed, then it is read again."""
        identity = oidc.identity(token)
        try:
            return identities.key_of(self._database, identity, default_client=oidc.rules.client)
        except (DBAPIError, PoolTimeout) as error:
            raise unconfirmed() from error

    def _keep(self, digest: str, key: Key, asked: float) -> None:
        with self._lock:
            self._entries[digest] = _Entry(key, asked, asked, clock.now())
            self._entries.move_to_end(digest)
            self._digests[key.id] = digest
            while len(self._entries) > _KEYS_MAX:
                _, gone = self._entries.popitem(last=False)
                self._digests.pop(gone.key.id, None)


def unconfirmed() -> Unavailable:
    """Return the refusal of a key that the database cannot confirm now."""
    return Unavailable(
        "keys-unconfirmed", "数据库未能确认密钥，请重试 / the database cannot confirm the key now: try again"
    )
