"""What is known of a finished chunk: its part of the output, its findings, and what it counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from app.bulk.readers.file_layout import Span

ENTITIES_SHOWN = 20
"""So many of the entities that were met are named in a report, those that were met most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows by outcome; ``errors`` are those that are faulty; ``changes`` counts by change.

    ``error_kinds`` and ``warning_kinds`` count by code and column; ``entities`` the rows by the listed entity that
    each met best, as ``list code/external id name``.
    """

    passed: int = 0
    review: int = 0
    block: int = 0
    errors: int = 0
    changes: dict[str, int] = field(default_factory=dict)
    error_kinds: dict[str, int] = field(default_factory=dict)
    warning_kinds: dict[str, int] = field(default_factory=dict)
    entities: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows."""
        return self.passed + self.review + self.block

    @classmethod
    def total(cls, counts: Iterable[Self]) -> Self:
        """Add up."""
        listed = list(counts)
        return cls(
            passed=sum(one.passed for one in listed),
            review=sum(one.review for one in listed),
            block=sum(one.block for one in listed),
            errors=sum(one.errors for one in listed),
            changes=_added(one.changes for one in listed),
            error_kinds=_added(one.error_kinds for one in listed),
            warning_kinds=_added(one.warning_kinds for one in listed),
            entities=_added(one.entities for one in listed),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it in the words of the interface."""
        named = {"rows": self.rows, "pass": self.passed, "review": self.review, "block": self.block}
        named["errors"] = self.errors
        more = {"errors_by_kind": self.error_kinds, "warnings": self.warning_kinds, "changes": self.changes}
        most_met = dict(Counter(self.entities).most_common(ENTITIES_SHOWN))
        return named | {name: found for name, found in (more | {"entities": most_met}).items() if found}

    @classmethod
    def from_report(cls, value: dict[str, Any]) -> Self:
        """Read back what :meth:`as_json` wrote."""
        return cls(
            passed=value["pass"],
            review=value["review"],
            block=value["block"],
            errors=value["errors"],
            changes=value.get("changes", {}),
            error_kinds=value.get("errors_by_kind", {}),
            warning_kinds=value.get("warnings", {}),
            entities=value.get("entities", {}),
        )


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class Blob:
    """A file beside the checkpoint, and what it must hold to be believed."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """A finished chunk, done in ``seconds``.  ``evidence`` is absent where there is nothing to record.

    ``seen`` are the keys of its rows that were findings in the run that this one is compared with.
    """

    span: Span
    output: Blob
    evidence: Blob | None
    counts: Counts
    seconds: float = 0.0
    seen: tuple[str, ...] = ()

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
            tuple(value.get("seen", ())),
        )
