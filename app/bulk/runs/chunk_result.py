"""What is known of a finished chunk: its part of the output, its findings, and what it counted."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from app.bulk.readers.file_layout import Span


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome; ``errors`` are those REVIEWs that are faulty rows; ``changes`` counts by change."""

    passed: int = 0
    review: int = 0
    block: int = 0
    errors: int = 0
    changes: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows."""
        return self.passed + self.review + self.block

    @classmethod
    def total(cls, counts: Iterable[Self]) -> Self:
        """Add up."""
        listed = list(counts)
        kinds = dict.fromkeys(kind for one in listed for kind in one.changes)
        return cls(
            sum(one.passed for one in listed),
            sum(one.review for one in listed),
            sum(one.block for one in listed),
            sum(one.errors for one in listed),
            {kind: sum(one.changes.get(kind, 0) for one in listed) for kind in sorted(kinds)},
        )

    def as_json(self) -> dict[str, Any]:
        """Return it in the words of the interface."""
        named = {"rows": self.rows, "pass": self.passed, "review": self.review, "block": self.block}
        return named | {"errors": self.errors} | ({"changes": self.changes} if self.changes else {})


@dataclass(frozen=True, slots=True)
class Blob:
    """A file beside the checkpoint, and what it must hold to be believed."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """A finished chunk, done in ``seconds``.  ``evidence`` is absent where there is nothing to record."""

    span: Span
    output: Blob
    evidence: Blob | None
    counts: Counts
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "span": self.span.as_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read it back."""
        return cls(
            Span.from_json(value["span"]),
            Blob(**value["output"]),
            Blob(**value["evidence"]) if value["evidence"] else None,
            Counts(**value["counts"]),
            value["seconds"],
        )
