"""A listed code under the scheme, or in the column, of another kind of code is met or said, and never passed."""

from collections.abc import Iterator

import pytest
from asking import asked
from test_written_codes import CODES, STRANGER, in_a_cell
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

DOMAIN = CODES["domains"][1]
COLUMNS = (*CODES, "org_code", "lei", "terminal_id")
LINKS = (
    f"kefu@{DOMAIN}",
    f"mailto:Kefu@{DOMAIN.upper()}",
    f"“客服” <kefu@{DOMAIN}>",
    f"http://user:word@{DOMAIN}:8443/a?b=1",
    f"https://{DOMAIN}.",
    f"*.{DOMAIN}",
    f".{DOMAIN}",
    f"https%3A%2F%2F{DOMAIN}",
    f"https://t.other.example/jump?url=https://{DOMAIN}/",
    f"https://t.other.example/jump?url=https%3A%2F%2F{DOMAIN}",
    DOMAIN.replace(".", "。"),
    DOMAIN.replace(".", "．"),
    DOMAIN.replace(".", ".\u200b"),
    DOMAIN.replace(".", "[.]"),
    DOMAIN.replace(".", " dot "),
    f"a_b.{DOMAIN}",
)


@pytest.fixture
def lists(db: Database) -> ScreeningService:
    """Return a desk whose list holds an entity with a code of each scheme, and one with a domain of characters."""
    codes = {column: code for column, (_, code) in CODES.items()}
    other = {"external_id": "FJ-0002", "legal_name": "厦门样本鹭岛商品交易中心有限公司", "domains": "样本试.网址"}
    load(db, "fj-violating", VENUE | codes, VENUE | other, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    return ScreeningService.open(db, snapshots, Settings())


def pairs() -> Iterator[tuple[Scheme, Scheme, str]]:
    return ((own, other, code) for own, code in CODES.values() for other in Scheme if other is not own)


def test_a_listed_code_under_another_scheme_is_met_and_never_confirms(lists: ScreeningService) -> None:
    wrong = []
    for own, other, code in pairs():
        party = {"identifiers": [{"scheme": other.value, "value": code}]}
        try:
            answer = lists.decide(asked(STRANGER, counterparty=party)).answer
        except Invalid:
            continue  # it is said that this is no code of the scheme
        if not answer["matches"]:
            wrong.append((own, other, code))
    assert wrong == []


def test_equal_under_another_scheme_is_strong_and_says_so(lists: ScreeningService) -> None:
    party = {"identifiers": [{"scheme": "ACCOUNT", "value": CODES["phones"][1]}]}
    (match,) = lists.decide(asked(STRANGER, counterparty=party)).answer["matches"]
    assert match["strength"] == "STRONG"
    assert "与名单的 PHONE 相同（写作 ACCOUNT）" in match["explanation"]["summary_zh"]


@pytest.mark.parametrize("title", COLUMNS)
def test_no_listed_code_passes_in_the_column_of_another(lists: ScreeningService, title: str) -> None:
    assert [code for _, code in CODES.values() if in_a_cell(lists, title, code)] == []


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("title", ["域名", "网站", "邮箱", "备注", "包名"])
def test_an_address_at_a_listed_domain_never_passes(lists: ScreeningService, title: str, link: str) -> None:
    header = ("户名", title)
    reader = RowReader(columns_of(header), header, RowDefaults("CUSTODY", "2017-07-03"), TextLimits(clock.now()))
    row = reader.read((STRANGER, link))
    assert "PASS" not in {lists.decide(question).answer["outcome"] for _, question in row.questions}


def test_an_address_of_characters_in_a_text_is_met(lists: ScreeningService) -> None:
    for remark in ("官网样本试.网址", "请登录 样本试.网址 充值", "xn--8pv1w186f.xn--ses554g"):
        answer = lists.decide(asked(STRANGER, counterparty={"remark": remark})).answer
        assert [match["external_id"] for match in answer["matches"]] == ["FJ-0002"], remark


def test_addresses_of_others_and_numbers_like_listed_ones_pass(lists: ScreeningService) -> None:
    quiet = (f"a@other-{DOMAIN}", "kefu@qq.com", DOMAIN.replace("-", "_"), "转账.docx", "张三.网址", "1.5元.请查收")
    for remark in quiet:
        assert lists.decide(asked(STRANGER, counterparty={"remark": remark})).answer["outcome"] == "PASS", remark
    for scheme, value in (("ACCOUNT", "059100000124"), ("PHONE", "350100000000004"), ("APP_PKG", "com.sample.trader")):
        party = {"identifiers": [{"scheme": scheme, "value": value}]}
        assert lists.decide(asked(STRANGER, counterparty=party)).answer["outcome"] == "PASS", value
