"""A large file with bad rows of every kind: a row out for each row in, and only the bad ones are told of.

A row of which no name, or only a damaged one, can be read is in error and REVIEW; any other bad cell is a warning, and
the row is screened by the rest.
"""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.runs.run_report import RunReport

ROWS = 100_000
EVERY = 100
HEADER = "id,name,uscc,service,service_date,kind,region_code,remark"

Bulk = Callable[..., RunReport]


def stranger(i: int) -> str:
    return f"厦门清源{i % 1000}饮料有限公司"


def is_bad(i: int) -> bool:
    return i % EVERY == 7


def bad_csv_rows(i: int) -> list[bytes]:
    """Kinds of bad rows of a CSV."""
    name = stranger(i).encode()
    return [
        b"%d,\xb8\xa3\xbd\xa8,,,,,," % i,
        b"%d,\xff\xfe%s,,,,,," % (i, name),
        b"%d,,,,,,," % i,
        b"%d,   ,,,,,," % i,
        b"%d,\xe3\x80\x82\xe3\x80\x82,,,,,," % i,
        b"%d,%s,,,,,," % (i, "甲".encode() * 5000),
        b'%d,"%s,,,,,,' % (i, name),
        b'%d,"%s"x,,,,,,' % (i, name),
        b'%d,%s"x,,,,,,' % (i, name),
        b'"%d",%s,"",,,,,"' % (i, name),
        b"%d,%s" % (i, name),
        b"%d" % i,
        b"%d,%s,,,,,,,,,,x" % (i, name),
        b"%d,%s,,,2017-02-30,,," % (i, name),
        b"%d,%s,,,soon,,," % (i, name),
        b"%d,%s,,,30/06/2017,,," % (i, name),
        b"%d,%s,,,1017-06-30,,," % (i, name),
        b"%d,%s,,NO_SERVICE,,,," % (i, name),
        b"%d,%s,,,,ALIEN,," % (i, name),
        b"%d,%s,,,,,35," % (i, name),
        b"%d,%s,123,,,,," % (i, name),
        b"%d,%s,9.13501E+17,,,,," % (i, name),
        b"%d,\xe7\xa4\xba\x07\xe4\xbe\x8b,,,,,," % i,
        b"%d,\xe7\xa4\xba\x00\xe4\xbe\x8b,,,,,," % i,
        b"%d,%s\rx,,,,,," % (i, name),
        b"%d\x00x,%s,,,,,," % (i, name),
        HEADER.encode(),
        b"%d,%s,,,,,,%s" % (i, name, b"x" * 20_001),
    ]


def bad_ndjson_rows(i: int) -> list[bytes]:
    """Kinds of bad rows of an NDJSON file."""
    name = stranger(i)
    values: list[dict[str, object]] = [
        {},
        {"name": None},
        {"name": ""},
        {"name": " "},
        {"name": "。"},
        {"name": "甲" * 5000},
        {"name": "示\x00例"},
        {"name": "示\x07例"},
        {"name": "示例\ud83d商行"},
        {"name": name, "service_date": "2017-02-30"},
        {"name": name, "service_date": "30/06/2017"},
        {"name": name, "service": "NO_SERVICE"},
        {"name": name, "kind": "ALIEN"},
        {"name": name, "region_code": "35"},
        {"name": name, "uscc": "123"},
        {"name": name, "uscc": 9.13501e17},
        {"name": name, "remark": "x" * 20_001},
    ]
    return [
        *(json.dumps({"id": str(i), **value}).encode() for value in values),
        b'{"id":"%d","name":"\xb8\xa3\xbd\xa8"}' % i,
        b'{"id":"%d","name":"' % i + name.encode(),
        b'{"id":"%d","name":"a",}' % i,
        b"{'id':'%d'}" % i,
        b'["%d"]' % i,
        b'"%d"' % i,
        b"null",
        b'{"id":NaN,"name":"a"}',
        b'{"id":"%d","name":"a","name":"b"}' % i,
        b"[" * 100_000,
    ]


def lines(bad: Callable[[int], list[bytes]], good: Callable[[int], bytes]) -> Iterable[bytes]:
    kinds = len(bad(0))
    for i in range(ROWS):
        yield bad(i)[(i // EVERY) % kinds] if is_bad(i) else good(i)


def check(found: list[dict[str, str]], report: RunReport) -> set[str]:
    """Check the rows of the output, and return the codes of their errors."""
    assert len(found) == report.counts.rows == ROWS
    assert [i for i, row in enumerate(found) if row["error"] or row["warnings"]] == [
        i for i in range(ROWS) if is_bad(i)
    ]
    assert [row["outcome"] for row in found] == ["REVIEW" if row["error"] else "PASS" for row in found]
    assert [row["id"] for i, row in enumerate(found) if not is_bad(i)] == [str(i) for i in range(ROWS) if not is_bad(i)]
    assert report.counts.errors == sum(bool(row["error"]) for row in found)
    warnings = [one for row in found if row["warnings"] for one in row["warnings"].split("|")]
    assert sum(report.counts.warning_kinds.values()) == len(warnings)
    assert all(code for code in report.counts.error_kinds)
    return {row["error"].split()[0] for row in found if row["error"]} | {one.split(":")[1] for one in warnings}


def test_csv(bulk: Bulk, tmp_path: Path) -> None:
    def good(i: int) -> bytes:
        return f"{i},{stranger(i)},,,2017-07-03,,,备注".encode()

    assert len(bad_csv_rows(0)) >= 20
    report = bulk(HEADER.encode() + b"\n" + b"\n".join(lines(bad_csv_rows, good)))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        codes = check(list(csv.DictReader(file)), report)
    assert codes == {
        *("bad-encoding", "broken-quotes", "wrong-field-count", "stray-return", "repeated-header", "empty"),
        *(
            "damaged-name",
            "other-encoding",
            "too-long",
            "bad-character",
            "bad-date",
            "unknown-code",
            "bad-region",
        ),
        *("id-as-number", "identifier-uscc"),
    }


def test_ndjson(bulk: Bulk, tmp_path: Path) -> None:
    def good(i: int) -> bytes:
        return json.dumps({"id": str(i), "name": stranger(i), "service_date": "2017-07-03"}).encode()

    assert len(bad_ndjson_rows(0)) >= 20
    report = bulk(b"\n".join(lines(bad_ndjson_rows, good)), name="in.ndjson", to="out.ndjson")
    codes = check([json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().split(b"\n")[:-1]], report)
    assert codes >= {
        "bad-encoding",
        "invalid-json",
        "not-an-object",
        "repeated-key",
        "empty",
        "too-long",
        "id-as-number",
    }


def test_parquet(bulk: Bulk, tmp_path: Path) -> None:
    bad = [None, "", "  ", "。", "甲" * 5000, "示\x00例", "示\x07例"]
    names = [bad[i // EVERY % len(bad)] if is_bad(i) else stranger(i) for i in range(ROWS)]
    pq.write_table(pa.table({"id": [str(i) for i in range(ROWS)], "name": names}), tmp_path / "in.parquet")
    report = bulk(None, name="in.parquet", to="out.parquet")
    codes = check(pq.read_table(tmp_path / "out.parquet").to_pylist(), report)
    assert codes == {"empty", "too-long", "bad-character"}
