"""Files in every format: cut into chunks, read by chunk, one row for each row, faults in their places."""

import json
import time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.bulk.readers import chunking, csv_reader, file_layout, ndjson_reader, open_reader, parquet_reader
from app.bulk.readers.file_layout import FAULT_COLUMN, RAW_COLUMN, WARNINGS_COLUMN, Layout, Source
from app.bulk.readers.headers import unique_names
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows.input_columns import field_of, has_name
from app.errors import CutoffError, Invalid


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def opened(path: Path, **said: Any) -> Source:
    folder = path.parent / f"{path.name}.read"
    folder.mkdir(exist_ok=True)
    return open_reader.open_source(*open_reader.open_input(path, folder, ReadOptions(**said), field_of, has_name))


def rows(read: Source) -> list[dict[str, object]]:
    return [row for span in read.spans() for row in read.read(span).to_pylist()]


def faults(read: Source) -> list[str | None]:
    return [str(row[FAULT_COLUMN]).split()[0] if row[FAULT_COLUMN] else None for row in rows(read)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_read_in_its_encoding_with_its_delimiter_and_line_ends(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    text = end.join(delimiter.join(row) for row in (["id", "名称"], ["1", "福建示例商贸"], ["2", "厦门样本餐饮"]))
    read = opened(written(tmp_path, "a.csv", text.encode(encoding)))
    assert read.layout.header == ("id", "名称")
    assert [row["名称"] for row in rows(read)] == ["福建示例商贸", "厦门样本餐饮"]
    assert faults(read) == [None, None]


def test_a_few_lines_in_another_encoding_are_read_in_it_and_told(tmp_path: Path) -> None:
    for encoding, other in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        lines = ["id,name", *(f"{i},福建示例{i}" for i in range(50))]
        data = (
            "\n".join(lines).encode(encoding) + b"\n" + "50,厦门样本\n".encode(other) + "51,泉州样本".encode(encoding)
        )
        read = opened(written(tmp_path, f"{encoding}.csv", data))
        assert read.layout.encoding == encoding
        found = rows(read)
        assert [row["id"] for row in found] == [str(i) for i in range(52)]
        assert [row["name"] for row in found[50:]] == ["厦门样本", "泉州样本"]
        assert [row[WARNINGS_COLUMN] for row in found[49:]] == [None, "*:other-encoding", None]


def test_bytes_that_are_no_text_stay_visible_and_half_a_character_is_cut_off(tmp_path: Path) -> None:
    whole = "id,name,memo\n" + "1,福建示例,a\n" * 9
    data = whole.encode() + b"2,\xe7\xa6\x8f\xe5\xbb,b\n3,\xe7\xff\xff\xa6x,c\n4,d,\xe7"
    read = opened(written(tmp_path, "a.csv", data))
    found = rows(read)[8:]
    assert [row["name"] for row in found] == ["福建示例", "福", "\\xe7\\xff\\xff\\xa6x", "d"]
    assert [row["memo"] for row in found] == ["a", "b", "c", None]
    answer = [None, "name:truncated", "name:bad-encoding", "memo:truncated"]
    assert [row[WARNINGS_COLUMN] for row in found] == answer
    assert faults(read) == [None] * 12


def test_big5_is_asked_about_rather_than_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,name\n1,臺灣樣本電子商務\n2,範例貿易公司\n".encode("big5"))
    with pytest.raises(Invalid, match="Big5"):
        opened(path)
    assert rows(opened(path, encoding="big5"))[0]["name"] == "臺灣樣本電子商務"


def test_a_row_with_other_fields_than_the_header_keeps_what_it_has(tmp_path: Path) -> None:
    read = opened(written(tmp_path, "a.csv", b'id,name,memo\n1,a\n2,b,c,d\n3,"e,f\n4,g,h\n'))
    assert faults(read) == ["wrong-field-count", "wrong-field-count", "broken-quotes", None]
    assert [(row["id"], row["name"], row["memo"]) for row in rows(read)] == [
        ("1", "a", None),
        ("2", "b", "c,d"),
        ("3", "e,f", None),
        ("4", "g", "h"),
    ]


def test_headers_that_repeat_or_are_empty_get_names_of_their_own(tmp_path: Path) -> None:
    read = opened(written(tmp_path, "a.csv", b"name,name,,name_2\na,b,c,d\n"))
    assert read.layout.header == ("name", "name_3", "column_3", "name_2")
    assert list(rows(read)[0].values())[:4] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("data", [b"\n\n", b'"open header\n'])
def test_a_file_without_a_header_is_refused(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, "a.csv", data)
    with pytest.raises(CutoffError, match="header"):
        opened(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="empty"):
        open_reader.check(written(tmp_path, "a.csv", b""))


def test_a_line_without_end_becomes_one_faulty_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "LINE_BYTES_MAX", 1 << 16)
    monkeypatch.setattr(chunking, "LINE_BYTES_MAX", 1 << 16)
    monkeypatch.setattr(chunking, "_BLOCK_BYTES", 1 << 12)
    monkeypatch.setattr(chunking, "BYTES_PER_CHUNK", 1 << 15)
    read = opened(written(tmp_path, "a.csv", b"id,name\n1,a\n2," + b"x" * (1 << 18) + b"\n3,c\n"))
    assert faults(read) == [None, "row-too-long", None]
    assert [row["id"] for row in rows(read)] == ["1", "2", "3"]


@pytest.mark.parametrize("rows_per_chunk", [1, 3, 7, 100])
def test_chunks_cover_every_row_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_chunk: int) -> None:
    monkeypatch.setattr(chunking, "ROWS_PER_CHUNK", rows_per_chunk)
    monkeypatch.setattr(parquet_reader, "ROWS_PER_CHUNK", rows_per_chunk)
    names = [f"示例{i}" for i in range(20)]
    csv_path = written(tmp_path, "a.csv", "\n".join(["name", *names]).encode())
    ndjson_path = written(tmp_path, "a.ndjson", "\n\n".join(json.dumps({"name": name}) for name in names).encode())
    parquet_path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"name": names}), parquet_path, row_group_size=6)
    for path in (csv_path, ndjson_path, parquet_path):
        read = opened(path)
        spans = list(read.spans())
        assert [row["name"] for row in rows(read)] == names
        assert [span.first_row for span in spans] == list(range(0, 20, rows_per_chunk))
        # Any order of reading gives the same rows.
        backwards = {span.no: read.read(span).column("name").to_pylist() for span in reversed(spans)}
        assert [name for no in sorted(backwards) for name in backwards[no]] == names


def test_a_chunk_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "BYTES_PER_CHUNK", 30)
    read = opened(written(tmp_path, "a.csv", b"name\n" + b"\n".join([b"0123456789"] * 5 + [b"y" * 80, b"z"])))
    assert [span.rows for span in read.spans()] == [2, 2, 1, 1, 1]


def test_ndjson_keeps_the_lines_and_names_their_faults(tmp_path: Path) -> None:
    lines = [
        b'{"name":"a","n":1.50}',
        b"{broken",
        b"[1]",
        b'{"name":"\xb8\xa3"}',
        '{"name":null,"more":{"x":["示"]}}'.encode(),
    ]
    read = opened(written(tmp_path, "a.ndjson", b"\n".join(lines)))
    assert read.layout.titles == ("name", "n", "more")
    assert faults(read) == [None, "invalid-json", "not-an-object", "bad-encoding", None]
    found = rows(read)
    assert found[0]["n"] == "1.5"
    assert found[0][RAW_COLUMN] == '{"name":"a","n":1.50}'
    assert json.loads(str(found[1][RAW_COLUMN])) == {"input": "{broken"}
    assert found[4]["more"] == '{"x": ["示"]}'


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"name": ["a"], "amount": [1.5], "tags": [["x", "y"]]}), path)
    batch = opened(path).read(next(opened(path).spans()))
    assert batch.schema.field("amount").type == pa.float64()
    assert pa.types.is_list(batch.schema.field("tags").type)


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="Parquet"):
        opened(written(tmp_path, "a.parquet", b"PAR1 not really"))


def test_a_layout_and_a_span_survive_json() -> None:
    found = Layout(
        format="csv",
        titles=("a", "a"),
        header=("a", "a_2"),
        encoding="gb18030",
        delimiter=";",
        header_line="a;a",
        start=4,
    )
    assert Layout.from_json(json.loads(json.dumps(found.as_json()))) == found
    span = file_layout.Span(1, 2, 3, 4, 5)
    assert file_layout.Span.from_json(json.loads(json.dumps(span.as_json()))) == span


def test_json_keys_of_an_object_that_comes_late_are_columns_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b'{"name":"a"}\n' * 3 + b'{"name":"b","late":1}')
    assert ndjson_reader.inspect(path).titles == ("name", "late")


def test_after_a_line_that_is_too_long_every_row_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "LINE_BYTES_MAX", 1_000)
    monkeypatch.setattr(chunking, "_BLOCK_BYTES", 256)
    path = tmp_path / "in.csv"
    rows = [f"{number},甲乙丙{number}" for number in range(200)]
    path.write_text("id,name\n" + "\n".join([*rows[:50], "x" * 5_000, *rows[50:100], "y" * 2_000, *rows[100:]]) + "\n")
    source = opened(path)
    names = [name for span in source.spans() for name in source.read(span).column("name").to_pylist()]
    assert [name for name in names if name] == [f"甲乙丙{number}" for number in range(200)]


def test_many_equal_headers_are_named_in_no_time() -> None:
    started = time.perf_counter()
    names = unique_names(["name"] * 25_000)
    assert time.perf_counter() - started < 5
    assert len(set(names)) == len(names)
    assert names[:3] == ("name", "name_2", "name_3")


HEAD = ["流水号", "户名", "附言"]
BODY = [["1", "福建示例商贸", "甲"], ["2", "厦门样本餐饮", ""], ["3", "泉州样本", "乙"]]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", ["|", "^", "\x01", "|+|", "，", "\t"])
def test_any_delimiter_is_told_by_the_header_in_any_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [HEAD, *BODY])
    read = opened(written(tmp_path, "a.csv", text.encode(encoding)))
    assert read.layout.titles == tuple(HEAD)
    assert [row["户名"] for row in rows(read)] == [row[1] for row in BODY]
    assert faults(read) == [None] * 3


def test_titles_above_the_header_are_no_rows(tmp_path: Path) -> None:
    text = "\n".join(["示例银行客户清单,,", "（2017年6月）", *(",".join(row) for row in [HEAD, *BODY])])
    read = opened(written(tmp_path, "a.csv", text.encode()))
    assert read.layout.titles == tuple(HEAD)
    assert [row["户名"] for row in rows(read)] == [row[1] for row in BODY]
    assert read.layout.header_row == 3


def test_without_a_header_columns_are_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "福建示例商贸有限公司,1\n厦门样本餐饮有限公司,2\n".encode())
    with pytest.raises(Invalid, match="--no-header"):
        opened(path)
    read = opened(path, header_row=0)
    assert read.layout.titles == ("1", "2")
    assert [row["1"] for row in rows(read)] == ["福建示例商贸有限公司", "厦门样本餐饮有限公司"]


def test_a_header_row_that_is_told_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "x,户名\na,b\nk,福建示例\n".encode())
    assert opened(path, header_row=2).layout.titles == ("a", "b")
    with pytest.raises(Invalid, match="9"):
        opened(path, header_row=9)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="1,000"):
        opened(written(tmp_path, "a.csv", b"name," * 1_001))
    line = json.dumps({f"k{i}": 1 for i in range(1_001)}).encode()
    with pytest.raises(Invalid, match="1,000"):
        opened(written(tmp_path, "a.ndjson", line))


def test_every_sheet_with_names_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "福州"
    first.append(["客户清单"])
    first.append(["编号", "户名", "账号"])
    first.append(["1", "福建示例商贸", 6222000000000000123])
    first.merge_cells("A1:C1")
    hidden = book.create_sheet("厦门")
    hidden.sheet_state = "hidden"
    for row in (["户名", "附言"], ["厦门样本餐饮", "#REF!"]):
        hidden.append(row)
    book.create_sheet("说明").append(["制表", "某人"])
    book.create_sheet("空")
    path = tmp_path / "a.xlsx"
    book.save(path)
    read = opened(path)
    assert read.layout.titles == ("编号", "户名", "账号", "附言", "sheet")
    assert [(row["户名"], row["sheet"]) for row in rows(read)] == [("福建示例商贸", "福州"), ("厦门样本餐饮", "厦门")]
    assert (read.layout.sheets, read.layout.sheets_left_out) == (("福州", "厦门"), ("说明",))
    assert "E+18" in str(rows(read)[0]["账号"])
    assert [row["户名"] for row in rows(opened(path, sheet="厦门"))] == ["厦门样本餐饮"]
    with pytest.raises(Invalid, match="泉州"):
        opened(path, sheet="泉州")


@pytest.mark.parametrize("name", ["a.xls", "a.csv"])
def test_the_content_says_what_a_file_is(tmp_path: Path, name: str) -> None:
    table = (
        "<html><table>" + "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in [HEAD, *BODY]) + "</table>"
    )
    tabs = "\n".join("\t".join(row) for row in [HEAD, *BODY])
    for text in (table, tabs):
        assert [row["户名"] for row in rows(opened(written(tmp_path, name, text.encode())))] == [row[1] for row in BODY]
