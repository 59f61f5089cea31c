"""Files in every format: cut into chunks, read by chunk, one row for each row, faults in their places."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.bulk.readers import chunking, csv_reader, file_layout, ndjson_reader, open_reader, parquet_reader
from app.bulk.readers.file_layout import FAULT_COLUMN, RAW_COLUMN, Layout, Source
from app.errors import CutoffError, Invalid


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def opened(path: Path, encoding: str | None = None) -> Source:
    return open_reader.open_source(path, open_reader.inspect(path, encoding))


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


def test_a_few_bad_bytes_do_not_change_the_encoding_and_stay_visible(tmp_path: Path) -> None:
    lines = ["id,name", *(f"{i},福建示例{i}" for i in range(50))]
    data = "\n".join(lines).encode() + "\n50,厦门样本\n".encode("gb18030") + "51,泉州样本".encode()
    read = opened(written(tmp_path, "a.csv", data))
    assert read.layout.encoding == "utf-8"
    found = rows(read)
    assert [row["id"] for row in found] == [str(i) for i in range(52)]
    assert faults(read)[50] == "bad-encoding"
    assert "\\xcf\\xc3" in str(found[50]["name"])
    assert found[51]["name"] == "泉州样本"


def test_big5_is_asked_about_rather_than_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,name\n1,臺灣樣本電子商務\n2,範例貿易公司\n".encode("big5"))
    with pytest.raises(Invalid, match="Big5"):
        open_reader.inspect(path)
    assert rows(opened(path, "big5"))[0]["name"] == "臺灣樣本電子商務"


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
        open_reader.inspect(path)


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
        open_reader.inspect(written(tmp_path, "a.parquet", b"PAR1 not really"))


def test_a_layout_and_a_span_survive_json() -> None:
    found = Layout("csv", ("a", "a"), ("a", "a_2"), "gb18030", ";", "a;a", 4)
    assert Layout.from_json(json.loads(json.dumps(found.as_json()))) == found
    span = file_layout.Span(1, 2, 3, 4, 5)
    assert file_layout.Span.from_json(json.loads(json.dumps(span.as_json()))) == span


def test_json_keys_of_an_object_that_comes_late_are_columns_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b'{"name":"a"}\n' * 3 + b'{"name":"b","late":1}')
    assert ndjson_reader.inspect(path).titles == ("name", "late")
