"""How often a key may ask: a token bucket for each key, in this process."""

import threading
import time
from dataclasses import dataclass

from app.errors import TooMany

_KEYS_MAX = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Token buckets of ``burst`` that fill by ``per_s`` a second.  Several processes each count their own."""

    def __init__(self, per_s: float, burst: int) -> None:
        self.per_s = per_s
        self.burst = burst
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key_id: str) -> None:
        """Take one token.  Raises :class:`TooMany` with the whole seconds until there is one again."""
        moment = time.monotonic()
        with self._lock:
            bucket = self._buckets.get(key_id)
            if bucket is None:
                if len(self._buckets) >= _KEYS_MAX:
                    self._buckets.clear()  # a forgotten bucket is a full one: nobody is refused by it
                bucket = self._buckets[key_id] = _Bucket(float(self.burst), moment)
            bucket.tokens = min(self.burst, bucket.tokens + (moment - bucket.filled_at) * self.per_s)
            bucket.filled_at = moment
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            wait_s = (1 - bucket.tokens) / self.per_s
        raise TooMany(
            "rate-limited",
            f"请求过于频繁 / more than {self.per_s:g} requests a second",
            retry_after_s=max(1, -int(-wait_s // 1)),
        )
