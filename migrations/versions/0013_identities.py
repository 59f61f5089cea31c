"""People of an identity provider, and when they last gave their credentials.

Revision ID: 0013_identities
Revises: 0012_worker
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0013_identities"
down_revision = "0012_worker"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("api_key", sa.Column("issuer", sa.String(200), nullable=True))
    op.create_index(
        "ix_api_key_issuer_subject_role_client", "api_key", ["issuer", "subject", "role", "client"], unique=True
    )
    op.add_column("console_session", sa.Column("authenticated_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("console_session", "authenticated_at")
    op.drop_index("ix_api_key_issuer_subject_role_client", "api_key")
    op.drop_column("api_key", "issuer")
