"""A list as an office publishes it: names, perhaps websites and remarks; what else the layout needs are options."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.errors import Fault, Invalid
from app.names.fold import fold
from app.names.legal_forms import same_name_key
from app.policy.vocabulary import Action, Category, EntityKind
from app.tabular.finding import Finding
from app.tabular.issue import doubtful
from app.watchlists.layout.cells import read_cell
from app.watchlists.layout.columns import BY_ALIAS

PUBLISHED: Final = "as_published"
PUBLISHED_OPTIONS: Final = ("category", "entity_kind", "jurisdiction", "determined_on", "effective_from")
"""The fields of every row that a published list does not print."""

REQUIRED_OF_PUBLISHED: Final = ("legal_name",)
_NEEDED: Final = ("category", "jurisdiction", "determined_on")
_PROVINCE: Final = "350000"
_ID_CHARS: Final = 10
_TRUE: Final = frozenset({"true", "1", "yes", "on", "是"})
_FALSE: Final = frozenset({"", "false", "0", "no", "off", "否"})


@dataclass(frozen=True, slots=True)
class PublishedDefaults:
    """What holds for each row that does not say otherwise: canonical values by alias."""

    values: Mapping[str, Any]

    def complete(self, row: dict[str, Any], ids: Mapping[str, str]) -> None:
        """Fill the cells of a row that the list does not print; ``ids`` are those of known names (:func:`name_key`)."""
        place = row.get("jurisdiction", "")
        if place.isdecimal():
            # Where a row says of itself where it belongs, the option for all rows says nothing of it.
            row.setdefault("reg_region_code", place)
        for alias, value in self.values.items():
            row.setdefault(alias, value)
        if "legal_name" in row and "external_id" not in row:
            key = name_key(row["legal_name"])
            row["external_id"] = ids.get(key) or proposed_id(key)

    def finding(self, rows: int) -> Finding:
        """Return the one finding that says what was assumed."""
        said_zh = "、".join(f"{BY_ALIAS[alias].zh} {_in_chinese(alias, value)}" for alias, value in self.values.items())
        said_en = ", ".join(f"{alias} {value}" for alias, value in self.values.items())
        issue = doubtful(
            "AS_PUBLISHED",
            f"按公布的名单读取：{rows} 行未填的项一律按 {said_zh}；未写的主体编号由名称生成，同名沿用原编号",
            f"read as published: what the {rows} rows do not say is {said_en}; an id that is not written is "
            "made from the name, a known name keeps its id",
            "核对后由复核人确认；个别行不同的，在表中补上相应的列 / "
            "the checker confirms it; where single rows differ, add the column",
        )
        return issue.at(None, None, None, None)


def published_defaults(options: Mapping[str, str]) -> PublishedDefaults | None:
    """Return what the options say of every row, or None where the file is not taken as published.

    Raises :class:`Invalid` for an option that is missing, cannot be read, or has no meaning here.
    """
    said = options.get(PUBLISHED, "").strip().casefold()
    given = {alias: options[alias] for alias in PUBLISHED_OPTIONS if options.get(alias)}
    if said not in _TRUE | _FALSE:
        raise _invalid([Fault(PUBLISHED, "bad-value", "应为 true 或 false (must be true or false)")])
    if said in _FALSE:
        if given:
            raise _invalid(
                [
                    Fault(alias, "only-as-published", "只用于按公布读取的名单 (for --as-published only)")
                    for alias in given
                ]
            )
        return None
    faults = [
        Fault(alias, "required", "按公布读取时必填 (needed for a published list)")
        for alias in _NEEDED
        if alias not in given
    ]
    values: dict[str, Any] = {"action": Action.ADD.value}
    for alias, text in given.items():
        reading = read_cell(BY_ALIAS[alias], text)
        if reading.value is None:
            doubt = reading.doubts[0]
            faults.append(Fault(alias, doubt.code, f"{doubt.text_zh} ({doubt.text_en})"))
        values[alias] = reading.value
    if faults:
        raise _invalid(faults)
    values.setdefault(
        "entity_kind",
        EntityKind.WEIPAN_PLATFORM.value if values["category"] == Category.WEIPAN else EntityKind.VENUE.value,
    )
    values.setdefault("effective_from", values["determined_on"])
    place = values["jurisdiction"]
    values["reg_region_code"] = place if place.isdecimal() else _PROVINCE
    return PublishedDefaults(values)


def name_key(name: str) -> str:
    """Return what makes two ways of writing one name."""
    return same_name_key(fold(name))


def proposed_id(key: str) -> str:
    """Return the id that is proposed for a name: the same for the same name, in every version and process."""
    return "P" + hashlib.sha256(key.encode()).hexdigest()[:_ID_CHARS].upper()


def _in_chinese(alias: str, value: object) -> object:
    return next((text for text, code in BY_ALIAS[alias].codes.items() if code == value), value)


def _invalid(faults: list[Fault]) -> Invalid:
    return Invalid("published-option", f"{faults[0].pointer}: {faults[0].message}", faults=faults)
