"""Every setting of ours, from ``CUTOFF_*`` environment variables.

What other programs read from the environment stays theirs: the compiler's cache (``NUMBA_CACHE_DIR``,
``XDG_CACHE_HOME``: ``app.disk_cache``), Prometheus (``PROMETHEUS_MULTIPROC_DIR``: ``app.cli.serve``,
``app.api.metrics``) and Spark (``JAVA_HOME``, ``PYSPARK_PYTHON``: ``app.bulk.spark``).
"""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import Fault, Invalid

_PREFIX: Final = "CUTOFF_"
_OF_TESTS: Final = "CUTOFF_TEST_"
_NO_LETTERS: Final = re.compile(r"[^a-z]")
_PLACEHOLDERS: Final = frozenset(
    {"changeme", "changeit", "password", "secret", "example", "postgres", "cutoff", "ownerpassword", "apppassword"}
)


class Settings(BaseSettings):
    """Settings of one process, read once by the entry point and handed down."""

    model_config = SettingsConfigDict(env_prefix="CUTOFF_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Where the embedded database and files live.")
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL; SQLite in the data folder when empty, `postgresql+psycopg://…` in production.",
    )
    owner_database_url: str | None = Field(
        None, description="URL of the role that owns the tables, for `cutoff db`; `CUTOFF_DATABASE_URL` when empty."
    )
    pool_size: int = Field(8, ge=1, le=100, description="Database connections and worker threads of one process.")
    statement_timeout_ms: int = Field(10_000, ge=100, description="Longest time one SQL statement may take.")
    upload_timeout_s: float = Field(120.0, gt=0, description="Longest time the upload of a list file may take.")
    request_timeout_s: float = Field(15.0, gt=0, description="Longest time one call may take before it answers 503.")

    record_timeout_s: float = Field(
        5.0, gt=0, description="Longest time a decision may wait for its record before the call answers 503."
    )
    screenings_under_way_max: int = Field(
        256, ge=1, description="Single screenings that one process has under way; past them it answers 503."
    )
    screenings_of_client_max: int = Field(
        192, ge=1, description="Single screenings of one client that one process has under way; past them 429."
    )

    drain_s: float = Field(
        1.0, ge=0, description="How long a server that is told to stop goes on answering while it says it is not ready."
    )
    header_bytes_max: int = Field(32 << 10, ge=1024, description="Most bytes of the headers of one request.")
    header_timeout_s: float = Field(10.0, gt=0, description="Longest time until the headers of a request are there.")
    connections_max: int = Field(1_000, ge=1, description="Most connections of one process; past them it answers 503.")
    connections_of_peer_max: int = Field(
        500,
        ge=1,
        description="Most connections of one address to one process; past them it answers 503. The proxies of "
        "`CUTOFF_FORWARDED_ALLOW_IPS` have no such bound.",
    )
    send_timeout_s: float = Field(
        30.0, gt=0, description="Longest time that a caller may leave 64 KiB of an answer unread; then it is cut off."
    )
    answer_bytes_max: int = Field(
        256 << 20,
        ge=1 << 20,
        description="Most bytes of large answers that wait to be read by their callers; half for one client.",
    )
    heavy_calls_of_client_max: int = Field(
        2,
        ge=1,
        description="Batches, exports, reports and impact previews of one client that one process works on; past them "
        "429.",
    )
    items_of_client_max: int = Field(
        2_000,
        ge=1,
        description="Items of batches and impact previews of one client that one process works on together; past them "
        "429, unless nothing else of the client is under way.",
    )
    event_streams_of_client_max: int = Field(
        256,
        ge=1,
        description="Open progress streams of one client in one process; past them 429, past twice as many of all 503.",
    )
    forwarded_allow_ips: str = Field(
        "",
        description="Addresses of proxies, comma between, whose X-Forwarded-For names the peer in the log; nobody's "
        "when empty.",
    )

    day_rule: Literal["INCLUSIVE", "EXCLUSIVE"] = Field(
        "INCLUSIVE",
        description="Whether the cutoff date itself is blocked; default for jurisdictions that do not say.",
    )
    require_both_clearances: bool = Field(
        False,
        description="Whether a venue needs the opinion and the joint conference's acceptance to be cleared.",
    )
    inherit_confirmed: Literal["BLOCK", "REVIEW"] = Field(
        "BLOCK",
        description="What a confirmed member, agent, service organisation or branch of a blocked venue gets.",
    )

    freshness_max_s: float = Field(
        30.0, gt=0, description="Past this age of the last confirmation with the database an answer is stale."
    )
    refresh_interval_s: float = Field(1.0, gt=0, description="How often a process asks which versions are in force.")
    session_idle_s: float = Field(
        900.0, gt=0, description="After how long without a request a session of the console ends."
    )
    session_max_s: float = Field(28_800.0, gt=0, description="How long a session of the console may last at all.")
    serve_jobs: bool = Field(
        True, description="Whether `cutoff serve` works on jobs too; false where `cutoff worker` runs beside it."
    )
    cli_list_changes: bool = Field(True, description="Whether the command line may change lists (false in production).")

    watch_interval_s: float = Field(
        2.0, gt=0, description="How often a worker asks whether a book is to be decided anew."
    )
    book_close_max_share: float = Field(
        0.1, gt=0, le=1, description="Largest share of a book that a replacing file may close without `confirm=true`."
    )
    impact_book_max: int = Field(
        100_000,
        ge=0,
        description="Most counterparties of all books for which the impact of a version counts what would change.",
    )
    book_upload_bytes_max: int = Field(256 << 20, ge=1024, description="Largest uploaded book, in bytes.")
    book_at_once_bytes_max: int = Field(
        2 << 20, ge=1024, description="Largest book that is taken in while the caller waits; a larger one is a job."
    )
    pre_alert_days: int = Field(
        7, ge=0, le=366, description="So many days ahead people are told that a decision will become worse by a date."
    )

    webhook_timeout_s: float = Field(10.0, gt=0, le=60, description="Longest time that one delivery may take.")
    webhook_networks: str = Field(
        "",
        description="Networks (CIDR, comma between) that webhooks may reach though they are private; none when empty.",
    )
    webhook_allow_http: bool = Field(False, description="Whether a webhook may be plain http.")

    name_chars_max: int = Field(400, ge=1, description="Longest name, in characters.")
    text_chars_max: int = Field(20_000, ge=1, description="Longest free text, in characters.")
    batch_items_max: int = Field(1_000, ge=1, description="Most items of one batch screening.")
    body_bytes_max: int = Field(1 << 20, ge=1024, description="Largest request body, in bytes.")
    upload_bytes_max: int = Field(64 << 20, ge=1024, description="Largest uploaded list file, in bytes.")
    upload_rows_max: int = Field(200_000, ge=1, description="Most rows of one list file.")
    draft_bytes_of_person_max: int = Field(
        1 << 30,
        ge=1024,
        description="Most bytes of the list files that one person has uploaded and not submitted; past them 429.",
    )
    unpacked_bytes_max: int = Field(200 << 20, ge=1024, description="Largest unpacked size of a workbook, in bytes.")
    candidates_max: int = Field(20, ge=1, le=100, description="Most matches in one answer.")
    job_upload_bytes_max: int = Field(256 << 20, ge=1024, description="Largest uploaded job file, in bytes.")
    job_files_days: int = Field(
        7, ge=1, description="How many days the files of an ended job are kept, its results among them."
    )
    job_bytes_of_client_max: int = Field(
        8 << 30,
        ge=1024,
        description="Most bytes of one client's files: of its jobs, ended ones too, of uploads that wait, and of the "
        "attachments of alerts; past them 429 for new ones.",
    )
    attachment_bytes_max: int = Field(10 << 20, ge=1024, description="Largest attachment of an alert, in bytes.")
    attachments_of_alert_max: int = Field(20, ge=1, le=1_000, description="Most attachments of one alert.")
    rate_per_key_per_s: float = Field(200.0, gt=0, description="Requests that one key may make in a second.")
    rate_burst: int = Field(400, ge=1, description="Requests that one key may make at once.")

    key_confirm_max_s: float = Field(
        1.5, gt=0, le=2, description="How long a key is taken from memory before the database must confirm it again."
    )
    auth_failures_per_s: float = Field(1.0, gt=0, description="Wrong keys that one address may send in a second.")
    auth_failures_burst: int = Field(50, ge=1, description="Wrong keys that one address may send at once.")

    oidc_issuer: str | None = Field(
        None,
        max_length=150,
        description="Identifier of the OpenID Connect issuer; its tokens are not taken when empty.",
    )
    oidc_audience: str = Field("cutoff", min_length=1, description="The `aud` that access tokens must have.")
    oidc_client_id: str | None = Field(
        None, description="Client at the issuer for signing in to the console; only keys sign in when empty."
    )
    oidc_client_secret_file: Path | None = Field(
        None, description="File with the secret of that client; a public client (PKCE alone) when empty."
    )
    oidc_algorithms: str = Field(
        "RS256,ES256", description="Signatures that tokens may have, comma between; none of them symmetric."
    )
    oidc_role_claim: str = Field(
        "roles", min_length=1, description="Claim that gives the role, a path with dots where it lies deeper."
    )
    oidc_roles: str = Field(
        "", description="Values of that claim and their roles, `value=role,…`; the roles' own names when empty."
    )
    oidc_client_claim: str | None = Field(
        None, description="Claim that names the client, which must exist; `CUTOFF_OIDC_CLIENT` when empty."
    )
    oidc_client: str = Field("default", min_length=1, description="The client of everybody from the issuer.")
    oidc_timeout_s: float = Field(
        5.0, gt=0, le=60, description="Longest time that one question to the issuer may take."
    )
    oidc_allow_http: bool = Field(False, description="Whether the issuer may be plain http, for trials only.")

    retention_years_min: int = Field(
        10,
        ge=5,
        le=100,
        description="Years for which decisions stay in the database at least; the Anti-Money Laundering Law asks for "
        "ten since 2025 (article 34), and for five before.",
    )

    audit_origin: str = Field(
        "cutoff/audit", pattern=r"^[^\s+]{1,200}$", description="Name of the audit log, which its checkpoints carry."
    )
    audit_interval_s: float = Field(1.0, gt=0, le=60, description="How often what was recorded is sealed.")
    audit_sm2: bool = Field(False, description="Whether checkpoints are signed by SM2 with SM3 too.")

    list_check_interval_s: float = Field(
        300.0,
        gt=0,
        description="How often at least a process looks whether the rows of the lists in force are still unchanged; "
        "small lists are looked at in every turn.",
    )
    font_dir: Path | None = Field(
        None, description="Folder of the font that documents are printed in; the machine's own fonts when empty."
    )

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _is_no_placeholder(cls, value: str | None) -> str | None:
        """Refuse a password that is in examples."""
        password = urlsplit(value).password if value else None
        if password is not None and _NO_LETTERS.sub("", password.lower()) in _PLACEHOLDERS:
            raise ValueError("口令是样例中的占位，请更换 / the password is a placeholder of an example: change it")
        return value

    @cached_property
    def owner_url(self) -> str:
        """The database URL of whoever owns the tables."""
        return self.owner_database_url or self.url

    @cached_property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'cutoff.db'}"


def refuse_unknown(variables: Iterable[str]) -> None:
    """Raise :class:`Invalid` where a variable looks like a setting and is none: misspelt it would be ignored."""
    from rapidfuzz import process  # noqa: PLC0415 - for the one start that fails

    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    faults = []
    for name in sorted(variables):
        if name.upper().startswith(_PREFIX) and not name.startswith(_OF_TESTS) and name.upper() not in known:
            nearest, _, _ = process.extract(name.upper(), known, limit=1)[0]
            faults.append(
                Fault(name, "unknown-setting", f"没有这个设置；是否为 / there is no such setting; perhaps {nearest}")
            )
    if faults:
        raise Invalid("unknown-setting", "环境变量有误 / a setting is wrong", faults=faults)
