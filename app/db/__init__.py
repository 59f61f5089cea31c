"""The database: one engine, sessions that say whether they may write, and the columns all tables share."""

from app.db.engine import Database, ReadSession, WriteSession
from app.db.tables import Base, JsonText, UtcDateTime, compact_json
from app.json_string import JsonString

__all__ = [
    "Base",
    "Database",
    "JsonString",
    "JsonText",
    "ReadSession",
    "UtcDateTime",
    "WriteSession",
    "compact_json",
]
