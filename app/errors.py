"""The families of errors that callers can act on.

    CutoffError
    ├── Invalid          the input is wrong; the caller mends it            (HTTP 422, exit 2)
    ├── Unauthenticated  nobody we know, or no longer                       (HTTP 401, exit 2)
    ├── Forbidden        not allowed for this key or person                 (HTTP 403, exit 2)
    ├── NotFound         no such thing                                      (HTTP 404, exit 2)
    ├── Conflict         the state does not allow it, or somebody was first (HTTP 409, exit 2)
    ├── TooLarge         past a documented limit of size                    (HTTP 413, exit 2)
    ├── TooMany          past a documented limit of rate                    (HTTP 429, exit 2)
    └── Unavailable      not now; trying again may help                     (HTTP 503, exit 1)

An error knows its family and a stable ``code``, never an HTTP status: the edges map it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input, and where: ``pointer`` is a JSON pointer or a column."""

    pointer: str
    code: str
    message: str


class CutoffError(Exception):
    """Base of all errors that are meant for a caller.  ``code`` is stable and in kebab case."""

    family: ClassVar[str] = "error"

    def __init__(self, code: str, message: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = tuple(faults)


class Invalid(CutoffError):
    """The input is wrong; the faults say where and how to mend it."""

    family = "invalid"


class Unauthenticated(CutoffError):
    """The key is none that we know, or no longer."""

    family = "unauthenticated"


class NotFound(CutoffError):
    """There is no such thing."""

    family = "not-found"


class Forbidden(CutoffError):
    """This key or person may not do it."""

    family = "forbidden"


class Conflict(CutoffError):
    """The state does not allow it, or somebody else was first."""

    family = "conflict"


class TooLarge(CutoffError):
    """Past a documented limit of size."""

    family = "too-large"


class TooMany(CutoffError):
    """Past a documented limit of rate; ``retry_after_s`` says when it is worth trying again."""

    family = "too-many"

    def __init__(self, code: str, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Unavailable(CutoffError):
    """Not now; trying again may help."""

    family = "unavailable"
