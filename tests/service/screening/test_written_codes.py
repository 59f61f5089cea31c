"""Codes of requests in every form that people write them: read as the code that they are, or refused with a reason."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asking import asked
from watchlist_rows import VENUE, load

from app import clock
from app.bulk.rows.input_columns import columns_of
from app.bulk.rows.requests import RowDefaults
from app.bulk.rows.row_reading import RowReader
from app.db import Database
from app.errors import Invalid
from app.identifiers import Scheme
from app.screening.intake import TextLimits
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

STRANGER = "厦门清源饮料有限公司"
CODES = {
    "uscc": (Scheme.USCC, "Y1350100DEM000014U"),
    "reg_no_15": (Scheme.REG15, "350100000000003"),
    "icp_no": (Scheme.ICP, "闽ICP备99990001号"),
    "domains": (Scheme.DOMAIN, "fj-sample.example"),
    "wechat_gh_id": (Scheme.WECHAT_GH, "gh_0123456789ab"),
    "app_package": (Scheme.APP_PKG, "com.sample.trade"),
    "app_store_id": (Scheme.APP_STORE, "1234567890"),
    "phones": (Scheme.PHONE, "059100000123"),
    "payee_accounts": (Scheme.ACCOUNT, "6222000000000000149"),
    "merchant_id": (Scheme.MERCHANT, "898350100000017"),
}
LABELS = {
    Scheme.USCC: ("统一社会信用代码：", "信用代码", "USCC:"),
    Scheme.REG15: ("工商注册号:", "注册号"),
    Scheme.ICP: ("ICP备案号：", "备案号"),
    Scheme.DOMAIN: ("网址", "官网：", "网站 ", "http://", "HTTPS://", "https://www.", "//", "hxxp://", "http：//"),
    Scheme.WECHAT_GH: ("微信号", "原始ID：", "公众号:", "微信公众号 "),
    Scheme.APP_PKG: ("包名：", "package "),
    Scheme.APP_STORE: ("id", "https://apps.apple.com/cn/app/id", "应用ID："),
    Scheme.PHONE: ("电话", "TEL:", "客服热线：", "+86", "+86 ", "0086-", "tel://", "86"),
    Scheme.ACCOUNT: ("账号", "帐号：", "A/C ", "No."),
    Scheme.MERCHANT: ("商户号", "商户编号：", "MID:"),
}
BEHIND = {
    Scheme.DOMAIN: ("/", ":8080", "/path/a?b=1", "。", "/index.html", "#top", "（官网）", "，备用", "."),
    Scheme.PHONE: ("转801", "-801", " ext 8", "（客服）", "#8", "、0591-00000777", "/13800000000"),
    Scheme.USCC: ("（副本）", "。", "(1-1)", "、", "/无"),
}
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _spaced(code: str, draw: random.Random) -> str:
    at = draw.randint(1, len(code) - 1)
    return code[:at] + draw.choice([" ", "  ", "\u3000", "\u200b", "\xa0"]) + code[at:]


def _dashed(code: str, draw: random.Random) -> str:
    step = draw.choice([3, 4])
    return draw.choice(["-", "－", "–"]).join(code[at : at + step] for at in range(0, len(code), step))


def _any_case(code: str, draw: random.Random) -> str:
    return draw.choice([code.upper(), code.lower(), code.title()])


def _wide(code: str, draw: random.Random) -> str:
    return code.translate(_WIDE) if draw.random() < 0.7 else code[:4].translate(_WIDE) + code[4:]


def _wrapped(code: str, draw: random.Random) -> str:
    before, behind = draw.choice(["()", "（）", "[]", "“”", '""', "''", "<>", "【】", "' ", " \u3000"])
    return f"{before}{code}{behind}"


def _slipped(code: str, draw: random.Random) -> str:
    wrong, right = draw.choice([("O", "0"), ("I", "1"), ("l", "1"), ("Z", "2"), ("S", "5"), ("o", "0")])
    return code.replace(right, wrong, 1)


def _masked(code: str, draw: random.Random) -> str:
    keep = len(code) // 3
    return code[:keep] + draw.choice("*＊X●") * (len(code) - 2 * keep) + code[-keep:]


def _twice(code: str, draw: random.Random) -> str:
    return f"{code}{draw.choice('、/;；,， ')}{code}"


WAYS: tuple[Callable[[str, random.Random], str], ...] = (_spaced, _dashed, _any_case, _wide, _wrapped, _twice)
HYPHENATED = {Scheme.DOMAIN, Scheme.APP_PKG, Scheme.APP_STORE}
"""Schemes in which a hyphen means something."""

MENDED = {Scheme.USCC, Scheme.REG15}
"""Schemes whose check digit tells a slip of hand."""


def writings(scheme: Scheme, code: str, seed: int) -> Iterator[str]:
    """Yield forms of a code, some of them put together from several ways."""
    draw = random.Random(seed)
    ways = [way for way in WAYS if way is not _dashed or scheme not in HYPHENATED]
    for way in ways:
        yield way(code, draw)
    for label in LABELS[scheme]:
        yield label + code
        yield label + _wide(code, draw)
    for end in BEHIND.get(scheme, ()):
        yield code + end
    if scheme not in HYPHENATED:
        yield _masked(code, draw)
    if scheme in MENDED:
        yield _slipped(code, draw)
    if scheme is Scheme.PHONE:
        area, own = code[:4], code[4:]
        yield from (f"{area}-{own}", f"({area}){own}", f"{area} {own[:4]} {own[4:]}", code[1:], f"{area}－{own}")
        yield from (f"+86-{code[1:4]}-{own}", f"0086-{area}-{own[:4]}-{own[4:]}", f"{area}-{own[:4]}-{own[4:]}-801")
    if scheme is Scheme.ACCOUNT:
        yield from (
            f"{code}.0",
            f"{code[0]}.{code[1:15]}E+{len(code) - 1}",
            f"尾号{code[-4:]}",
            f"{code[:4]} {code[4:]}",
        )
    for _ in range(10):
        text = draw.choice(ways)(code, draw)
        behind = draw.choice(["", *(end for end in BEHIND.get(scheme, ()) if "-" not in end)])
        text = draw.choice(["", *LABELS[scheme]]) + text + behind
        yield draw.choice([text, _wrapped(text, draw)])


@pytest.fixture
def lists(db: Database) -> ScreeningService:
    """Return a desk whose list holds an entity with a code of each scheme."""
    codes = {column: code for column, (_, code) in CODES.items()}
    load(db, "fj-violating", VENUE | codes, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    return ScreeningService.open(db, snapshots, Settings())


def ask(lists: ScreeningService, scheme: str, written: str) -> dict[str, Any]:
    party = {"identifiers": [{"scheme": scheme, "value": written}]}
    return lists.decide(asked(STRANGER, counterparty=party)).answer


def is_silent(lists: ScreeningService, scheme: Scheme, written: str) -> bool:
    """Whether a writing of a listed code is answered with PASS and nothing is said of it."""
    try:
        found = ask(lists, scheme.value, written)
    except Invalid as error:
        return not error.faults
    return found["outcome"] == "PASS" and not set(found["flags"]) & {"IDENTIFIER_CHECKSUM", "IDENTIFIER_MASKED"}


@pytest.mark.parametrize("seed", range(3))
def test_no_form_of_a_listed_code_passes_without_a_word(lists: ScreeningService, seed: int) -> None:
    silent = [
        (scheme.value, written)
        for scheme, code in CODES.values()
        for written in writings(scheme, code, seed)
        if is_silent(lists, scheme, written)
    ]
    assert not silent, "\n".join(map(repr, silent))


def in_a_cell(lists: ScreeningService, title: str, written: str) -> bool:
    """Whether a writing in a cell of a book is answered with PASS and nothing is said of it."""
    header = ("户名", title)
    reader = RowReader(columns_of(header), header, RowDefaults("CUSTODY", "2017-07-03"), TextLimits(clock.now()))
    row = reader.read((STRANGER, written))
    outcomes = {lists.decide(question).answer["outcome"] for _, question in row.questions}
    return outcomes == {"PASS"} and not row.warnings


@pytest.mark.parametrize("seed", range(3))
def test_no_form_of_a_listed_code_in_a_cell_passes_without_a_word(lists: ScreeningService, seed: int) -> None:
    silent = [
        (title, written)
        for title, (scheme, code) in CODES.items()
        for written in writings(scheme, code, seed)
        if in_a_cell(lists, title, written)
    ]
    assert not silent, "\n".join(map(repr, silent))


def test_nothing_is_met_by_what_is_around_a_code_of_another(lists: ScreeningService) -> None:
    others = {
        Scheme.DOMAIN: "a-sample.example",
        Scheme.PHONE: "059100000999",
        Scheme.ACCOUNT: "6222000000000000999",
        Scheme.USCC: "Y1350200DEM000022U",
    }
    for scheme, code in others.items():
        for written in writings(scheme, code, 1):
            try:
                assert ask(lists, scheme.value, written)["outcome"] == "PASS", written
            except Invalid:
                continue
