"""Clients as rows, and what a key's life needs: scopes, last use, successor.

Revision ID: 0008_people_and_clients
Revises: 0007_book
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0008_people_and_clients"
down_revision = "0007_book"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of clients, with a row for every client that has a key, and extend the keys."""
    op.create_table(
        "client",
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_client")),
    )
    op.execute(
        "INSERT INTO client (code, name, created_at) "
        "SELECT client, client, MIN(created_at) FROM api_key GROUP BY client"
    )
    op.add_column("api_key", sa.Column("scopes", JsonText(), nullable=True))
    op.add_column("api_key", sa.Column("last_used_at", UtcDateTime(), nullable=True))
    op.add_column("api_key", sa.Column("successor_id", sa.String(36), nullable=True))


def downgrade() -> None:
    """Drop the table and the columns."""
    for column in ("successor_id", "last_used_at", "scopes"):
        op.drop_column("api_key", column)
    op.drop_table("client")
