"""From the values of a request to a question: every check that needs to know the domain, once for all edges.

The edges (API, command line, bulk) see to the shape; what is wrong here comes back as faults that name
the place and the mend, all of them at once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from app.clock import local_date
from app.errors import Fault, Invalid
from app.identifiers import Identifier, IdentifierError, Scheme
from app.identifiers.code_cells import identifiers_of
from app.matching import NameType
from app.names.encoded import decoded, is_damaged
from app.names.fold import fold
from app.policy.vocabulary import CounterpartyKind, Service
from app.screening.garbled import is_garbled
from app.screening.masked import MASKED_NAME, is_masked_name
from app.screening.no_name import NO_NAME, is_no_name
from app.screening.request import Counterparty, OtherName, ScreeningInput
from app.tabular.placeholders import is_placeholder

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?\Z", re.ASCII
)
_HAS_TIME: Final = re.compile(r"\d[Tt]\d|:")
_REGION: Final = re.compile(r"\d{6}\Z", re.ASCII)
_YEARS: Final = range(1900, 2200)
_REFERENCE_CHARS_MAX: Final = 200
_LIST_CODE_CHARS_MAX: Final = 63
_BAD_IN_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BAD_IN_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
"""A common hanzi, which folding never takes away."""
_SHOWN_CHARS: Final = 60
_MAIN_NAME: Final = "/counterparty/name"
DAMAGED_NAME: Final = "damaged-name"
NAME_TYPES: Final = frozenset(NameType) - {NameType.LEGAL, NameType.ALIAS}


@dataclass(frozen=True, slots=True)
class TextLimits:
    """The longest texts, in characters, and the present moment (aware), which dates are held against."""

    now: datetime
    name_chars_max: int = 400
    text_chars_max: int = 20_000


def read(raw: Mapping[str, Any], limits: TextLimits, received: Callable[[], str] | None = None) -> ScreeningInput:
    """Read the request of docs/api.md, whose values have the right types already.

    What is left out reads as null; ``received`` writes the request as it was sent, once nothing is wrong with it.
    Raises :class:`Invalid` with all faults; their pointers are those of the request.
    """
    reader = _Reader(limits)
    party = raw["counterparty"]
    asked = ScreeningInput(
        service=reader.choice(Service, raw.get("service"), "/service", Service.FUND_SETTLEMENT),
        service_date=reader.service_date(raw.get("service_date"), "/service_date"),
        counterparty=_counterparty(reader, party),
        reference=reader.line(raw.get("reference"), "/reference", _REFERENCE_CHARS_MAX),
        initiated_on=reader.day(raw.get("initiated_on"), "/initiated_on"),
        known_at=reader.known_at(raw.get("known_at"), "/known_at"),
        lists=_lists(reader, raw.get("lists")),
        received=None if reader.faults or received is None else received(),
    )
    if reader.faults:
        first = reader.faults[0]
        raise Invalid(
            "validation",
            f"{len(reader.faults)}处有误 / {len(reader.faults)} to mend: {first.pointer}: {first.message}",
            faults=reader.faults,
        )
    return asked


def _counterparty(reader: "_Reader", raw: Mapping[str, Any]) -> Counterparty:
    others, products = raw.get("other_names"), raw.get("products")
    return Counterparty(
        name=reader.name(raw.get("name"), _MAIN_NAME),
        kind=reader.choice(
            CounterpartyKind, raw.get("kind") or "UNKNOWN", "/counterparty/kind", CounterpartyKind.UNKNOWN
        ),
        other_names=() if not others else tuple(_other_name(reader, one, i) for i, one in enumerate(others)),
        identifiers=reader.identifiers(raw.get("identifiers") or (), "/counterparty/identifiers"),
        region_code=reader.region(raw.get("region_code"), "/counterparty/region_code"),
        business_scope=reader.text(raw.get("business_scope"), "/counterparty/business_scope"),
        products=() if not products else tuple(_products(reader, products)),
        promo_text=reader.text(raw.get("promo_text"), "/counterparty/promo_text"),
        remark=reader.text(raw.get("remark"), "/counterparty/remark"),
    )


def _other_name(reader: "_Reader", raw: Mapping[str, Any], number: int) -> OtherName:
    place = f"/counterparty/other_names/{number}"
    return OtherName(
        reader.choice(NAME_TYPES, raw.get("type"), f"{place}/type", NameType.FORMER),
        reader.name(raw.get("name"), f"{place}/name"),
    )


def _products(reader: "_Reader", raw: Sequence[str]) -> Iterator[str]:
    for number, one in enumerate(raw):
        text = reader.text(one, f"/counterparty/products/{number}")
        if text is not None:
            yield text


def _lists(reader: "_Reader", raw: Sequence[str] | None) -> tuple[str, ...] | None:
    if raw is None:
        return None
    if not raw:
        reader.fault("/lists", "empty", "为空；全部名单请省略或用 null / is empty: leave it out for all lists")
    codes = (reader.line(code, f"/lists/{i}", _LIST_CODE_CHARS_MAX) for i, code in enumerate(raw))
    return tuple(sorted({code for code in codes if code is not None}))


@dataclass(slots=True)
class _Reader:
    """Reads values and gathers what is wrong with them."""

    limits: TextLimits
    faults: list[Fault] = field(default_factory=list)

    def fault(self, pointer: str, code: str, message: str) -> None:
        self.faults.append(Fault(pointer, code, message))

    def choice(self, choices: Any, value: Any, place: str, instead: Any) -> Any:  # noqa: ANN401 - an enum's members
        found = _by_code(choices).get(value)
        if found is not None:
            return found
        known = "、".join(sorted(choices))
        self.fault(place, "unknown-code", f"{_shown(value)}: 不是有效代码 / is none of {known}")
        return instead

    def name(self, value: str | None, place: str) -> str:
        if value is None or not value.strip():
            self.fault(place, "empty", "不能为空 / must not be empty")
            return ""
        # A tab or a line break inside a name is spacing, one more way to write it.
        text = self._plain(decoded(value), place, self.limits.name_chars_max, white=True)
        if text is not None and (is_damaged(text) or is_garbled(text)):
            detail = "文字已损坏（乱码或缺字），请核对原文 / characters of it are lost or garbled; look at the original"
            self.fault(place, DAMAGED_NAME, detail)
        elif text is not None and is_masked_name(text):
            detail = "部分文字被掩码，无法比对，请提供完整名称 / characters are masked: give the whole name"
            self.fault(place, MASKED_NAME, detail)
        elif text is not None and not _HAN.search(text) and not fold(text):
            self.fault(place, "no-letters", "没有可比对的文字 / has no letter or digit to compare")
        elif text is not None and (is_no_name(text) or (place == _MAIN_NAME and is_placeholder(text, zero=False))):
            self.fault(place, NO_NAME, "这不是名称，请填写名称本身 / this is no name; write the name itself")
        return text or ""

    def line(self, value: str | None, place: str, chars_max: int) -> str | None:
        return None if value is None else self._plain(value, place, chars_max, white=False)

    def text(self, value: str | None, place: str) -> str | None:
        return None if value is None else self._plain(decoded(value), place, self.limits.text_chars_max, white=True)

    def _plain(self, value: str, place: str, chars_max: int, *, white: bool) -> str | None:
        if len(value) > chars_max:
            detail = f"{len(value)}个字符，上限{chars_max} / {len(value)} characters, {chars_max} at most"
            self.fault(place, "too-long", detail)
            return None
        bad = (_BAD_IN_TEXT if white else _BAD_IN_LINE).search(value)
        if bad is None:
            return value
        detail = (
            f"第{bad.start() + 1}个字符是控制字符或残缺字符 / character {bad.start() + 1} "
            f"(U+{ord(bad[0]):04X}) is a control character or half of one"
        )
        self.fault(place, "bad-character", detail)
        return None

    def identifiers(self, raw: Sequence[Mapping[str, Any]], place: str) -> tuple[Identifier, ...]:
        found: dict[tuple[str, str], Identifier] = {}
        for i, one in enumerate(raw):
            scheme = self.choice(Scheme, one.get("scheme"), f"{place}/{i}/scheme", None)
            value = self._plain(one.get("value") or "", f"{place}/{i}/value", self.limits.text_chars_max, white=False)
            if scheme is None or value is None:
                continue
            try:
                codes = identifiers_of(scheme, value)
            except IdentifierError as error:
                hint = f"；或为 / perhaps {error.suggestion}" if error.suggestion else ""
                self.fault(f"{place}/{i}/value", error.code, f"{error.text_zh} / {error.text_en}{hint}")
                continue
            found |= {(code.scheme.value, code.value): code for code in codes}
        return tuple(found.values())

    def region(self, value: str | None, place: str) -> str | None:
        if value is not None and not _REGION.match(value):
            self.fault(place, "bad-region", "须为六位行政区划代码 / must be the six digits of GB/T 2260")
            return None
        return value

    def day(self, value: str | None, place: str) -> date | None:
        if value is None:
            return None
        if not _DATE.match(value):
            self.fault(place, "bad-date", f"{_shown(value)}: 须为 / must be YYYY-MM-DD")
            return None
        try:
            found = date.fromisoformat(value)
        except ValueError:
            self.fault(place, "bad-date", f"{value}: 没有这一天 / there is no such day")
            return None
        return self._within_years(found, place)

    def _within_years(self, found: date, place: str) -> date | None:
        if found.year not in _YEARS:
            self.fault(place, "bad-date", f"{found}: 须在 / must be within {_YEARS[0]}–{_YEARS[-1]}")
            return None
        return found

    def moment(self, value: str, place: str) -> datetime | None:
        """Read a time; the fault says which part of it is wrong: its form, its day, its hour or its offset."""
        parts = _TIME.match(value)
        if parts is None:
            what = "a date" if _DATE.match(value) else "no time of RFC 3339"
            detail = f"须为带时区的时间，如 2017-06-30T09:00:00+08:00 / is {what}: write a time with its offset"
            self.fault(place, "bad-time", f"{_shown(value)}: {detail}")
            return None
        if self.day(parts["day"], place) is None:
            return None
        if parts["offset"] is None:
            self.fault(place, "naive-time", "时间须带时区，如 +08:00 / a time needs its offset, such as +08:00")
            return None
        try:
            return datetime.fromisoformat(value.replace(",", "."))
        except ValueError:
            self.fault(place, "bad-time", f"{_shown(value)}: 没有这个时刻 / there is no such time of day or offset")
            return None

    def service_date(self, value: str | None, place: str) -> date:
        found = None
        if value is not None and not _HAS_TIME.search(value):
            found = self.day(value, place)
        elif value is not None:
            moment = self.moment(value, place)
            found = local_date(moment) if moment else None
        return found or local_date(self.limits.now)

    def known_at(self, value: str | None, place: str) -> datetime | None:
        if value is None:
            return None
        moment = self.moment(value, place)
        if moment is not None and moment > self.limits.now:
            self.fault(place, "in-the-future", "不能晚于现在 / cannot lie in the future")
        return moment


@cache
def _by_code(choices: Iterable[Any]) -> Mapping[str, Any]:
    """Return the members of an enum, or some of them, by their codes."""
    return {one.value: one for one in choices}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
