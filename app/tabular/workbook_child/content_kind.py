"""What a content is by its first bytes, whatever its file is called; light enough for every start of a command."""

import re
from typing import Final

_MARKUP_BYTES: Final = 64
_HEAD_BYTES: Final = 1 << 12
_BLANKS: Final = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_FIRST_FIELD: Final = re.compile(
    rb"(?:mime-version|from|subject|date|content-type|x-document-type|snapshot-content-location):", re.IGNORECASE
)
_RELATED: Final = re.compile(rb"content-type:\s{0,8}multipart/related", re.IGNORECASE)


def is_markup(data: bytes) -> bool:
    """Whether a content is HTML or XML."""
    return data[:_MARKUP_BYTES].lstrip(_BLANKS).startswith(b"<")


def is_page_archive(data: bytes) -> bool:
    """Whether a content is pages in one file (MHTML): the fields of a message come first, and it has related parts."""
    head = data[:_HEAD_BYTES].lstrip(_BLANKS)
    return bool(_FIRST_FIELD.match(head) and _RELATED.search(head))
