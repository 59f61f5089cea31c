"""How old the open alerts are, as bars: working days, those for an analyst and those for a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LEFT: Final = 64
_STEP: Final = 64
_BAR: Final = 40
_BASE: Final = 132
_TALL: Final = 100
_GROUPS: Final = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, None))
"""Ages from and to, both included; those up to three days one by one, as alerts are due within three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBar:
    """The alerts of some ages: how many for whom, and where they are drawn."""

    first: int
    last: int | None
    analyst: int
    second: int
    x: int
    analyst_y: float
    analyst_height: float
    second_y: float
    second_height: float
    width: int = _BAR

    @property
    def total(self) -> int:
        """How many there are."""
        return self.analyst + self.second


def draw(ages: Mapping[int, tuple[int, int]]) -> tuple[AgeBar, ...]:
    """Return one bar for each group of ages, drawn to one scale."""
    counted = []
    for first, last in _GROUPS:
        within = [two for age, two in ages.items() if age >= first and (last is None or age <= last)]
        counted.append((sum(one for one, _ in within), sum(two for _, two in within)))
    most = max((one + two for one, two in counted), default=0) or 1
    bars = []
    for place, ((first, last), (analyst, second)) in enumerate(zip(_GROUPS, counted, strict=True)):
        high, higher = round(_TALL * analyst / most, 1), round(_TALL * second / most, 1)
        bars.append(
            AgeBar(
                first=first,
                last=last,
                analyst=analyst,
                second=second,
                x=_LEFT + place * _STEP,
                analyst_y=round(_BASE - high, 1),
                analyst_height=high,
                second_y=round(_BASE - high - higher, 1),
                second_height=higher,
            )
        )
    return tuple(bars)
