"""What may be added to an alert: told by content, and named so that nobody is deceived."""

import io
import unicodedata
import zipfile
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import Invalid
from app.monitoring.attachment_file import (
    KINDS,
    NAME_CHARS_MAX,
    OFD,
    PDF,
    PNG,
    TEXT,
    XLS,
    XLSX,
    FileKind,
    attached_file,
    disposition,
    kind_of,
    safe_name,
)

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def archive(*parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for part in parts:
            packed.writestr(part, "x")
    return made.getvalue()


def entry(name: str) -> bytes:
    return f"{name}\0".encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", PDF),
        (b"\x89PNG\r\n\x1a\n\0\0", PNG),
        (archive("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (archive("[content_types].XML", "XL/Workbook.xml"), XLSX),
        (archive("OFD.xml", "Doc_0/Document.xml"), OFD),
        (OLE2 + entry("Workbook"), XLS),
        ("电话核实，2017-07-03".encode(), TEXT),
        ("电话核实".encode("gb18030"), TEXT),
        ("电话核实".encode("utf-16"), TEXT),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, kind: FileKind) -> None:
    assert kind_of(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0\x03",
        b"\x7fELF\x02\x01",
        b"Rar!\x1a\x07\0",
        b"PK\x03\x04 cut off",
        archive("readme.txt"),
        archive("word/document.xml", "[Content_Types].xml"),
        archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        OLE2,
        OLE2 + entry("Workbook") + entry("_VBA_PROJECT"),
        "正文\0后".encode(),
        bytes(range(256)),
        b"\xff\xfe\x00\xd8",
    ],
)
def test_what_may_run_or_is_unknown_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        attached_file("报告.pdf", content)
    assert refused.value.code == "attachment-type"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("核实材料.pdf", "核实材料.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\zhang\\扫描件.PDF", "扫描件.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe.pdf"),
        ("a\0b\r\nX-Evil: 1.pdf", "abX-Evil_ 1.pdf"),
        ("report.html", "report.html.pdf"),
        ("con", "_con.pdf"),
        ("NUL.pdf", "_NUL.pdf"),
        (" .隐藏. ", "隐藏.pdf"),
        ('"引号".pdf', "_引号_.pdf"),
    ],
)
def test_names_are_made_safe(sent: str, kept: str) -> None:
    assert safe_name(sent, PDF) == kept


@pytest.mark.parametrize("sent", ["", "..", "\u202e\u200b", "/", "\\\0\\", "..."])
def test_a_name_of_which_nothing_is_left_is_refused(sent: str) -> None:
    with pytest.raises(Invalid) as refused:
        safe_name(sent, PDF)
    assert refused.value.code == "attachment-name"


@given(st.text(max_size=400), st.sampled_from(KINDS))
@example("长" * 300 + ".pdf", PDF)
@example(".pdf", PDF)
@example("..pdf", PDF)
def test_whatever_is_sent_as_a_name_is_safe_or_refused(sent: str, kind: FileKind) -> None:
    try:
        kept = safe_name(sent, kind)
    except Invalid:
        assert not any(one.isalnum() for one in sent[sent.replace("\\", "/").rfind("/") + 1 :])
        return
    assert 0 < len(kept) <= NAME_CHARS_MAX
    assert kept.lower().endswith(kind.endings)
    assert not set(kept) & set('/\\<>:"|?*\0')
    assert not any(unicodedata.category(one)[0] == "C" for one in kept)
    assert kept == kept.strip(". ")
    assert safe_name(kept, kind) == kept
    header = disposition(kept)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == kept


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        attached_file("空.txt", b"")
    assert refused.value.code == "empty-input"
