"""A host below a listed domain is looked at; one above it, or beside it on a shared platform, is not."""

from typing import Any

import pytest
from asking import asked
from watchlist_rows import VENUE, load

from app.db import Database
from app.screening.service import ScreeningService
from app.settings import Settings
from app.watchlists.snapshots.snapshot_cache import SnapshotCache

STRANGER = "厦门清源饮料有限公司"


@pytest.fixture
def lists(db: Database) -> ScreeningService:
    """Return a desk whose list holds a domain, a shop of a platform, a site for phones and a national domain."""
    listed = "x-sample.example、shop.platform.example、m.y-sample.example、z-sample.com.cn"
    load(db, "fj-violating", VENUE | {"domains": listed}, received_at="2017-03-20T09:00:00+08:00")
    snapshots = SnapshotCache(db)
    snapshots.refresh()
    return ScreeningService.open(db, snapshots, Settings())


def found(lists: ScreeningService, **party: Any) -> list[tuple[str, str]]:
    answer = lists.decide(asked(STRANGER, counterparty=party)).answer
    return [(match["strength"], match["explanation"]["fields"][0]["text_zh"]) for match in answer["matches"]]


def by_code(lists: ScreeningService, host: str) -> list[tuple[str, str]]:
    return found(lists, identifiers=[{"scheme": "DOMAIN", "value": host}])


@pytest.mark.parametrize("host", ["x-sample.example", "www.x-sample.example", "https://X-Sample.example:8080/a?b=1"])
def test_the_listed_domain_confirms_however_it_is_written(lists: ScreeningService, host: str) -> None:
    assert by_code(lists, host) == [("CONFIRMED", "DOMAIN 相同")]


@pytest.mark.parametrize(
    "host",
    ["m.x-sample.example", "a.b.x-sample.example:8080/path", "h5.shop.platform.example", "trade.z-sample.com.cn"],
)
def test_a_host_below_it_is_strong(lists: ScreeningService, host: str) -> None:
    assert by_code(lists, host) == [("STRONG", "网址是名单网址的下级域名")]
    assert found(lists, remark=f"客户官网{host}，请核") == [("STRONG", "网址是名单网址的下级域名")]


@pytest.mark.parametrize("host", ["y-sample.example", "wap.y-sample.example"])
def test_the_same_site_for_another_device_is_strong(lists: ScreeningService, host: str) -> None:
    assert by_code(lists, host) == [("STRONG", "与名单网址为同一网站（如手机版）")]


@pytest.mark.parametrize(
    "host",
    [
        *("platform.example", "other.platform.example", "www.platform.example", "m.platform.example"),
        *("com.cn", "a.com.cn", "other.example", "ax-sample.example", "x-sample.example.com", "trade.y-sample.example"),
        "x-sample.examples",
    ],
)
def test_a_host_above_or_beside_it_is_nobodys(lists: ScreeningService, host: str) -> None:
    assert by_code(lists, host) == []
    assert found(lists, remark=f"客户官网{host}，请核") == []


def test_an_equal_domain_is_not_hidden_by_one_below(lists: ScreeningService) -> None:
    hosts = ("m.x-sample.example", "x-sample.example", "a.x-sample.example")
    codes = [{"scheme": "DOMAIN", "value": host} for host in hosts]
    assert found(lists, identifiers=codes) == [("CONFIRMED", "DOMAIN 相同")]
