"""Jobs and their chunks; bulk runs and their findings.

Revision ID: 0004_jobs
Revises: 0003_screening
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0004_jobs"
down_revision = "0003_screening"
branch_labels = None
depends_on = None

APPEND_ONLY = ("bulk_run", "bulk_finding")


def upgrade() -> None:
    """Create the tables."""
    _queue()
    _runs()
    _append_only()


def _queue() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("memo", JsonText(), nullable=True),
        sa.Column("result", JsonText(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("units_total", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_client_created_at", "job", ["client", "created_at"])
    op.create_index("ix_job_state_created_at", "job", ["state", "created_at"])
    op.create_table(
        "chunk",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(100), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("result", JsonText(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('WAITING', 'CLAIMED', 'DONE')", name=op.f("ck_chunk_state")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_chunk_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", "no", name=op.f("pk_chunk")),
    )
    op.create_index("ix_chunk_state_lease_until", "chunk", ["state", "lease_until"])


def _runs() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("input_name", sa.String(400), nullable=False),
        sa.Column("input_sha256", sa.String(64), nullable=False),
        sa.Column("output_name", sa.String(400), nullable=False),
        sa.Column("output_sha256", sa.String(64), nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("basis", JsonText(), nullable=False),
        sa.Column("counts", JsonText(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
    )
    op.create_index("ix_bulk_run_client_finished_at", "bulk_run", ["client", "finished_at"])
    op.create_table(
        "bulk_finding",
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(6), nullable=False),
        sa.Column("screening_id", sa.String(36), nullable=True),
        sa.CheckConstraint("outcome IN ('REVIEW', 'BLOCK')", name=op.f("ck_bulk_finding_outcome")),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name=op.f("fk_bulk_finding_run_id_bulk_run")),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screening.id"], name=op.f("fk_bulk_finding_screening_id_screening")
        ),
        sa.PrimaryKeyConstraint("run_id", "no", name=op.f("pk_bulk_finding")),
    )
    op.create_index("ix_bulk_finding_screening_id", "bulk_finding", ["screening_id"])


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
    """Drop the tables."""
    for table in ("bulk_finding", "bulk_run", "chunk", "job"):
        op.drop_table(table)
