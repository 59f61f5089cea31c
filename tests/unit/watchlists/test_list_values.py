"""Cells to canonical values and back: what is written is read again, whatever people put into cells."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import opencc
import pytest
import rfc8785
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from list_files import row as plain_row

from app.tabular.limits import FileLimits
from app.tabular.sheet import Cell, Sheet, SheetRow, cleaned
from app.watchlists.files.open_list import read_file
from app.watchlists.history.version import VersionRecord
from app.watchlists.layout.cells import read_cell, write_value
from app.watchlists.layout.columns import BY_ALIAS, COLUMNS, CellKind, Column, column_of
from app.watchlists.layout.header import EntryTable, HeaderCell, table_of
from app.watchlists.layout.jurisdictions import read_jurisdiction, read_list_jurisdiction
from app.watchlists.layout.row import read_row
from app.watchlists.layout.sheets import entries_sheets
from app.watchlists.versions.content_hash import canonical_json, content_sha256
from app.watchlists.versions.export import as_csv, as_ndjson, as_xlsx

TEXT = st.text(st.characters(), max_size=30) | st.text(
    st.sampled_from("=+-@'；|;@~2017-01示例 \n\t\u200b\ufeff＇无/\"e.0"), max_size=12
)
MODELLED = [column for column in COLUMNS if column.kind is not CellKind.HANDLING]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.alias)
def test_a_column_is_known_by_every_way_of_writing_its_header(column: Column) -> None:
    for text in (
        column.zh,
        column.alias,
        column.alias.upper(),
        f" {column.zh}* ",
        f"{column.zh}（必填）",
        *column.synonyms,
    ):
        assert column_of(text) is column
        assert column_of(opencc.OpenCC("s2t").convert(text)) is column


def test_a_date_has_the_era_that_its_header_names() -> None:
    lines = (
        SheetRow(1, ("主体编号", "法定名称", "认定日期（民国）", "列入生效日期")),
        SheetRow(2, ("S1", "样本", "106/3/15", "106/3/20")),
    )
    table, _ = table_of(Sheet(name=None, lines=lines))
    row, _, findings = read_row(table, lines[1], 20_000)
    assert row["determined_on"] == "2017-03-15"
    assert [(one.code, one.column) for one in findings] == [("BAD_DATE", "列入生效日期")]


@pytest.mark.parametrize("column", [one for one in COLUMNS if one.codes], ids=lambda column: column.alias)
def test_a_coded_value_is_known_in_chinese_english_and_both(column: Column) -> None:
    for zh, code in column.codes.items():
        for text in (zh, code, code.lower(), f"{zh}{code}", f"{code} {zh}", f"{zh}（{code}）"):
            assert column.code_of(text) == code


@given(TEXT)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=400)
@given(st.sampled_from(MODELLED), TEXT)
@example(BY_ALIAS["former_names"], "0@0@0")
@example(BY_ALIAS["former_names"], "无；0@0")
@example(BY_ALIAS["aliases"], '无；="甲"')
def test_what_is_written_is_read_again(column: Column, text: str) -> None:
    cell = cleaned(text) or None
    value = read_cell(column, cell).value
    if value is not None:
        written = write_value(column, value)
        assert cleaned(written) == written
        again = read_cell(column, written)
        assert again.value == value
        assert again.is_unmatched == read_cell(column, cell).is_unmatched


def _read(headers: list[str], cells: list[Cell]) -> dict[str, Any]:
    headings = tuple(HeaderCell(index, text, column_of(text)) for index, text in enumerate(headers))
    line = SheetRow(2, tuple(cells))
    return read_row(EntryTable(Sheet("名单", (line,)), 1, headings, (line,)), line, 20_000)[0]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.data())
def test_an_export_gives_its_rows_back(data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.sampled_from(MODELLED), unique_by=lambda one: one.alias, max_size=8))
    extra = data.draw(st.lists(TEXT.map(lambda text: " ".join(cleaned(text).split())), unique=True, max_size=2))
    headers = [text for text in extra if text and column_of(text) is None]
    rows = []
    for number in range(data.draw(st.integers(1, 3))):
        base = plain_row(external_id=f"FJ-{number}")
        given_cells = [cleaned(data.draw(TEXT)) or None for _ in [*columns, *headers]]
        named = {
            **base,
            **dict(zip([*(column.alias for column in columns), *headers], given_cells, strict=True)),
            **base,
        }
        rows.append(_read(list(named), list(named.values())))
    sha256 = content_sha256(rows)
    for name, write in (("a.csv", as_csv), ("a.ndjson", as_ndjson), ("a.xlsx", as_xlsx)):
        sheets, _ = read_file(write(_version(sha256), rows), name, FileLimits())
        table, _ = table_of(entries_sheets(sheets)[0][0])
        again = [read_row(table, line, 20_000)[0] for line in table.lines]
        assert again == rows
        assert content_sha256(again) == sha256


def _version(sha256: str) -> VersionRecord:
    moment = datetime(2017, 3, 20, 1, tzinfo=UTC)
    day = moment.date()
    return VersionRecord(
        code="x",
        version=1,
        version_id=1,
        state="active",
        sha256=sha256,
        file_kind="FULL",
        base_version=None,
        parent_version=None,
        rollback_to=None,
        list_name="名",
        list_issuer="机关",
        uploader_org=None,
        issuing_doc_no=None,
        issued_on=day,
        effective_on=day,
        received_at=moment,
        jurisdiction="350000",
        row_count=1,
        categories=frozenset(),
        maker="a",
        checker="b",
        backfilled=False,
        uploaded_at=moment,
        activate_at=None,
        activated_at=moment,
        known_from=moment,
    )


@given(
    st.dictionaries(st.text(max_size=5), st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_the_canonical_form_is_jcs(extra: dict[str, str], text: str) -> None:
    row = {"external_id": "a", "remark": text, "holder_count": 201, "is_out_of_province_unit": True, "extra": extra}
    assert canonical_json(row) == rfc8785.dumps(row)
    assert content_sha256([row]) == hashlib.sha256(rfc8785.dumps([row])).hexdigest()


def test_the_content_hash_does_not_hang_on_the_order_of_rows() -> None:
    rows = [{"external_id": "b"}, {"external_id": "a"}]
    assert (
        content_sha256(rows)
        == content_sha256(rows[::-1])
        == hashlib.sha256(b'[{"external_id":"a"},{"external_id":"b"}]').hexdigest()
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("福州", "350100"),
        ("福州市", "350100"),
        ("350100", "350100"),
        ("平潭", "350128"),
        ("FJ-PT", "350128"),
        ("平潭综合实验区", "350128"),
        ("350128", "350128"),
        ("省外", "OUT"),
        ("OUT", "OUT"),
        ("西安", "610100"),
    ],
)
def test_a_jurisdiction_is_a_prefecture(text: str, code: str) -> None:
    assert read_jurisdiction(text) == (code, None)


@pytest.mark.parametrize("text", ["火星", "鼓楼区", "350102", "999999", "1"])
def test_another_jurisdiction_is_refused(text: str) -> None:
    code, doubt = read_jurisdiction(text)
    assert code is None
    assert doubt is not None


def test_a_list_may_have_any_region() -> None:
    for text, code in (("350000", "350000"), ("福建省", "350000"), ("610115", "610115"), ("厦门", "350200")):
        assert read_list_jurisdiction(text) == (code, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("福建甲公司", [{"name": "福建甲公司"}]),
        (
            "甲@2015-01-01~2016-12-31；乙@2016年1月1日~",
            [{"name": "甲", "from": "2015-01-01", "to": "2016-12-31"}, {"name": "乙", "from": "2016-01-01"}],
        ),
        ("甲@~2016-12-31", [{"name": "甲", "to": "2016-12-31"}]),
        ("甲@2015-01-01", [{"name": "甲", "from": "2015-01-01"}]),
        ("甲@2015-01-01~至今", [{"name": "甲", "from": "2015-01-01"}]),
        ("BFS@牛汇", [{"name": "BFS@牛汇"}]),
    ],
)
def test_former_names_have_their_time(text: str, expected: list[dict[str, str]]) -> None:
    reading = read_cell(BY_ALIAS["former_names"], text)
    assert (reading.value, reading.doubts) == (expected, ())


def test_of_several_identifiers_the_readable_ones_are_in_normal_form() -> None:
    reading = read_cell(BY_ALIAS["domains"], "HTTPS://WWW.Sample.EXAMPLE/a；不是域名")
    assert reading.value == ["sample.example", "不是域名"]
    assert reading.is_unmatched


def test_a_legacy_code_of_the_fujian_pilot_is_only_doubtful() -> None:
    reading = read_cell(BY_ALIAS["uscc"], "91350203M0001QAY9B")
    assert [doubt.code for doubt in reading.doubts] == ["USCC_CHECKSUM_LEGACY_M0"]
    assert (reading.value, reading.is_unmatched) == ("91350203M0001QAY9B", False)


@pytest.mark.parametrize("alias", ["legal_name", "former_names", "aliases"])
@pytest.mark.parametrize("text", ["00/", "/00", "000、", "无/"])
def test_what_is_left_of_a_cell_and_says_nothing_is_no_name(alias: str, text: str) -> None:
    """Read as a name, 00 would be written as 00, which reads as nothing."""
    base = plain_row()
    row = _read(list(base | {alias: ""}), list((base | {alias: text}).values()))
    again = _read(list(base | {alias: ""}), list((base | {alias: _written(row, alias)}).values()))
    assert again == row


def _written(row: dict[str, Any], alias: str) -> str | None:
    return write_value(BY_ALIAS[alias], row[alias]) if alias in row else None
