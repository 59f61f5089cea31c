"""Encodings are told line by line: nothing is read as other characters, damage is told apart from other encodings."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tabular import encodings
from app.tabular.encodings import LineState, read_line
from app.tabular.text_file import decoded
from app.tabular.unreadable import Unreadable

NAMES = [
    "福建示例大宗商品交易中心有限公司",
    "厦门样本贵金属经营有限公司",
    "泉州示例邮币卡交易所股份有限公司",
    "联通示例样本网络科技有限公司",
]
LINES = [f"FJ-{number},{name},2017-03-15\n" for number, name in enumerate(NAMES * 5)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "gb2312"]
)
def test_a_file_is_read_in_its_encoding(encoding: str) -> None:
    found = decoded("".join(LINES).encode(encoding))
    assert found.text == "".join(LINES)
    assert not found.doubts


@pytest.mark.parametrize(("most", "few"), [("gb18030", "utf-8"), ("utf-8", "gb18030")])
def test_lines_in_another_encoding_are_read_in_theirs_and_named(most: str, few: str) -> None:
    data = b"".join(line.encode(few if place in (3, 11) else most) for place, line in enumerate(LINES))
    found = decoded(data)
    assert found.text == "".join(LINES)
    (doubt,) = found.doubts
    assert doubt.code == "ENCODING_MIXED"
    assert "4、12" in doubt.text_zh


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_damaged_place_is_no_damaged_file(encoding: str) -> None:
    data = "".join(LINES).encode(encoding)
    broken = LINES[0].encode(encoding)[:-16] + b"\xff\n"  # half a character, and a byte that is none
    found = decoded(data + broken + data)
    assert found.text.count(encodings.DAMAGED) >= 1
    assert sum(encodings.DAMAGED in line for line in found.text.splitlines()) == 1


def test_a_file_of_damage_is_refused() -> None:
    with pytest.raises(Unreadable):
        decoded(b"".join(bytes((255, 254 - place % 4, 250, 10)) for place in range(1, 40)))


def test_the_euro_sign_of_code_page_936_is_no_damage() -> None:
    line = "注册资本100".encode("gbk") + b"\x80" + "万元".encode("gbk")
    assert read_line(line, "gb18030") == encodings.TextLine("注册资本100€万元", LineState.CLEAN, "gb18030")


def test_characters_of_private_use_are_doubtful() -> None:
    assert read_line(b"\xaa\xa1\xb9\xab\xcb\xbe", "gb18030").state is LineState.PRIVATE


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=30))
def test_no_line_of_utf_8_is_read_as_gb18030(text: str) -> None:
    found = read_line(text.encode(), "gb18030")
    assert (found.text, found.state) == (text, LineState.OTHER)


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "gb18030", "big5"]))
def test_any_line_is_read_and_says_how(line: bytes, encoding: str) -> None:
    found = read_line(line, encoding)
    assert encodings.is_doubtful_line(line, encoding) == (found.state is not LineState.CLEAN)
    if found.state is LineState.CLEAN:
        assert encodings.DAMAGED not in found.text


@pytest.mark.parametrize("name", NAMES)
def test_mojibake_is_told(name: str) -> None:
    assert encodings.untangled(name) is None
    assert encodings.untangled(name.encode().decode("latin-1")) == name
    assert encodings.untangled(name.encode("gb2312").decode("latin-1")) == name
    garbled = name.encode().decode("gb18030", "replace")
    if encodings.DAMAGED not in garbled:
        assert encodings.untangled(garbled) == name


def test_marks_are_known() -> None:
    assert encodings.marked_encoding(codecs.BOM_UTF8 + b"x") == ("utf-8", 3)
    assert encodings.marked_encoding(b"x") is None
