"""Synthetic names after the naming grammar: region, trade name, trade, legal form.

Every trade name holds a character that says it is none (例, 虚, 伪 …), so that no real firm is meant.
"""

import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

MARKERS = "示例样虚拟假仿测演幻妄伪赝谎谬讹谜寓戏"
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "有限合伙")
FORM_WEIGHTS = (70, 8, 14, 6, 2)


def words(file: str) -> list[str]:
    """Return the words of a table."""
    return (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").split()


@cache
def pairs(file: str) -> dict[str, list[str]]:
    """Return the second column of a table by its first."""
    found: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "data" / file).read_text(encoding="utf-8").splitlines():
        first, second = line.split("\t")
        found.setdefault(first, []).append(second)
    return found


@dataclass(frozen=True, slots=True)
class SyntheticName:
    """A name by its parts; ``bracketed`` says that the region follows the trade name in brackets."""

    region: str
    core: str
    trade: str
    form: str
    bracketed: bool = False

    @property
    def text(self) -> str:
        """The name as registered."""
        if self.bracketed and self.region:
            return f"{self.core}（{self.region}）{self.trade}{self.form}"
        return f"{self.region}{self.core}{self.trade}{self.form}"

    @property
    def long_region(self) -> str:
        """The region with its ending (省, 市); empty for none."""
        return self.region + pairs("regions.tsv")[self.region][0] if self.region else ""


class NameMaker:
    """Draws names; no trade name is drawn twice."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._characters = words("core_characters.txt")
        self._trades = words("trades.txt")
        self._venues = words("venues.txt")
        self._regions = list(pairs("regions.tsv"))
        self._cores: set[str] = set()

    def core(self) -> str:
        """Draw a trade name that was not drawn before: two characters mostly, up to four."""
        while True:
            length = self._draw.choices((2, 3, 4), (60, 15, 25))[0]
            characters = self._draw.sample(self._characters, length)
            characters[self._draw.randrange(length)] = self._draw.choice(MARKERS)
            core = "".join(characters)
            if core not in self._cores:
                self._cores.add(core)
                return core

    def name(self) -> SyntheticName:
        """Draw a whole name: a venue in one of four."""
        trade = self._draw.choice(self._venues if self._draw.random() < 0.25 else self._trades)
        region = self._draw.choice(self._regions) if self._draw.random() < 0.75 else ""
        form = self._draw.choices(FORMS, FORM_WEIGHTS)[0]
        return SyntheticName(region, self.core(), trade, form, bracketed=self._draw.random() < 0.08)

    def beside(self, name: SyntheticName) -> SyntheticName:
        """Draw another firm of the same region, trade and form."""
        return replace(name, core=self.core())
