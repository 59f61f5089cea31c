"""What a file says of itself as a whole, for tests that are about its rows."""

from datetime import datetime

from app.watchlists.layout.file_header import FileHeader


def header_of(now: datetime, kind: str = "FULL", jurisdiction: str = "350000") -> FileHeader:
    """Return the header of a file that was issued, and takes effect, on the day on which it is received."""
    day = now.date()
    return FileHeader(
        file_kind=kind,
        list_name=None,
        list_issuer="示例",
        uploader_org=None,
        issuing_doc_no=None,
        issued_on=day,
        effective_on=day,
        received_at=now,
        jurisdiction=jurisdiction,
        base_version=None,
        row_count=None,
    )
