"""Escaped, reversed and damaged names."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.names.encoded import MOJIBAKE, decoded, is_damaged, without_damage

NAME = "福建示例大宗商品交易中心有限公司"
_NAMES = st.text(
    st.sampled_from("福建厦门泉州示例样本大宗商品交易中心有限公司贸易实业发展股份"), min_size=4, max_size=30
)

WRITTEN = {
    "reversed": lambda name: f"\u202e{name[::-1]}\u202c",
    "reversed to the end": lambda name: f"\u202e{name[::-1]}",
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
    "GB18030 as Latin-1": lambda name: name.encode("gb18030").decode("latin-1"),
}


NOTATIONS = frozenset(WRITTEN) - {"reversed to the end", "UTF-8 as Latin-1", "GB18030 as Latin-1"}
"""Ways that are known inside of other texts too."""

LONG = frozenset({"base64", "hexadecimal", "hexadecimal, GB18030", "octal bytes", "UTF-7"})
"""Ways in which a name of few characters may be something else."""


def _base64(name: str) -> str:
    return base64.b64encode(name.encode()).decode()


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
