"""The sample lists: synthetic beyond doubt, equal to what their program writes, and of every kind and status."""

import csv
import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from app import clock
from app.identifiers import Scheme, parse
from app.policy.parameters import Parameters
from app.policy.vocabulary import Action, Category, EntityKind, RelationStatus
from app.tabular.limits import FileLimits
from app.watchlists.layout.columns import COLUMNS, column_of
from app.watchlists.layout.file_header import BATCH_COLUMNS
from app.watchlists.versions.importing import Checker, Upload
from watchlists.generate import write_all

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "watchlists"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
FILES = [(the_list["code"], one["file"]) for the_list in MANIFEST["lists"] for one in the_list["files"]]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the filled cells of a sample file by English column name, as written."""
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".xlsx":
        lines = openpyxl.load_workbook(path)["名单"].iter_rows(values_only=True)
        table = [[cell or "" for cell in line] for line in lines]
    else:
        data = path.read_bytes()
        text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030")
        table = list(csv.reader(io.StringIO(text)))
    columns = [column_of(header) for header in table[0]]
    return [
        {column.alias: cell for column, cell in zip(columns, line, strict=True) if column and cell}
        for line in table[1:]
    ]


def english(alias: str, value: str) -> str:
    (column,) = [column for column in COLUMNS if column.alias == alias]
    return column.codes.get(value, value)


ROWS = [(code, row) for code, name in FILES for row in rows_of(SAMPLES / name)]
ADDED = [(code, row) for code, row in ROWS if english("action", row["action"]) == Action.ADD]


def test_what_is_committed_is_what_the_program_writes(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()} == {
        path.relative_to(SAMPLES)
        for path in SAMPLES.rglob("*")
        if path.is_file() and path.suffix in {".csv", ".ndjson", ".xlsx", ".json"}
    }
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        committed = SAMPLES / path.relative_to(tmp_path)
        if path.suffix == ".xlsx":
            assert cells(path) == cells(committed), committed
        else:
            assert path.read_bytes() == committed.read_bytes(), committed


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path)}


def test_there_are_enough_lists_and_entities() -> None:
    assert len({code for code, _ in FILES}) == 6
    assert len(ADDED) >= 300
    ids = [(code, row["external_id"]) for code, row in ADDED]
    assert len(set(ids)) == len(ids)
    names = [row["legal_name"] for _, row in ADDED]
    assert len(set(names)) == len(names)


def test_the_first_row_is_the_venue_of_the_documentation() -> None:
    code, row = ADDED[0]
    assert code == "fj-violating"
    assert row["external_id"] == "FJ-0001"
    assert row["legal_name"] == "福建示例大宗商品交易中心有限公司"
    assert (row["determined_on"], row["effective_from"]) == ("2017-03-15", "2017-03-20")
    assert [r["external_id"] for _, r in ROWS].count("FJ-0001") == 1


def test_every_name_says_that_it_is_a_sample() -> None:
    for _, row in ROWS:
        for column in ("legal_name", "aliases", "former_names", "parent_name", "legal_rep", "payee_names", "psp_name"):
            for part in re.split("[；|]", row.get(column, "")):
                assert not part or "示例" in part or "样本" in part, row


def test_every_code_is_valid_and_can_be_no_real_one() -> None:
    schemes = {
        "uscc": (Scheme.USCC, "Y1"),
        "parent_uscc": (Scheme.USCC, "Y1"),
        "org_code": (Scheme.ORG, "DEM"),
        "reg_no_15": (Scheme.REG15, ""),
        "lei": (Scheme.LEI, "DEMO"),
    }
    for _, row in ROWS:
        for column, (scheme, start) in schemes.items():
            if column in row:
                assert row[column].startswith(start), row
                assert parse(scheme, row[column]).checksum_ok, row
        assert row.get("uscc", "........DEM")[8:11] == "DEM"
        assert row.get("reg_no_15", "0000009999")[6:10] == "9999"
        assert "9999" in row.get("icp_no", "9999")
        assert all(domain.endswith(".example") for domain in row.get("domains", ".example").split("；"))
        assert all("0000" in row[column] for column in ("phones", "payee_accounts") if column in row)
        for column in row:
            if column.endswith("doc_no"):
                assert "示例" in row[column], row


def test_every_action_category_kind_and_relation_occurs() -> None:
    def seen(alias: str) -> set[str]:
        return {str(english(alias, row[alias])) for _, row in ROWS if alias in row}

    assert seen("action") == set(Action)
    assert seen("category") == set(Category)
    assert seen("entity_kind") == set(EntityKind)
    assert seen("relation_status") == set(RelationStatus) - {RelationStatus.ENDED}


@pytest.mark.parametrize("name", [name for _, name in FILES])
def test_no_id_occurs_twice_in_a_file(name: str) -> None:
    ids = [row["external_id"] for row in rows_of(SAMPLES / name)]
    assert len(ids) == len(set(ids))


def test_the_template_has_the_sheets_the_columns_and_the_choices() -> None:
    book = openpyxl.load_workbook(SAMPLES / "template.xlsx")
    assert book.sheetnames == ["批次信息", "名单", "填写说明"]
    assert [row[0] for row in book["批次信息"].iter_rows(max_col=1, values_only=True)] == [c.zh for c in BATCH_COLUMNS]
    sheet = book["名单"]
    assert [cell.value for cell in sheet[1]] == [column.label for column in COLUMNS]
    # One example, which the reader knows and leaves out: a template that is sent back as it is has no rows.
    assert sheet.max_row == 2
    report = Checker(FileLimits(), Parameters()).check_alone(
        Upload("template.xlsx", (SAMPLES / "template.xlsx").read_bytes(), {}, "示例机关"), clock.now()
    )
    assert (report.rows, [one.code for one in report.in_order()]) == (0, ["NO_ROWS", "NOT_AN_ENTRY"])
    places = {column.alias: cell.column_letter for column, cell in zip(COLUMNS, sheet[1], strict=True)}
    choices = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}

    def offered(alias: str) -> list[str]:
        place = f"{places[alias]}2:{places[alias]}5001"
        return [english(alias, value) for value in choices[place].strip('"').split(",")]

    assert offered("action") == list(Action)
    assert offered("category") == list(Category)
    assert offered("entity_kind") == list(EntityKind)
    notes = [row[:2] for row in book["填写说明"].iter_rows(values_only=True)]
    assert [note for note in notes if note[1]][1:] == [(column.zh, column.alias) for column in COLUMNS]
