"""What a file is that somebody adds to an alert: told by its content, never by its name, and named safely.

Taken are PDF, OFD (GB/T 33190), pictures, workbooks without macros, and plain text.  Nothing is unpacked or drawn: of
an archive only the names of its parts are read.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from app.errors import Fault, Invalid

NAME_CHARS_MAX: Final = 120
"""Longest name that is kept, in characters; of a longer one its beginning and its ending are."""
_PARTS_MAX: Final = 20_000
_NAME_SENT_MAX: Final = 4_096
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_MACROS: Final = "vbaproject"
_FOLDERS: Final = re.compile(r"[/\\]")
_RESERVED: Final = re.compile(r'[<>:"|?*]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_NOT_QUOTED: Final = str.maketrans({"?": "_", '"': "_", "\\": "_", "%": "_"})
_NOT_IN_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A kind of file: what it is called on the wire, and the endings that its names may have, the usual one first."""

    media_type: str
    endings: tuple[str, ...]


PDF: Final = FileKind(media_type="application/pdf", endings=(".pdf",))
OFD: Final = FileKind(media_type="application/ofd", endings=(".ofd",))
PNG: Final = FileKind(media_type="image/png", endings=(".png",))
JPEG: Final = FileKind(media_type="image/jpeg", endings=(".jpg", ".jpeg"))
GIF: Final = FileKind(media_type="image/gif", endings=(".gif",))
TIFF: Final = FileKind(media_type="image/tiff", endings=(".tif", ".tiff"))
WEBP: Final = FileKind(media_type="image/webp", endings=(".webp",))
XLSX: Final = FileKind(
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", endings=(".xlsx",)
)
XLS: Final = FileKind(media_type="application/vnd.ms-excel", endings=(".xls", ".et"))
# Not .csv: a spreadsheet would compute what begins with "=".
TEXT: Final = FileKind(media_type="text/plain", endings=(".txt", ".md", ".log"))
KINDS: Final = (PDF, OFD, PNG, JPEG, GIF, TIFF, WEBP, XLSX, XLS, TEXT)
_FIRST_BYTES: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file that may be added: its safe name, kind and SHA-256."""

    name: str
    kind: FileKind
    sha256: str
    content: bytes


def attached_file(name: str, content: bytes) -> AttachedFile:
    """Return a file as it may be kept.

    Raises :class:`Invalid` ``empty-input``, ``attachment-type`` or ``attachment-name``.
    """
    if not content:
        raise _refused("empty-input", "文件为空 / the file is empty")
    kind = kind_of(content)
    if kind is None:
        raise _refused(
            "attachment-type",
            "内容不是 PDF、OFD、图片、不含宏的工作簿或纯文本 / "
            "the content is no PDF, OFD, picture, workbook without macros, or plain text",
        )
    digest = hashlib.sha256(content).hexdigest()
    return AttachedFile(name=safe_name(name, kind), kind=kind, sha256=digest, content=content)


def kind_of(content: bytes) -> FileKind | None:
    """Return what kind of file a content is; None for one that is not taken."""
    for first, kind in _FIRST_BYTES:
        if content.startswith(first):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(_ZIP):
        return _kind_of_archive(content)
    if content.startswith(_OLE2):
        return XLS if _has_entry(content, "Workbook") and not _has_entry(content, "_VBA_PROJECT") else None
    return TEXT if _is_text(content) else None


def safe_name(name: str, kind: FileKind) -> str:
    """Return a name that every system can store and nobody misreads, with an ending of its kind.

    Folders, control and format characters (among them those that turn the direction of writing) and what file systems
    reserve are taken out.  Raises :class:`Invalid` where nothing is left.
    """
    last = _FOLDERS.split(name[:_NAME_SENT_MAX])[-1]
    visible = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C")
    tidy = " ".join(_RESERVED.sub("_", visible).split()).strip(". ")
    if not any(one.isalnum() for one in tidy):
        raise _refused("attachment-name", "文件名没有可用的字符 / the name has no character that can be kept")
    if _DEVICES.fullmatch(tidy):
        tidy = f"_{tidy}"
    ending = next((one for one in kind.endings if tidy.lower().endswith(one)), "")
    stem = tidy[: len(tidy) - len(ending)].rstrip(". ") or "_"
    ending = ending or kind.endings[0]
    return stem[: NAME_CHARS_MAX - len(ending)].rstrip(". ") + ending


def disposition(name: str) -> str:
    """Return the ``Content-Disposition`` of a download (RFC 6266, with the name as RFC 8187 writes it)."""
    plain = name.encode("ascii", "replace").decode().translate(_NOT_QUOTED)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _refused(code: str, message: str) -> Invalid:
    return Invalid(code, message, faults=[Fault("/file", code, message)])


def _kind_of_archive(content: bytes) -> FileKind | None:
    """Tell a workbook or an OFD by the parts that it has."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name.lower() for name in archive.namelist()[: _PARTS_MAX + 1]}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if len(parts) > _PARTS_MAX or any(_MACROS in name for name in parts):
        return None
    if {"[content_types].xml", "xl/workbook.xml"} <= parts:
        return XLSX
    return OFD if "ofd.xml" in parts else None


def _has_entry(content: bytes, name: str) -> bool:
    """Whether a compound file (MS-CFB) has a stream or storage of a name."""
    return f"{name}\0".encode("utf-16-le") in content


def _is_text(content: bytes) -> bool:
    """Whether a content is text in UTF-8, UTF-16 with a byte order mark, or GB18030."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else None
    for one in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            text = content.decode(one)
        except UnicodeDecodeError:
            continue
        if _NOT_IN_TEXT.search(text) is None:
            return True
    return False
