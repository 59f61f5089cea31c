"""Files that analysts add to alerts: their bytes, append-only, each of one client.

Revision ID: 0016_attachments
Revises: 0015_first_answers
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0016_attachments"
down_revision = "0015_first_answers"
branch_labels = None
depends_on = None

TABLE = "alert_attachment"
_RULE = "current_setting('cutoff.client', true) IN ('*', client)"


def upgrade() -> None:
    """Create the table, append-only, and on PostgreSQL with row-level security."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_attachment")),
        sa.UniqueConstraint("client", "alert_id", "sha256", name=op.f("uq_alert_attachment_client_alert_id_sha256")),
        sa.UniqueConstraint("client", "alert_id", "no", name=op.f("uq_alert_attachment_client_alert_id_no")),
    )
    # Sums by client read this alone, and never the rows that hold the files.
    op.create_index("ix_alert_attachment_client_size", TABLE, ["client", "size"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
    )
    # Most of these files are compressed already.
    op.execute(f"ALTER TABLE {TABLE} ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {TABLE}_of_client ON {TABLE} USING ({_RULE}) WITH CHECK ({_RULE})")


def downgrade() -> None:
    """Drop the table; the files in it are lost."""
    op.drop_table(TABLE)
