"""The table of legal holds, private to this package."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class LegalHold(Base):
    """That the decisions of a client, of a month or one of them stay where they are, until it is lifted."""

    __tablename__ = "legal_hold"
    __table_args__ = (CheckConstraint("scope IN ('CLIENT', 'MONTH', 'SCREENING')", name="scope"),)

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scope: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(400))
    set_by: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(200))
    lifted_with: Mapped[str | None] = mapped_column(String(200))
    lift_reason: Mapped[str | None] = mapped_column(String(400))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
