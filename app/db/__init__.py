"""The database: one engine, sessions that say whether they may write, and the columns all tables share."""

from app.db.engine import Database, ReadSession, WriteSession
from app.db.tables import Base, JsonText, UtcDateTime

__all__ = ["Base", "Database", "JsonText", "ReadSession", "UtcDateTime", "WriteSession"]
