"""Shares with the interval that says how far they can be trusted."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``total``."""

    hits: int
    total: int

    @classmethod
    def of(cls, flags: "list[bool]") -> "Share":
        """Return the share of true flags."""
        return cls(sum(flags), len(flags))

    @property
    def value(self) -> float:
        """0–1; 0 where nothing was counted."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval after Wilson (1927), which stays within 0–1 and is right near both ends."""
        if not self.total:
            return (0.0, 1.0)
        n, p, z2 = self.total, self.value, Z_95 * Z_95
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return (max(0.0, centre - half), min(1.0, centre + half))

    def as_json(self) -> dict[str, float | int | list[float]]:
        """Return the share as a JSON object."""
        low, high = self.interval
        return {
            "share": round(self.value, 5),
            "hits": self.hits,
            "total": self.total,
            "interval95": [round(low, 5), round(high, 5)],
        }

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:8.4f}  {self.hits:>6} of {self.total:<6}  [{low:.4f}, {high:.4f}]"
