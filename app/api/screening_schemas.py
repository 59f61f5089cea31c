"""What a screening looks like on the wire: requests and answers, for checking shapes and for the description."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.api import codes
from app.api.problems import Problem
from app.identifiers import Scheme
from app.matching import NameType
from app.policy.vocabulary import Category, CounterpartyKind, Outcome, Service, Status
from app.screening import intake


def _one_of(words: Iterable[str]) -> dict[str, Any]:
    return {"enum": sorted(str(word) for word in words)}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OtherNameIn(_Request):
    """A further name of the counterparty."""

    type: str = Field(json_schema_extra=_one_of(intake.NAME_TYPES))
    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 400})


class IdentifierIn(_Request):
    """An identifier; a wrong check digit is no error, a wrong format is."""

    scheme: str = Field(json_schema_extra=_one_of(Scheme))
    value: str = Field(json_schema_extra={"minLength": 1})


_TEXT: dict[str, Any] = {"maxLength": 20_000}
_ITEM: Final = {"$ref": "#/components/schemas/ScreeningRequest"}
EXAMPLE: Final[dict[str, Any]] = {
    "reference": "core-20170703-000123",
    "service": "FUND_SETTLEMENT",
    "service_date": "2017-07-03",
    "counterparty": {"name": "福建示例大宗商品交易中心有限公司", "kind": "ORGANISATION"},
}


class CounterpartyIn(_Request):
    """Who is screened."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 400})
    kind: str = Field("UNKNOWN", json_schema_extra=_one_of(CounterpartyKind))
    other_names: list[OtherNameIn] = Field(default_factory=list, max_length=50)
    identifiers: list[IdentifierIn] = Field(default_factory=list, max_length=50)
    region_code: str | None = Field(None, description="GB/T 2260, six digits.")
    business_scope: str | None = Field(None, json_schema_extra=_TEXT)
    products: list[str] = Field(default_factory=list, max_length=100)
    promo_text: str | None = Field(None, json_schema_extra=_TEXT)
    remark: str | None = Field(None, json_schema_extra=_TEXT)


class ScreeningRequest(_Request):
    """One question: whether a service may be given to a counterparty on a date."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    reference: str | None = Field(None, description="The caller's own reference; searchable.", max_length=200)
    service: str = Field(json_schema_extra=_one_of(Service))
    service_date: str | None = Field(
        None, description="Local date (Asia/Shanghai) or time with an offset; today when left out."
    )
    initiated_on: str | None = Field(None, description="Date on which a payment in flight was ordered.")
    known_at: str | None = Field(None, description="Answer with what was known then; now when left out.")
    lists: list[str] | None = Field(None, description="Codes to screen against; all in force when left out.")
    counterparty: CounterpartyIn


class BatchRequest(_Request):
    """Many questions; each gets its own result or problem, in the same order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE]}]})

    items: list[Annotated[Any, WithJsonSchema(_ITEM)]] = Field(
        min_length=1, description="At most 1,000 screening requests."
    )


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReasonOut(_Answer):
    """A reason, with the clause it rests on."""

    code: str = Field(json_schema_extra=_one_of(codes.reason_codes()))
    basis_code: str
    text_zh: str
    text_en: str
    entity_id: str | None
    doc_no: str | None


class FieldOut(_Answer):
    """A field that speaks for or against a match."""

    field: str
    listed: str
    given: str
    agrees: bool
    text_zh: str
    text_en: str


class PartOut(_Answer):
    """How one part of the listed name was met."""

    part: str
    listed: str
    given: str
    likeness: str
    text_zh: str
    text_en: str


class NameDifferenceOut(_Answer):
    """What is in one name and not, or otherwise, in the other."""

    kind: str
    listed: str
    given: str
    text_zh: str
    text_en: str


class ExplanationOut(_Answer):
    """Why a match is one."""

    summary_zh: str
    summary_en: str
    fields: list[FieldOut]
    name_parts: list[PartOut]
    differences: list[NameDifferenceOut]


class MatchOut(_Answer):
    """One listed entity that the counterparty may be."""

    entity_id: str
    external_id: str
    listing_id: str | None
    list_code: str
    list_version: int
    category: Category
    status: Status | None
    effective_from: str | None
    name_listed: str
    name_type: NameType
    strength: Literal["CONFIRMED", "STRONG", "WEAK"]
    score: int = Field(ge=0, le=100)
    outcome: Outcome
    inherited_from: str | None
    explanation: ExplanationOut


class ListVersionOut(_Answer):
    """A list version in force at ``screened_at``, and the one in force as known."""

    code: str
    version: int
    sha256: str
    used_as_known: int | None


class ScreeningAnswer(_Answer):
    """The recorded decision."""

    id: str
    reference: str | None
    outcome: Outcome
    reasons: list[ReasonOut]
    matches: list[MatchOut]
    hindsight_outcome: Outcome
    flags: list[codes.Flag | Annotated[str, Field(pattern=codes.FLAG_PATTERN)]]
    next_action_zh: str
    service_local_date: str
    timezone: Literal["Asia/Shanghai"]
    known_at: datetime
    screened_at: datetime
    list_versions: list[ListVersionOut]
    rule_version: str
    engine_version: str
    record_sha256: str


class BatchAnswer(_Answer):
    """Results in the order of the items: a decision, or a problem where an item is wrong."""

    results: list[ScreeningAnswer | Problem]


class ScreeningPage(_Answer):
    """Decisions, newest first; ``next_cursor`` leads to those after, ``archived_months`` are not looked at."""

    items: list[ScreeningAnswer]
    next_cursor: str | None
    archived_months: list[str]


class RequestAnswer(_Answer):
    """What was asked: as it was received, and as it was understood."""

    id: str
    via: str
    received: dict[str, Any] | None = Field(
        description="所收到的请求；来自文件时为 null / as it was sent; null where it came from a file"
    )
    understood: dict[str, Any] = Field(
        description="所理解的请求，每个字段都有值 / as it was understood, with every field"
    )
    record_sha256: str
