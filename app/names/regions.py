"""行政区划: regions by code and by name, with their hierarchy, short forms and successions.

Codes are those of GB/T 2260.  A code that a later edition dropped stays in the table, since a USCC keeps
the code of its registrar at the time; ``succeeded_by`` says which code took over.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

COUNTRY_CODE: Final = "100000"
"""The pseudo code of 中国 as the region of a name."""


class RegionLevel(StrEnum):
    """The level of a region in the hierarchy."""

    PROVINCE = "PROVINCE"
    PREFECTURE = "PREFECTURE"
    COUNTY = "COUNTY"


@dataclass(frozen=True, slots=True)
class Region:
    """One region.  ``short`` is the name without its ending (福州), or the name where that is one character.

    ``last_edition`` (YYYYMM) is set where the code is no longer in force, ``succeeded_by`` where one code
    took over.
    """

    code: str
    name: str
    short: str
    last_edition: str | None = None
    succeeded_by: str | None = None

    @property
    def level(self) -> RegionLevel:
        """Province, prefecture or county, by the zeros at the end of the code."""
        if self.code.endswith("0000"):
            return RegionLevel.PROVINCE
        return RegionLevel.PREFECTURE if self.code.endswith("00") else RegionLevel.COUNTY

    @property
    def province_code(self) -> str:
        """The code of the province that it lies in, or its own."""
        return self.code[:2] + "0000"

    @property
    def prefecture_code(self) -> str | None:
        """The code of the prefecture that it lies in, or its own; None for a province."""
        return None if self.level is RegionLevel.PROVINCE else self.code[:4] + "00"


def region_by_code(code: str) -> Region | None:
    """Return the region of a six-digit code, in force or not; None for a code that never was."""
    return _by_code().get(code)


def regions_by_name(name: str) -> tuple[Region, ...]:
    """Return the regions of a full, short or other name; those in force first, larger ones first."""
    return _by_name().get(name.strip(), ())


def region_names() -> dict[str, tuple[Region, ...]]:
    """Return every name, short form and alias with the regions that it may mean."""
    return _by_name()


def current_code(code: str) -> str:
    """Return the code in force for a code, following successions; the code itself where none is known."""
    region = region_by_code(code)
    while region and region.succeeded_by and region.succeeded_by != region.code:
        code = region.succeeded_by
        region = region_by_code(code)
    return code


def contains(outer: str, inner: str) -> bool:
    """Whether the region of one code is, or lies in, the region of another; all lie in the country."""
    outer, inner = current_code(outer), current_code(inner)
    if outer == COUNTRY_CODE:
        return True
    return inner.startswith(outer.removesuffix("00").removesuffix("00"))


def _rows(file: str) -> list[list[str]]:
    text = files("app.names").joinpath("data", file).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


@cache
def _by_code() -> dict[str, Region]:
    return {
        code: Region(code, name, short or name, last or None, successor or None)
        for code, name, short, last, successor in _rows("regions.tsv")
    }


@cache
def _by_name() -> dict[str, tuple[Region, ...]]:
    found: dict[str, dict[str, Region]] = defaultdict(dict)
    for region in _by_code().values():
        for name in (region.name, region.short):
            found[name][region.code] = region
    for alias, code in _rows("region_aliases.tsv"):
        found[alias][code] = _by_code()[code]
    return {
        name: tuple(sorted(regions.values(), key=lambda r: (r.last_edition is not None, -r.code.count("0"), r.code)))
        for name, regions in found.items()
    }
