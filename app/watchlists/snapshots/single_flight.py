"""A few values, each made once and kept while it is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class SingleFlightCache(Generic[_Key, _Value]):
    """The values last asked for; each is made once, however many threads ask for it at the same time.

    At most ``size`` values are kept, and no more than together weigh ``weight_max``; the last one always is.  Without
    ``weigh`` they have no weight.
    """

    def __init__(self, size: int, weigh: Callable[[_Value], int] = lambda _: 0, weight_max: int = 0) -> None:
        self._size = size
        self._weigh = weigh
        self._weight_max = weight_max
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._making: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def keys(self) -> list[_Key]:
        """Return the keys that have a value."""
        with self._lock:
            return list(self._values)

    def peek(self, key: _Key) -> _Value | None:
        """Return the value of a key if it is kept."""
        with self._lock:
            return self._values.get(key)

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return the value of a key, making it where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
                with self._lock:
                    self._values[key] = value
                    self._let_go()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def _let_go(self) -> None:
        weight = sum(map(self._weigh, self._values.values()))
        while len(self._values) > self._size or (weight > self._weight_max and len(self._values) > 1):
            _, value = self._values.popitem(last=False)
            weight -= self._weigh(value)
