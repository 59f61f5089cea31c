"""JSON in which no object has a key twice: readers differ in which of the values holds, and one may hide the other."""

import json
from collections import Counter
from typing import Any, Final, NoReturn


class RepeatedKeyError(ValueError):
    """A key is in one object twice; ``key`` is which."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read a JSON text.  Raises RepeatedKeyError, and ValueError (or RecursionError) for what is no JSON."""
    return DECODER.decode(text if isinstance(text, str) else text.decode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise RepeatedKeyError(counts.most_common(1)[0][0])
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
