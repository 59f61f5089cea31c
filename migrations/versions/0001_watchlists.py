"""Lists, their versions, the rows they brought and what happened to them.

Revision ID: 0001_watchlists
Revises:
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0001_watchlists"
down_revision = None
branch_labels = None
depends_on = None

# Tables of which no row is ever changed or deleted.
APPEND_ONLY = ("list_entry", "list_file", "list_version_event")

# What a version says; the other columns are its state and the moments of its life.
FIXED = (
    "id",
    "list_code",
    "version",
    "sha256",
    "file_kind",
    "base_version",
    "rollback_to",
    "list_name",
    "list_issuer",
    "uploader_org",
    "issuing_doc_no",
    "issued_on",
    "effective_on",
    "received_at",
    "jurisdiction_code",
    "row_count",
    "findings",
    "maker",
    "backfilled",
    "uploaded_at",
)
# What activation adds; fixed from then on.
ONCE = ("parent_version", "categories", "activated_at", "known_from")


def upgrade() -> None:
    """Create the tables, and refuse in the database what would rewrite the past."""
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def downgrade() -> None:
    """Drop the tables; their triggers go with them."""
    for table in ("list_version_event", "list_file", "list_entry", "list_version", "list"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS cutoff_refuse_change()")
        op.execute("DROP FUNCTION IF EXISTS cutoff_guard_version()")


def _create_tables() -> None:
    op.create_table(
        "list",
        sa.Column("code", sa.String(63), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_list"),
    )
    op.create_table(
        "list_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_code", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file_kind", sa.String(5), nullable=False),
        sa.Column("base_version", sa.Integer()),
        sa.Column("parent_version", sa.Integer()),
        sa.Column("rollback_to", sa.Integer()),
        sa.Column("list_name", sa.Text()),
        sa.Column("list_issuer", sa.Text(), nullable=False),
        sa.Column("uploader_org", sa.Text()),
        sa.Column("issuing_doc_no", sa.Text()),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("jurisdiction_code", sa.String(6), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("categories", JsonText(), nullable=False),
        sa.Column("findings", JsonText(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("checker", sa.Text()),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("activate_at", UtcDateTime()),
        sa.Column("activated_at", UtcDateTime()),
        sa.Column("known_from", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_list_version"),
        sa.ForeignKeyConstraint(["list_code"], ["list.code"], name="fk_list_version_list_code_list"),
        sa.UniqueConstraint("list_code", "version", name="uq_list_version_list_code_version"),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'scheduled', 'active', 'superseded', 'rejected', 'withdrawn')",
            name="ck_list_version_state",
        ),
        sa.CheckConstraint("file_kind IN ('FULL', 'DELTA')", name="ck_list_version_file_kind"),
        sa.CheckConstraint("checker IS NULL OR checker <> maker", name="ck_list_version_four_eyes"),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'scheduled', 'active', 'superseded') OR checker IS NOT NULL",
            name="ck_list_version_checked",
        ),
        sa.CheckConstraint(
            "(state IN ('active', 'superseded')) = (known_from IS NOT NULL AND activated_at IS NOT NULL)",
            name="ck_list_version_known",
        ),
        sa.CheckConstraint("state <> 'scheduled' OR activate_at IS NOT NULL", name="ck_list_version_scheduled"),
    )
    op.create_index(
        "uq_list_version_active",
        "list_version",
        ["list_code"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("ix_list_version_state", "list_version", ["state"])
    op.create_table(
        "list_entry",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "external_id", sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("row", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "external_id", name="pk_list_entry"),
        sa.ForeignKeyConstraint(["version_id"], ["list_version.id"], name="fk_list_entry_version_id_list_version"),
    )
    op.create_index("ix_list_entry_entity_id", "list_entry", ["entity_id"])
    op.create_table(
        "list_file",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_list_file"),
        sa.ForeignKeyConstraint(["version_id"], ["list_version.id"], name="fk_list_file_version_id_list_version"),
    )
    op.create_table(
        "list_version_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("os_user", sa.Text()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_list_version_event"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["list_version.id"], name="fk_list_version_event_version_id_list_version"
        ),
    )
    op.create_index("ix_list_version_event_version_id", "list_version_event", ["version_id"])


def _guard_sqlite() -> None:
    for table in (*APPEND_ONLY, "list"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER list_version_no_delete BEFORE DELETE ON list_version "
        "BEGIN SELECT RAISE(ABORT, 'list_version is append-only'); END"
    )
    fixed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FIXED)
    once = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in ONCE)
    op.execute(
        f"CREATE TRIGGER list_version_guard BEFORE UPDATE ON list_version "
        f"WHEN {fixed} OR (OLD.known_from IS NOT NULL AND ({once})) "
        f"BEGIN SELECT RAISE(ABORT, 'what a list version says never changes'); END"
    )


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION cutoff_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in (*APPEND_ONLY, "list"):
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION cutoff_refuse_change()"
        )
    for table in (*APPEND_ONLY, "list", "list_version"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION cutoff_refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER list_version_no_delete BEFORE DELETE ON list_version "
        "FOR EACH ROW EXECUTE FUNCTION cutoff_refuse_change()"
    )
    fixed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FIXED)
    once = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in ONCE)
    op.execute(
        "CREATE FUNCTION cutoff_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {fixed} OR (OLD.known_from IS NOT NULL AND ({once})) THEN "
        "RAISE EXCEPTION 'what a list version says never changes' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER list_version_guard BEFORE UPDATE ON list_version "
        "FOR EACH ROW EXECUTE FUNCTION cutoff_guard_version()"
    )
