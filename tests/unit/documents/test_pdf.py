"""Documents: the same bytes each time, no text becomes markup, no character is lost without a word."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from app.documents.fonts import Font, chinese_font
from app.documents.pdf import attachment_name, make_pdf, printable
from app.errors import Unavailable

DATED = datetime(2017, 6, 30, 1, 2, 3, tzinfo=UTC)
_MARGIN = 56
"""Two centimetres, in points."""

FONT = Font("some", Path(), frozenset(map(ord, "福建a〔〕U+0123456789ABCDEF")))


def test_a_character_that_the_font_lacks_is_printed_as_its_code_point() -> None:
    assert printable({"a": ["福𬭎建", 1, None]}, FONT) == {"a": ["福〔U+2CB4E〕建", 1, None]}


def test_a_folder_without_fonts_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_text("no font")
    with pytest.raises(Unavailable, match="CUTOFF_FONT_DIR"):
        chinese_font(tmp_path)


def test_a_name_of_a_file_carries_no_signs() -> None:
    assert attachment_name("certificate", 'a"\r\nb/../c') == "certificate-a_b_.._c"


def _sections(name: str) -> dict[str, object]:
    return {
        "title_zh": "筛查证明",
        "title_en": "Certificate",
        "id": "1",
        "sections": [{"title": "决定", "rows": [["名称", name]]}],
        "proof_title": "证明",
        "proof_note": "note",
        "proof_lines": ["— a b"],
    }


@pytest.mark.parametrize(
    "name", ["a" * 400, "0123456789abcdef" * 20, "x.y/z-" * 60, "福建" * 150, "W" * 300, "福建" + "W" * 90]
)
def test_nothing_runs_off_the_page(name: str) -> None:
    page = PdfDocument(make_pdf("certificate", _sections(name), dated=DATED, attached="{}"))[0]
    text = page.get_textpage()
    boxes = [text.get_charbox(i) for i in range(text.count_chars())]
    assert len(boxes) > len(name)
    assert max(right for _, _, right, _ in boxes) <= page.get_width() - _MARGIN
    assert min(left for left, _, _, _ in boxes) >= _MARGIN - 1


def test_the_same_data_give_the_same_bytes_and_markup_stays_text() -> None:
    try:
        chinese_font(None)
    except Unavailable:
        pytest.skip("no font for Chinese on the machine")
    data = _sections('#panic("x") $ *b* _i_ `c` <l> @r = h 2017年6月30日 𬭎㛃𠮷')
    first = make_pdf("certificate", data, dated=DATED, attached="{}")
    assert first.startswith(b"%PDF-")
    assert first == make_pdf("certificate", data, dated=DATED, attached="{}")
    assert first != make_pdf("certificate", _sections("别的"), dated=DATED, attached="{}")
