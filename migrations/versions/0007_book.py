"""The book under watch: counterparties, decisions, changes, alerts, sweeps; and webhooks.

Revision ID: 0007_book
Revises: 0006_console_sessions
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0007_book"
down_revision = "0006_console_sessions"
branch_labels = None
depends_on = None

APPEND_ONLY = ("book_run_step", "book_change", "alert_event", "sweep_finding", "webhook_attempt")
TABLES = (
    "book",
    "counterparty",
    "counterparty_text",
    "counterparty_identifier",
    "book_pair",
    "book_standing",
    "book_coverage",
    "book_run_step",
    "book_error",
    "book_change",
    "alert",
    "alert_event",
    "suppression",
    "calendar_day",
    "sweep",
    "sweep_finding",
    "webhook",
    "webhook_delivery",
    "webhook_attempt",
)


def upgrade() -> None:
    """Create the tables."""
    _books()
    _decisions()
    _alerts()
    _sweeps()
    _webhooks()
    _append_only()


def _books() -> None:
    """Create counterparties, and what they are found by."""
    op.create_table(
        "book",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_book")),
    )
    op.create_table(
        "counterparty",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_revision", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("parties", JsonText(), nullable=False),
        sa.Column("services", JsonText(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("client", "id", name=op.f("pk_counterparty")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_counterparty_client_revision", "counterparty", ["client", "revision"])
    op.create_table(
        "counterparty_text",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(7), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('NAME', 'TEXT', 'PRODUCT')", name=op.f("ck_counterparty_text_kind")),
        sa.PrimaryKeyConstraint("client", "counterparty_id", "no", name=op.f("pk_counterparty_text")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counterparty_identifier",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("scheme", sa.String(20), nullable=False),
        sa.Column("value", sa.String(400), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint(
            "client", "scheme", "value", "counterparty_id", name=op.f("pk_counterparty_identifier")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_counterparty_identifier_client_counterparty_id", "counterparty_identifier", ["client", "counterparty_id"]
    )


def _decisions() -> None:
    """Create what was decided of them, on which basis, and what changed."""
    op.create_table(
        "book_pair",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("strength", sa.String(10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("name_listed", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("entity_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("client", "counterparty_id", "entity_id", name=op.f("pk_book_pair")),
    )
    op.create_index("ix_book_pair_client_entity_id", "book_pair", ["client", "entity_id"])
    op.create_table(
        "book_standing",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("service", sa.String(30), nullable=False),
        sa.Column("outcome", sa.String(6), nullable=False),
        sa.Column("findings_outcome", sa.String(6), nullable=False),
        sa.Column("decision", JsonText(), nullable=False),
        sa.Column("decision_sha256", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("next_date", sa.Date(), nullable=True),
        sa.CheckConstraint("outcome IN ('PASS', 'REVIEW', 'BLOCK')", name=op.f("ck_book_standing_outcome")),
        sa.PrimaryKeyConstraint("client", "counterparty_id", "service", name=op.f("pk_book_standing")),
    )
    op.create_index("ix_book_standing_client_next_date", "book_standing", ["client", "next_date"])
    op.create_index("ix_book_standing_client_outcome", "book_standing", ["client", "outcome"])
    op.create_table(
        "book_coverage",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("basis_id", sa.String(64), nullable=True),
        sa.Column("basis", JsonText(), nullable=True),
        sa.Column("book_revision", sa.Integer(), nullable=False),
        sa.Column("decided_for_date", sa.Date(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("lists_seen_at", UtcDateTime(), nullable=True),
        sa.Column("whole_at", UtcDateTime(), nullable=True),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(100), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_book_coverage")),
    )
    op.create_table(
        "book_run_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("cause", sa.String(6), nullable=False),
        sa.Column("mode", sa.String(6), nullable=False),
        sa.Column("basis_from", sa.String(64), nullable=True),
        sa.Column("basis_to", sa.String(64), nullable=False),
        sa.Column("basis", JsonText(), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_run_step")),
    )
    op.create_index("ix_book_run_step_client_id", "book_run_step", ["client", "id"])
    op.create_table(
        "book_error",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client", "counterparty_id", name=op.f("pk_book_error")),
    )
    op.create_table(
        "book_change",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("service", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("from_outcome", sa.String(7), nullable=False),
        sa.Column("to_outcome", sa.String(7), nullable=False),
        sa.Column("cause", sa.String(6), nullable=False),
        sa.Column("decision", JsonText(), nullable=False),
        sa.Column("basis_from", sa.String(64), nullable=True),
        sa.Column("basis_to", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('NEW', 'WORSE', 'EASED', 'RELEASED', 'TEXT')", name=op.f("ck_book_change_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_book_change")),
        sa.UniqueConstraint("id", name=op.f("uq_book_change_id")),
    )
    op.create_index("ix_book_change_client_counterparty_id", "book_change", ["client", "counterparty_id"])
    op.create_index("ix_book_change_client_seq", "book_change", ["client", "seq"])


def _alerts() -> None:
    """Create what people are to look at, and what they found."""
    op.create_table(
        "alert",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(6), nullable=False),
        sa.Column("strength", sa.String(10), nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("is_escalated", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("assignee", sa.String(200), nullable=True),
        sa.Column("verdict", sa.String(20), nullable=True),
        sa.Column("proposal", JsonText(), nullable=True),
        sa.Column("sides", JsonText(), nullable=False),
        sa.Column("sides_closed", JsonText(), nullable=True),
        sa.CheckConstraint(
            "state IN ('OPEN', 'ASSIGNED', 'PENDING_CONFIRMATION', 'CLOSED')", name=op.f("ck_alert_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "client",
            "counterparty_id",
            "entity_id",
            "episode",
            name=op.f("uq_alert_client_counterparty_id_entity_id_episode"),
        ),
    )
    op.create_index("ix_alert_client_state_due_at", "alert", ["client", "state", "due_at"])
    op.create_index(
        "ix_alert_one_open",
        "alert",
        ["client", "counterparty_id", "entity_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'CLOSED'"),
        postgresql_where=sa.text("state <> 'CLOSED'"),
    )
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index("ix_alert_event_alert_id_id", "alert_event", ["alert_id", "id"])
    op.create_table(
        "suppression",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("entity_sha256", sa.String(64), nullable=False),
        sa.Column("strength", sa.String(10), nullable=False),
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("confirmed_by", sa.String(200), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", sa.String(200), nullable=True),
        sa.Column("revoked_revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_client_counterparty_id", "suppression", ["client", "counterparty_id"])
    op.create_table(
        "calendar_day",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("on_date", name=op.f("pk_calendar_day")),
    )


def _sweeps() -> None:
    """Create sweeps of whole books."""
    op.create_table(
        "sweep",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked", JsonText(), nullable=False),
        sa.Column("is_what_if", sa.Boolean(), nullable=False),
        sa.Column("basis", JsonText(), nullable=True),
        sa.Column("counts", JsonText(), nullable=True),
        sa.Column("findings_sha256", sa.String(64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')", name=op.f("ck_sweep_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
    )
    op.create_index("ix_sweep_client_created_at", "sweep", ["client", "created_at"])
    op.create_table(
        "sweep_finding",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("sweep_id", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counterparty_id", sa.String(200), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("service", sa.String(30), nullable=False),
        sa.Column("outcome", sa.String(7), nullable=False),
        sa.Column("decision", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("client", "sweep_id", "no", name=op.f("pk_sweep_finding")),
    )


def _webhooks() -> None:
    """Create where clients are told, and what is on its way."""
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", JsonText(), nullable=False),
        sa.Column("secrets", JsonText(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_client", "webhook", ["client"])
    op.create_table(
        "webhook_delivery",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("webhook_id", sa.String(36), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("worker", sa.String(100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('WAITING', 'DELIVERED', 'DEAD')", name=op.f("ck_webhook_delivery_state")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("id", name=op.f("uq_webhook_delivery_id")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_delivery_webhook_id_event_id")),
    )
    op.create_index("ix_webhook_delivery_state_next_at", "webhook_delivery", ["state", "next_at"])
    op.create_index("ix_webhook_delivery_webhook_id_subject_seq", "webhook_delivery", ["webhook_id", "subject", "seq"])
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(400), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "no", name=op.f("pk_webhook_attempt")),
    )


def _append_only() -> None:
    """Refuse every change of what was recorded; the function of PostgreSQL is that of the screenings."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
            )


def downgrade() -> None:
    """Drop the tables; what stood in them is lost."""
    for table in reversed(TABLES):
        op.drop_table(table)
