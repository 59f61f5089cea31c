"""Reading the names of a book page by page leaves none out, wherever a page ends and whatever a name holds."""

import pytest
from book_world import CLIENT, BookWorld, counterparty
from sqlalchemy import select, update

from app.db import Database
from app.identifiers import Scheme, parse
from app.matching import Entry, Index, ListedName
from app.monitoring import suspects
from app.monitoring.models import CounterpartyText


@pytest.mark.parametrize("together", [1, 2, 3, 100])
def test_pages_have_every_name_once(db: Database, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    world = BookWorld(db)
    for number in range(5):
        others = [{"type": "BRAND", "name": f"示例{number}{other}"} for other in range(number)]
        world.put(counterparty(f"C-{number}", f"福州示例{number}有限公司", other_names=others, remark="样本"))
    world.put(counterparty("C-9", "别家示例有限公司"), client="another")
    own = CounterpartyText.client == CLIENT
    with db.write() as session:
        odd = update(CounterpartyText).where(own, CounterpartyText.counterparty_id == "C-1", CounterpartyText.no == 0)
        session.execute(odd.values(text="福州\x1f示例有限公司"))
    monkeypatch.setattr(suspects, "_NAMES_TOGETHER", together)
    with db.read() as session:
        pages = list(suspects._names(session, CLIENT))
        names = select(CounterpartyText.counterparty_id, CounterpartyText.text).where(
            own, CounterpartyText.kind == "NAME"
        )
        wanted = sorted((one.counterparty_id, one.text) for one in session.execute(names))
    found = [pair for ids, texts in pages for pair in zip(ids, texts, strict=True)]
    assert sorted(found) == wanted
    assert len(wanted) == 15


def test_a_code_in_a_text_or_below_a_listed_domain_is_a_suspect(db: Database) -> None:
    world = BookWorld(db)
    host = [{"scheme": "DOMAIN", "value": "m.x-sample.example"}]
    other = [{"scheme": "DOMAIN", "value": "ax-sample.example"}]
    world.put(counterparty("C-1", "福州水仙茶行", remark="官网 x-sample.example:8080/a"))
    world.put(counterparty("C-2", "福州山海茶行（Y1350100DEM000014U）"))
    world.put(counterparty("C-3", "福州清源茶行", identifiers=host))
    world.put(counterparty("C-4", "福州蓝湾茶行", identifiers=other, remark="官网 y.x-sample.example.com"))
    codes = (parse(Scheme.DOMAIN, "x-sample.example"), parse(Scheme.USCC, "Y1350100DEM000014U"))
    index = Index.build([Entry("1", (ListedName("福建示例大宗商品交易中心有限公司"),), codes)])
    assert suspects.suspects(db, CLIENT, index, with_keywords=False) == {"C-1", "C-2", "C-3"}


def test_a_listed_value_under_another_scheme_is_a_suspect(db: Database) -> None:
    world = BookWorld(db)
    for number, (scheme, value) in enumerate(
        [("ACCOUNT", "059100000123"), ("APP_PKG", "m.x-sample.example"), ("MERCHANT", "350100000000003")], start=1
    ):
        world.put(
            counterparty(f"C-{number}", f"福州水仙{number}号茶行", identifiers=[{"scheme": scheme, "value": value}])
        )
    world.put(counterparty("C-4", "福州山海茶行", identifiers=[{"scheme": "ACCOUNT", "value": "059100000124"}]))
    world.put(counterparty("C-5", "福州清源茶行", remark="邮箱 kefu@x-sam\u200bple.example"))
    codes = (
        parse(Scheme.DOMAIN, "x-sample.example"),
        parse(Scheme.PHONE, "0591-00000123"),
        parse(Scheme.REG15, "350100000000003"),
    )
    index = Index.build([Entry("1", (ListedName("福建示例大宗商品交易中心有限公司"),), codes)])
    assert suspects.suspects(db, CLIENT, index, with_keywords=False) == {"C-1", "C-2", "C-3", "C-5"}
