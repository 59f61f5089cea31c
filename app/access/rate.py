"""How often somebody may ask: a token bucket for each key or address, in this process."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from app.errors import TooMany

_BUCKETS_MAX = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to whoever asked: of ``quota`` requests ``remaining``; all are there again after ``full_in_s``."""

    quota: int
    remaining: int
    window_s: int
    full_in_s: int

    def headers(self) -> dict[str, str]:
        """Return it as the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"key";q={self.quota};w={self.window_s}',
            "RateLimit": f'"key";r={self.remaining};t={self.full_in_s}',
        }

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """Return them as they go over the wire."""
        return [
            (b"ratelimit-policy", b'"key";q=%d;w=%d' % (self.quota, self.window_s)),
            (b"ratelimit", b'"key";r=%d;t=%d' % (self.remaining, self.full_in_s)),
        ]


class RateLimit:
    """Token buckets of ``burst`` that fill by ``per_s`` a second.  Several processes each count their own."""

    def __init__(self, per_s: float, burst: int) -> None:
        self.per_s = per_s
        self.burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._refused_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def refuses_now(self) -> bool:
        """Whether anybody was refused within the last second."""
        return time.monotonic() - self._refused_at < 1

    def take(self, who: str) -> Allowance:
        """Take one token.  Raises :class:`TooMany` with the whole seconds until there is one again."""
        with self._lock:
            bucket = self._bucket(who)
            has_token = bucket.tokens >= 1
            if has_token:
                bucket.tokens -= 1
            tokens = bucket.tokens
        if not has_token:
            raise self._refusal(tokens)
        return Allowance(self.burst, int(tokens), self._up(self.burst), self._up(self.burst - tokens))

    def require(self, who: str) -> None:
        """Raise as :meth:`take` does where there is no token, and take none."""
        with self._lock:
            tokens = self._bucket(who).tokens
        if tokens < 1:
            raise self._refusal(tokens)

    def _bucket(self, who: str) -> _Bucket:
        """Return a bucket, filled up to now.  The one longest unused is forgotten: it is the fullest."""
        moment = time.monotonic()
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= _BUCKETS_MAX:
                self._buckets.popitem(last=False)
            bucket = self._buckets[who] = _Bucket(float(self.burst), moment)
        else:
            self._buckets.move_to_end(who)
        bucket.tokens = min(self.burst, bucket.tokens + (moment - bucket.filled_at) * self.per_s)
        bucket.filled_at = moment
        return bucket

    def _up(self, tokens: float) -> int:
        """Return the whole seconds in which so many tokens come."""
        return -int(-tokens / self.per_s // 1)

    def _refusal(self, tokens: float) -> TooMany:
        self._refused_at = time.monotonic()
        return TooMany(
            "rate-limited",
            f"请求过于频繁 / more than {self.per_s:g} requests a second",
            retry_after_s=max(1, self._up(1 - tokens)),
        )
