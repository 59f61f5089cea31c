"""Recorded screenings, rule versions and idempotency keys.

Revision ID: 0003_screening
Revises: 0002_access
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0003_screening"
down_revision = "0002_access"
branch_labels = None
depends_on = None

APPEND_ONLY = ("rule_version", "screening", "screening_entity", "screening_identifier", "idempotency_key")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "rule_version",
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("content", JsonText(), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_version")),
    )
    op.create_table(
        "screening",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(200), nullable=True),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("outcome", sa.String(6), nullable=False),
        sa.Column("hindsight_outcome", sa.String(6), nullable=False),
        sa.Column("service", sa.String(30), nullable=False),
        sa.Column("service_local_date", sa.Date(), nullable=False),
        sa.Column("known_at", UtcDateTime(), nullable=False),
        sa.Column("screened_at", UtcDateTime(), nullable=False),
        sa.Column("rule_version", sa.String(80), nullable=False),
        sa.Column("engine_version", sa.String(80), nullable=False),
        sa.Column("request", JsonText(), nullable=False),
        sa.Column("circumstances", JsonText(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.CheckConstraint("outcome IN ('PASS', 'REVIEW', 'BLOCK')", name=op.f("ck_screening_outcome")),
        sa.ForeignKeyConstraint(
            ["rule_version"], ["rule_version.version"], name=op.f("fk_screening_rule_version_rule_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
    )
    op.create_index("ix_screening_client_screened_at_id", "screening", ["client", "screened_at", "id"])
    op.create_index("ix_screening_screened_at_id", "screening", ["screened_at", "id"])
    op.create_index("ix_screening_reference", "screening", ["reference"])
    op.create_index("ix_screening_name_key", "screening", ["name_key"])
    op.create_table(
        "screening_entity",
        sa.Column("screening_id", sa.String(36), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screening.id"], name=op.f("fk_screening_entity_screening_id_screening")
        ),
        sa.PrimaryKeyConstraint("screening_id", "entity_id", name=op.f("pk_screening_entity")),
    )
    op.create_index("ix_screening_entity_entity_id_screening_id", "screening_entity", ["entity_id", "screening_id"])
    op.create_table(
        "screening_identifier",
        sa.Column("screening_id", sa.String(36), nullable=False),
        sa.Column("scheme", sa.String(20), nullable=False),
        sa.Column("value", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screening.id"], name=op.f("fk_screening_identifier_screening_id_screening")
        ),
        sa.PrimaryKeyConstraint("screening_id", "scheme", "value", name=op.f("pk_screening_identifier")),
    )
    op.create_index(
        "ix_screening_identifier_scheme_value_screening_id",
        "screening_identifier",
        ["scheme", "value", "screening_id"],
    )
    op.create_table(
        "idempotency_key",
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("route", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client", "route", "key", name=op.f("pk_idempotency_key")),
    )
    _append_only()


def _append_only() -> None:
    """Refuse every change of what was recorded, also to whoever has the database's own tools."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION cutoff_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
        )


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION cutoff_append_only()")
