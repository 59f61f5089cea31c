"""The shapes of lists, versions, findings and differences in answers."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.problems import Problem
from app.policy.vocabulary import Category, Outcome, Service, Status


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ListOut(_Answer):
    """One list, with the version in force."""

    code: str
    name: str | None
    issuer: str | None
    jurisdiction_code: str | None
    active_version: int | None
    active_sha256: str | None
    active_since: datetime | None
    newest_version: int | None


class ListVersionShortOut(_Answer):
    """One version; `sha256` is over the canonical rows that it brought."""

    code: str
    version: int
    state: Literal["draft", "submitted", "approved", "scheduled", "active", "superseded", "rejected", "withdrawn"]
    sha256: str
    known_from: datetime | None = Field(description="Since when it is known: activation, or receipt if backfilled.")
    backfilled: bool
    file_kind: Literal["FULL", "DELTA"]
    row_count: int
    base_version: int | None
    parent_version: int | None
    rollback_to: int | None
    list_name: str | None
    list_issuer: str
    uploader_org: str | None
    issuing_doc_no: str | None
    issued_on: date
    effective_on: date
    received_at: datetime
    jurisdiction_code: str
    categories: list[Category]
    maker: str
    checker: str | None
    uploaded_at: datetime
    activate_at: datetime | None
    activated_at: datetime | None


class FindingOut(_Answer):
    """One finding; `row` as the user counts it, null for the whole file."""

    sheet: str | None
    row: int | None
    column: str | None
    code: str
    severity: Literal["ERROR", "WARN"]
    value: str | None
    text_zh: str
    text_en: str
    suggestion: str | None


class FieldChangeOut(_Answer):
    """One field that differs."""

    field: str
    label_zh: str
    before: Any
    after: Any


class EntityDiffOut(_Answer):
    """One entity that differs; changes are those of a CHANGED one."""

    kind: Literal["ADDED", "CHANGED", "REMOVED"]
    external_id: str
    legal_name: str
    changes: list[FieldChangeOut]


class DiffOut(_Answer):
    """What a list says otherwise; counts in full, entities page by page."""

    added: int
    changed: int
    removed: int
    entities: list[EntityDiffOut]
    next_cursor: str | None


class HistoryOut(_Answer):
    """One thing that happened to a version."""

    event: str
    actor: str
    via: str
    os_user: str | None
    at: datetime
    note: str | None


class VersionDetail(ListVersionShortOut):
    """A version with what happened to it and what was found in its file."""

    history: list[HistoryOut]
    findings: list[FindingOut]


class DraftOut(ListVersionShortOut):
    """A stored draft: what its checker signs off, and what it would change."""

    findings: list[FindingOut]
    diff: DiffOut


class RefusedFile(Problem):
    """What is wrong with an upload; for a file that was read, every finding, cell by cell."""

    rows: int | None = None
    error_count: int | None = None
    warning_count: int | None = None
    findings: list[FindingOut] | None = None


class ListPage(_Answer):
    """Every list."""

    items: list[ListOut]


class VersionPage(_Answer):
    """Versions, newest first."""

    items: list[ListVersionShortOut]
    next_cursor: str | None


class EntryPage(_Answer):
    """Canonical rows, by `external_id`."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class ListingStateOut(_Answer):
    """The status of an entity under one category."""

    category: Category
    status: Status


class DeltaEntity(_Answer):
    """One entity as it is now; a REMOVED one has its id alone."""

    kind: Literal["ADDED", "CHANGED", "REMOVED"]
    external_id: str
    entity_id: str
    listings: list[ListingStateOut]
    cells: dict[str, Any]


class DeltaOut(_Answer):
    """What to change in a copy of version `since` to have version `version`."""

    code: str
    since: int
    version: int
    sha256: str
    items: list[DeltaEntity]
    next_cursor: str | None


class ChangedScreening(_Answer):
    """One screening that would come out otherwise; the counterparty is not named."""

    screening_id: str
    service: Service
    service_date: date
    outcome_now: Outcome
    outcome_then: Outcome
    external_ids: list[str]


class BookImpactOut(_Answer):
    """What activating a version would change in the books under watch of all clients, before suppressions."""

    clients: int
    counterparties: int = Field(description="在管客户总数 / all open counterparties")
    decided: int = Field(description="名单变动可能涉及的客户数 / those that the changed entries could concern")
    changed: int = Field(
        description="结论会变的客户与服务数 / decisions, by counterparty and service, that would be others"
    )
    by_change: dict[str, int]


class ImpactOut(_Answer):
    """What activating a version would change among the last screenings and in the books under watch."""

    looked_at: int
    changed: int
    by_change: dict[str, int]
    examples: list[ChangedScreening]
    book: BookImpactOut | None = Field(
        description="客户总数超过 `CUTOFF_IMPACT_BOOK_MAX` 时为 null，用含草稿的专项排查 / null past "
        "`CUTOFF_IMPACT_BOOK_MAX` counterparties: sweep with the draft instead"
    )


class AdoptingClientOut(_Answer):
    """The version by which a client was last answered."""

    client: str
    version: int | None
    since: datetime | None
    last_answered_at: datetime


class DelayOut(_Answer):
    """How long a version took, in seconds: from its document's date, and from its receipt, to activation."""

    version: int
    issued_on: date
    received_at: datetime
    activated_at: datetime
    document_to_activation_s: float
    receipt_to_activation_s: float


class AdoptionOut(_Answer):
    """Who answers with which version, and how fast versions came into force."""

    code: str
    active_version: int | None
    clients: list[AdoptingClientOut]
    delays: list[DelayOut]


class SignatureOut(_Answer):
    """A detached signature: base64, over the UTF-8 bytes of `statement`."""

    algorithm: Literal["Ed25519"]
    key_id: str
    statement: str
    signature: str


class SigningKeyOut(_Answer):
    """The public key of this installation."""

    algorithm: Literal["Ed25519"]
    key_id: str
    public_key_pem: str
