"""Escaped, reversed and damaged names."""

import base64
import functools
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.names.encoded import MOJIBAKE, decoded, is_damaged, without_damage
from app.names.fold import fold

NAME = "福建示例大宗商品交易中心有限公司"
_NAMES = st.text(
    st.sampled_from("福建厦门泉州示例样本大宗商品交易中心有限公司贸易实业发展股份"), min_size=4, max_size=30
)
_INK = st.characters(min_codepoint=0x21, exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"])
_FILLERS = st.text(_INK, min_size=1, max_size=8)

WRITTEN = {
    "reversed": lambda name: f"\u202e{name[::-1]}\u202c",
    "reversed to the end": lambda name: f"\u202e{name[::-1]}",
    "reversed by two marks": lambda name: f"\u202e\u202e{name[::-1]}",
    "decimal entities": lambda name: "".join(f"&#{ord(char)};" for char in name),
    "hexadecimal entities": lambda name: "".join(f"&#x{ord(char):X};" for char in name),
    "entities of entities": lambda name: "".join(f"&amp;#{ord(char)};" for char in name),
    "escapes": lambda name: name.encode("unicode_escape").decode(),
    "percent, UTF-8": lambda name: "".join(f"%{byte:02X}" for byte in name.encode()),
    "percent, GB18030": lambda name: "".join(f"%{byte:02x}" for byte in name.encode("gb18030")),
    "tags": lambda name: f"{name[:2]}<br>{name[2:-1]}<b>{name[-1]}</b>",
    "an encoded word of mail": lambda name: f"=?UTF-8?B?{_base64(name)}?=",
    "an encoded word of mail, quoted": lambda name: f"=?gb2312?Q?{_quoted(name, 'gb18030')}?=",
    "encoded words, folded": lambda name: f"=?utf-8?b?{_base64(name[:2])}?= =?utf-8?b?{_base64(name[2:])}?=",
    "quoted-printable": lambda name: _quoted(name, "utf-8"),
    "quoted-printable, GB18030": lambda name: _quoted(name, "gb18030"),
    "UTF-7": lambda name: name.encode("utf-7").decode(),
    "base64": lambda name: _base64(name).rstrip("="),
    "hexadecimal": lambda name: name.encode().hex(),
    "hexadecimal, GB18030": lambda name: f"0x{name.encode('gb18030').hex().upper()}",
    "code points": lambda name: " ".join(f"U+{ord(char):04X}" for char in name),
    "escapes without a backslash": lambda name: "".join(f"u{ord(char):04x}" for char in name),
    "escapes of style sheets": lambda name: "".join(f"\\{ord(char):04x} " for char in name).strip(),
    "escapes of workbooks": lambda name: "".join(f"_x{ord(char):04X}_" for char in name),
    "octal bytes": lambda name: "".join(f"\\{byte:03o}" for byte in name.encode()),
    "decimal entities without an end": lambda name: "".join(f"&#{ord(char)}" for char in name),
    "HZ": lambda name: name.encode("hz").decode(),
    "UTF-8 as Latin-1": lambda name: name.encode().decode("latin-1"),
    "braced escapes, filled up": lambda name: "".join(f"\\u{{00{ord(char):04x}}}" for char in name),
    "braced escapes of Perl": lambda name: "".join(f"\\x{{{ord(char):x}}}" for char in name),
    "long escapes of style sheets": lambda name: "".join(f"\\{ord(char):06x}" for char in name),
    "named escapes": lambda name: "".join(f"\\N{{U+{ord(char):04X}}}" for char in name),
    "entities, full width": lambda name: "".join(f"＆＃{ord(char)}；" for char in name),
    "entities, filled up": lambda name: "".join(f"&#{ord(char):09d};" for char in name),
    "percent, full width": lambda name: "".join(f"％{byte:02X}" for byte in name.encode()),
    "percent, five times": lambda name: functools.reduce(lambda text, _: quote(text), range(5), name),
    "every other character as a code point": lambda name: _alternating(name, "U+{:04X}"),
    "every other character as in workbooks": lambda name: _alternating(name, "_x{:04X}_"),
    "every other character as in style sheets": lambda name: _alternating(name, "\\{:04x} "),
    "every other character as an entity without an end": lambda name: _alternating(name, "&#{:d}"),
    "comments": "<!--广告-->".join,
    "sections of XML": "<![CDATA[]]>".join,
    "tags, full width": "＜br＞".join,
    "line breaks as programs write them": "\\r\\n".join,
    "zeros as URLs write them": "%00".join,
    "base64 twice": lambda name: _base64(_base64(name)),
    "percent in base64": lambda name: _base64("".join(f"%{byte:02X}" for byte in name.encode())),
    "escapes in base64": lambda name: _base64(name.encode("unicode_escape").decode()),
    "entities in base64": lambda name: _base64("".join(f"&#{ord(char)};" for char in name)),
    "hexadecimal in base64": lambda name: _base64(name.encode().hex()),
    "base64 in hexadecimal": lambda name: _base64(name).encode().hex(),
    "GB18030 as Latin-1": lambda name: name.encode("gb18030").decode("latin-1"),
}


NOTATIONS = frozenset(WRITTEN) - {"reversed to the end", "UTF-8 as Latin-1", "GB18030 as Latin-1"}
"""Ways that are known inside of other texts too."""

LONG = frozenset(
    {
        *("base64", "hexadecimal", "hexadecimal, GB18030", "octal bytes", "UTF-7", "base64 twice", "percent in base64"),
        *("escapes in base64", "entities in base64", "hexadecimal in base64", "base64 in hexadecimal", "comments"),
        *("sections of XML", "tags, full width", "line breaks as programs write them", "zeros as URLs write them"),
    }
)
"""Ways in which a name of few characters may be something else."""


def _base64(name: str) -> str:
    return base64.b64encode(name.encode()).decode()


def _alternating(name: str, form: str) -> str:
    return "".join(form.format(ord(char)) if at % 2 else char for at, char in enumerate(name))


def _quoted(name: str, encoding: str) -> str:
    return "".join(f"={byte:02X}" for byte in name.encode(encoding))


@pytest.mark.parametrize("way", WRITTEN)
@given(name=_NAMES)
def test_what_surely_means_one_text_is_read_as_it(way: str, name: str) -> None:
    if way in LONG:
        name += name + NAME
    written = WRITTEN[way](name)
    assert decoded(written) == name
    if way in NOTATIONS:
        assert name in decoded(f"付款 {written} 货款")


@given(_NAMES)
def test_letters_between_all_characters_are_left_away(name: str) -> None:
    name += NAME
    assert decoded("a".join(name)) == name


@given(_NAMES, _FILLERS)
def test_what_is_the_same_between_all_characters_is_left_away(name: str, filler: str) -> None:
    name += NAME
    left = decoded(filler.join(name))
    assert "".join(re.findall("[\u3400-\u9fff]", filler)) or fold(left) == fold(name) or is_damaged(left)


@pytest.mark.parametrize("between", ["\u200b", "\u2060", "\ufe0f", " ", ".", "-"])
def test_a_code_whose_characters_stand_apart_is_brought_together(between: str) -> None:
    code = "Y1350100DEM000014U"
    assert decoded(f"货款 {between.join(code)} 尾款") == f"货款 {code} 尾款"


@given(_NAMES)
def test_utf8_that_was_read_as_gb18030_is_read_anew_or_damaged(name: str) -> None:
    wrong = name.encode().decode("gb18030", "replace")
    found = decoded(wrong)
    # The bytes of a last character that was cut may become another one.
    assert found == name or is_damaged(found) or found.startswith(name[:-1])


@given(_NAMES)
def test_plain_names_stay_and_are_whole(name: str) -> None:
    assert decoded(name) == name
    assert not is_damaged(name)


@pytest.mark.parametrize(
    "name",
    [
        "AT&T Inc",
        "100%AB石材",
        "Café René",
        "甲<乙",
        "a\\b公司",
        "样本?",
        "Société Générale",
        "SampleInternationalHoldings",
        "com.sample.trade",
        "6222000000000000149",
        "BQS样汇",
        "T+0云订货",
        "卡拉OK样K歌",
        "A=B",
    ],
)
def test_names_of_people_stay(name: str) -> None:
    assert decoded(name) == name
    assert not is_damaged(name)


@pytest.mark.parametrize("lost", ["\ufffd", "\ue015", "??", "？？"])
@given(at=st.integers(1, len(NAME) - 1))
def test_lost_characters_are_damage(lost: str, at: int) -> None:
    text = NAME[:at] + lost + NAME[at + 1 :]
    assert is_damaged(text)
    assert without_damage(text) == NAME[:at] + NAME[at + 1 :]


def test_the_pattern_of_mojibake_meets_no_ordinary_name() -> None:
    assert not re.search(MOJIBAKE, NAME)
    assert re.search(MOJIBAKE, NAME.encode().decode("gb18030", "replace"))


def test_markup_that_says_something_itself_is_kept() -> None:
    for text in ("<img src=x onerror=window.harm=1>", '<a title="福建示例交易中心">', "<b></b>"):
        assert decoded(text) == text
    assert decoded("福建<br/>示例<b class=x>交易</b>中心") == "福建示例交易中心"
