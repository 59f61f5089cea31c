"""Names in notations of programs and of wrong code pages: none is read as an unknown party; ordinary names stay."""

import base64
import contextlib
import gzip
import quopri
import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from asking import asked
from hypothesis import given, settings
from hypothesis import strategies as st
from watchlist_rows import VENUE, load

from app.bulk.rows.prefilter import _TO_BE_READ
from app.db import Database
from app.errors import Invalid
from app.names.encoded import decoded, is_damaged
from app.screening.garbled import have_unusual, is_garbled
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

NAMES = (
    "福建示例大宗商品交易中心有限公司",
    "厦门样本贵金属经营有限公司",
    "泉州示例邮币卡交易所股份有限公司",
    "漳州样本水产品现货批发交易中心有限责任公司",
    "宁德示例茶叶交易市场有限公司",
)


def _quoted_printable(data: bytes) -> str:
    return quopri.encodestring(data).decode().replace("=\n", "")


def _seven_bits(data: bytes) -> str:
    return bytes(byte & 0x7F for byte in data).decode()


WAYS: dict[str, Callable[[str], str]] = {
    "reversed": lambda name: name[::-1],
    "entities without an end": lambda name: "".join(f"&#{ord(char)}" for char in name),
    "long entities": lambda name: "".join(f"&#x0000{ord(char):X};" for char in name),
    "code points": lambda name: " ".join(f"U+{ord(char):04X}" for char in name),
    "numbers": lambda name: " ".join(f"0x{ord(char):04X}" for char in name),
    "octal": lambda name: "".join(f"\\{byte:03o}" for byte in name.encode()),
    "escaped twice": lambda name: name.encode("unicode_escape").decode().replace("\\", "\\\\"),
    "percent twice": lambda name: quote(quote(name)),
    "quoted-printable, UTF-8": lambda name: _quoted_printable(name.encode()),
    "quoted-printable, GB18030": lambda name: _quoted_printable(name.encode("gb18030")),
    "base64, UTF-8": lambda name: base64.b64encode(name.encode()).decode(),
    "base64, GB18030": lambda name: base64.b64encode(name.encode("gb18030")).decode(),
    "header of a mail": lambda name: f"=?UTF-8?B?{base64.b64encode(name.encode()).decode()}?=",
    "UTF-7": lambda name: name.encode("utf-7").decode(),
    "punycode": lambda name: f"xn--{name.encode('punycode').decode()}",
    "hexadecimal, UTF-8": lambda name: name.encode().hex(),
    "hexadecimal, GB18030": lambda name: name.encode("gb18030").hex().upper(),
    "hexadecimal, UTF-16": lambda name: name.encode("utf-16-be").hex(),
    "HZ": lambda name: name.encode("hz").decode(),
    "base32": lambda name: base64.b32encode(name.encode()).decode(),
    "base32, GB18030": lambda name: base64.b32encode(name.encode("gb18030")).decode(),
    "base85": lambda name: base64.b85encode(name.encode()).decode(),
    "ASCII85": lambda name: base64.a85encode(name.encode()).decode(),
    "zlib in base64": lambda name: base64.b64encode(zlib.compress(name.encode())).decode(),
    "gzip in base64": lambda name: base64.b64encode(gzip.compress(name.encode())).decode(),
    "encrypted": lambda name: base64.b64encode(bytes(byte ^ 0x5A for byte in name.encode())).decode(),
    "bytes apart": lambda name: name.encode().hex(" "),
    "bytes between colons": lambda name: name.encode("gb18030").hex(":"),
    "bytes in decimal": lambda name: ",".join(str(byte) for byte in name.encode("gb18030")),
    "bits": lambda name: " ".join(f"{byte:08b}" for byte in name.encode()),
    "codes in decimal": lambda name: " ".join(str(ord(char)) for char in name),
    "codes in hexadecimal": lambda name: " ".join(f"{ord(char):04x}" for char in name),
    "a call of a program": lambda name: f"String.fromCharCode({','.join(str(ord(char)) for char in name)})",
    "seven bits": lambda name: _seven_bits(name.encode("gb18030")),
    "masked": lambda name: f"{name[:4]}＊＊{name[6:]}",
    "shortened": lambda name: f"{name[:4]}…{name[6:]}",
    "read twice in a wrong encoding": lambda name: (
        name.encode("gb18030").decode("utf-8", "replace").encode().decode("gb18030", "replace")
    ),
    **{
        f"{right} as {wrong}": lambda name, right=right, wrong=wrong: name.encode(right).decode(wrong, "replace")
        for right in ("utf-8", "gb18030")
        for wrong in (
            *("cp866", "cp874", "cp1250", "cp1253", "iso8859_5", "mac_cyrillic"),
            *("cp437", "cp850", "cp1251", "cp1252", "koi8_r", "latin-1", "iso8859_15", "mac_roman", "big5"),
            *("shift_jis", "euc_kr", "utf-16-le", "utf-16-be"),
        )
    },
}
_ORDINARY = st.text(
    st.sampled_from("福建厦门泉州示例样本大宗商品交易中心有限公司贸易实业发展股份（）·ABCabc123 .&-"),
    min_size=1,
    max_size=40,
)


def test_there_are_many_ways() -> None:
    assert len(WAYS) * len(NAMES) >= 160


def _is_looked_at(written: str) -> bool:
    """Whether a name of a book is looked at by itself, and not passed over with its column."""
    matches = pc.match_substring_regex(pa.array([written]), _TO_BE_READ)[0].as_py()
    return bool(matches or have_unusual([written])[0])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_read_is_told(way: str, name: str) -> None:
    written = WAYS[way](name)
    read = decoded(written)
    assert name in read.replace("\\", "") or is_damaged(read) or is_garbled(read)
    # What is told by one name is not passed over where a book is judged by whole columns.
    assert read == written or _is_looked_at(written)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_garbled_is_looked_at_in_a_book(way: str, name: str) -> None:
    written = WAYS[way](name)
    if is_garbled(written):
        assert _is_looked_at(written)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Zs", "Cc"]), min_size=1, max_size=24))
def test_what_is_between_all_characters_of_a_name_is_looked_at_in_a_book(filler: str) -> None:
    written = filler.join(NAMES[0])
    assert decoded(written) == written or _is_looked_at(written)


def test_unusual_characters_are_counted_in_each_text() -> None:
    usual, unusual = "福建示例（A-1）", "Áé\U0001f600"
    texts = [
        "",
        usual,
        unusual,
        f"{usual}{unusual[:2]}",
        f"{unusual}{usual}",
        "",
        unusual[:2],
        unusual[:1],
        "\ud800" * 3,
    ]
    assert have_unusual(texts).tolist() == [False, False, True, False, True, False, False, False, True]
    assert have_unusual([]).tolist() == []


@settings(deadline=None)
@given(_ORDINARY)
def test_ordinary_names_are_not_garbled(name: str) -> None:
    if not name.startswith(("司公", "心中易交", "所易交", "场市易交")) and "..." not in name:
        assert not is_garbled(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "AT&T Inc",
            "Café René",
            "Société Générale",
            "INTERNATIONALTRADINGCOMPANY",
            "ABCDEF1234567890",
            "Ünïcödé GmbH",
        ),
        *(
            "甲*乙公司",
            "C++ 软件",
            "国立新竹銀行",
            "鑫喆堃贸易有限公司",
            "株式会社サンプル",
            "ООО Пример",
            "서울상사",
            "O'Neil & Sons",
        ),
        *(
            "9135010000000000XX",
            "6222020000000000001",
            "臺灣銀行股份有限公司",
            "香港滙豐控股有限公司",
            "Yes! 商行",
            "示例#1店",
        ),
    ],
)
def test_names_of_people_and_firms_are_not_garbled(name: str) -> None:
    assert not is_garbled(name)


@pytest.fixture
def service(sqlite_db: Database) -> ScreeningService:
    """Every name of NAMES is listed."""
    load(sqlite_db, "qa", *(dict(VENUE, external_id=f"FJ-{at}", legal_name=name) for at, name in enumerate(NAMES)))
    snapshots = SnapshotCache(sqlite_db)
    snapshots.refresh()
    return ScreeningService.open(sqlite_db, snapshots, Settings())


def test_no_listed_party_passes_by_being_garbled(service: ScreeningService) -> None:
    passed = []
    for way, write in WAYS.items():
        for name in NAMES:
            try:
                (decision,) = service.decide_now([asked(write(name))])
            except Invalid:
                continue
            if decision.answer["outcome"] == "PASS":
                passed.append((way, write(name)))
    assert passed == []


_UNTOLD: Final = {"encrypted", "seven bits", "base32", "base32, GB18030", "base85", "ASCII85"}
"""Ways in which a remark is like any other code or word of a program."""


def test_no_remark_passes_in_silence_by_being_garbled(service: ScreeningService) -> None:

    def decided(remark: str) -> tuple[str, set[str]]:
        (decision,) = service.decide_now([asked("厦门清源饮料有限公司", counterparty={"remark": remark})])
        return decision.answer["outcome"], set(decision.answer["flags"])

    silent = []
    for way in sorted(WAYS.keys() - _UNTOLD):
        for name in NAMES:
            with contextlib.suppress(Invalid):
                outcome, flags = decided(WAYS[way](name))
                if outcome == "PASS" and "TEXT_GARBLED" not in flags:
                    silent.append((way, WAYS[way](name)))
    assert silent == []
    outcome, flags = decided("货款 合同 HT-2017-001，谢谢！")
    assert outcome == "PASS"
    assert "TEXT_GARBLED" not in flags
