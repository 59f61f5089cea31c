"""On what the decisions of a whole book rest, as one value with an id that every process computes alike."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class BookBasis:
    """List versions by code, rule and engine version, size step of the matcher, book revision and local date.

    ``repair`` counts the times that a whole sweep found a difference and mended it: the basis is then the same in
    all else, and its changes still have ids of their own.
    """

    lists: tuple[tuple[str, int], ...]
    rule_version: str
    engine_version: str
    size_step: str
    book_revision: int
    on: date
    repair: int = 0

    @property
    def id(self) -> str:
        """The SHA-256, in hex, of the basis as canonical JSON."""
        text = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; :meth:`from_json` reads it back."""
        return {
            "lists": [[code, version] for code, version in self.lists],
            "rule_version": self.rule_version,
            "engine_version": self.engine_version,
            "size_step": self.size_step,
            "book_revision": self.book_revision,
            "on": self.on.isoformat(),
            "repair": self.repair,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what :meth:`as_json` wrote."""
        return cls(
            lists=tuple((code, version) for code, version in stored["lists"]),
            rule_version=stored["rule_version"],
            engine_version=stored["engine_version"],
            size_step=stored["size_step"],
            book_revision=stored["book_revision"],
            on=date.fromisoformat(stored["on"]),
            repair=stored["repair"],
        )
