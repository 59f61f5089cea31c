"""Decided batches become CSV, NDJSON and Parquet; parts become one file."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bulk.readers.file_layout import EVIDENCE_COLUMN, RAW_COLUMN
from app.bulk.readers.headers import carried_names, unique_names
from app.bulk.writers import csv_text, parquet_concat, writer
from app.bulk.writers.thrift import read_struct, write_struct
from app.bulk.writers.writer import Assembly
from app.errors import Invalid

_TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))


@settings(deadline=None)
@given(st.lists(st.tuples(_TEXTS, _TEXTS, st.just("x")), min_size=1, max_size=6))
def test_csv_is_what_a_minimal_writer_writes_and_reads_back(rows: list[tuple[str | None, ...]]) -> None:
    data = csv_text.rows([pa.array(column, pa.string()) for column in zip(*rows, strict=True)])
    read = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert read == [[cell or "" for cell in row] for row in rows]
    assert data.count(b'"') == 0 or any(set(cell or "") & set('",\r\n') for row in rows for cell in row)


def decided(**columns: list[object]) -> pa.RecordBatch:
    return pa.record_batch({name: pa.array(values) for name, values in columns.items()})


def test_hidden_columns_are_not_written() -> None:
    batch = decided(id=["1"], outcome=["PASS"]).append_column(EVIDENCE_COLUMN, pa.array(["secret"]))
    for kind in ("csv", "ndjson", "parquet"):
        assert b"secret" not in writer.part(batch, kind, 1)


def test_types_that_csv_has_not_become_text() -> None:
    batch = decided(tags=[["a", "b"], None], blob=[b"\x01\xff", None], amount=[1.5, None], outcome=["PASS", "BLOCK"])
    assert writer.part(batch, "csv", 1).decode() == '"[""a"", ""b""]",01ff,1.5,PASS\n,,,BLOCK\n'


def test_an_ndjson_line_comes_back_as_it_was_with_the_decision_behind() -> None:
    batch = decided(n=["1.50"], score=[7]).append_column(RAW_COLUMN, pa.array(['{"n":1.50}']))
    assert writer.part(batch, "ndjson", 1) == b'{"n":1.50, "score": 7}\n'


def test_a_key_with_the_name_of_an_output_column_is_renamed_in_ndjson() -> None:
    batch = decided(input_outcome=["x"], outcome=["PASS"]).append_column(RAW_COLUMN, pa.array(['{"outcome":"x"}']))
    written = writer.part(batch, "ndjson", 1, {"outcome": "input_outcome"})
    assert json.loads(written) == {"input_outcome": "x", "outcome": "PASS"}


def test_an_empty_json_object_gets_no_comma() -> None:
    batch = decided(outcome=["PASS"]).append_column(RAW_COLUMN, pa.array(["{}"]))
    assert writer.part(batch, "ndjson", 1) == b'{"outcome": "PASS"}\n'


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_parts_become_one_file_in_order(tmp_path: Path, kind: str) -> None:
    batches = [decided(id=[str(i), '，\n"'], score=[i, None], outcome=["PASS", "BLOCK"]) for i in range(20)]
    parts = []
    for i, batch in enumerate(batches):
        parts.append(tmp_path / f"{i}.part")
        parts[-1].write_bytes(writer.part(batch, kind, 2))
    output = tmp_path / f"out.{kind}"
    with output.open("wb") as file:
        writer.assemble(parts, Assembly(kind=kind, carried=["id"], added=["score", "outcome"]), file)
    whole = pa.Table.from_batches(batches)
    if kind == "parquet":
        assert pq.read_table(output).equals(whole)
        assert pq.ParquetFile(output).read_row_group(13).to_pylist() == batches[13].to_pylist()
    elif kind == "csv":
        read = list(csv.reader(io.StringIO(output.read_text(), newline="")))
        assert read[0] == ["id", "score", "outcome"]
        assert [row[0] for row in read[1:]] == whole.column("id").to_pylist()
    else:
        assert [json.loads(line) for line in output.read_text().splitlines()] == whole.to_pylist()


def test_parquet_parts_of_another_schema_are_not_joined(tmp_path: Path) -> None:
    for name, batch in (("a", decided(x=["1"])), ("b", decided(x=[1]))):
        (tmp_path / name).write_bytes(writer.part(batch, "parquet", 1))
    with pytest.raises(ValueError, match="schema"):
        parquet_concat.join([tmp_path / "a", tmp_path / "b"], io.BytesIO())


def test_a_footer_of_parquet_survives_reading_and_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {f"c{i}": pa.array([i, None, -i], pa.int64()) for i in range(20)} | {"f": pa.array([1.5, 2.5, None])}
    pq.write_table(pa.table(columns), path, row_group_size=1, write_page_index=True)
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    assert write_struct(read_struct(footer)) == footer


def test_names_of_columns_are_unique_and_free_of_those_added() -> None:
    assert unique_names(["a", "a", "", "a_2", " b "]) == ("a", "a_3", "column_3", "a_2", "b")
    assert carried_names(("outcome", "id"), ("outcome",)) == ("input_outcome", "id")
    both = ("outcome", "id", "input_outcome", "input_input_input_outcome")
    assert carried_names(both, ("outcome",)) == ("input_input_outcome", *both[1:])


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(Invalid, match=r"\.parquet"):
        writer.format_of(Path("out.docx"))
