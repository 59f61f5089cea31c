"""Small lists for tests: rows as a regulator would write them, loaded the way that files are."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app import clock
from app.db import Database
from app.policy.parameters import Parameters
from app.tabular.limits import FileLimits
from app.watchlists.versions import service
from app.watchlists.versions.importing import Checker, Upload
from app.watchlists.versions.service import Actor

VENUE = {
    "external_id": "FJ-0001",
    "action": "ADD",
    "category": "VIOLATING",
    "entity_kind": "VENUE",
    "legal_name": "福建示例大宗商品交易中心有限公司",
    "reg_region_code": "350100",
    "jurisdiction": "福州市",
    "determined_on": "2017-03-15",
    "effective_from": "2017-03-20",
}
"""The smallest valid row, of docs/api.md."""


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return rows as a CSV file with every column that some row has."""
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode()


def load(
    database: Database, code: str, *rows: Mapping[str, str], received_at: str | None = None, now: datetime | None = None
) -> Any:
    """Import rows as the next version of a list and put it in force; DELTA where the list is already there."""
    moment = now or clock.now()
    maker, checker = Actor("maker", "test"), Actor("checker", "test")
    with database.write() as session:
        options = {"received_at": received_at} if received_at else {}
        upload = Upload(f"{code}.csv", as_csv(rows), options, "测试机构")
        checked = Checker(FileLimits(), Parameters()).check(session, code, upload, moment)
        return service.load(session, code, upload, checked, maker=maker, checker=checker, now=moment)
