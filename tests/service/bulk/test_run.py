"""A run from file to file: every row answered, nothing overwritten by accident, everything recorded."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from silent import Silent
from sqlalchemy import func, select

from app.bulk.runs import run as running
from app.bulk.runs.chunk_log import ChunkLog, folder_of
from app.bulk.runs.local_pool import run as local
from app.bulk.runs.models import BulkFinding, BulkRun
from app.bulk.runs.options import Options
from app.bulk.runs.run_records import Pace
from app.bulk.runs.run_report import RunReport
from app.bulk.runs.run_store import DatabaseRunStore
from app.bulk.runs.summary import as_text
from app.errors import Conflict, CutoffError, Invalid
from app.screening.store import answer_text

LISTED = "福建示例大宗商品交易中心有限公司"
STRANGER = "厦门清源饮料有限公司"
HEAD = "id,name,service_date\n"

Bulk = Callable[..., RunReport]


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def outcomes(path: Path) -> list[str]:
    return [row["outcome"] for row in rows_of(path)]


def test_rows_keep_their_order_and_their_columns(bulk: Bulk, tmp_path: Path) -> None:
    bulk(f'id,名称,outcome,备注\n7,{STRANGER},mine,"a, ""b"""\n3,{LISTED},,\n5,,,x\n', service_date="2017-07-03")
    found = rows_of(tmp_path / "out.csv")
    assert list(found[0])[:4] == ["id", "名称", "input_outcome", "备注"]
    assert [row["id"] for row in found] == ["7", "3", "5"]
    assert [row["outcome"] for row in found] == ["PASS", "BLOCK", "REVIEW"]
    assert (found[0]["备注"], found[0]["input_outcome"]) == ('a, "b"', "mine")
    assert found[1]["matched_external_id"] == "FJ-0001"
    assert (found[1]["strength"], found[1]["score"], found[1]["matched_field"]) == ("CONFIRMED", "100", "名称")
    assert found[2]["error"].startswith("empty [名称]")
    assert found[0]["strength"] == found[0]["list_code"] == ""


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize("to", ["csv", "ndjson", "parquet"])
def test_no_column_of_the_input_is_lost_to_the_names_of_the_output(
    bulk: Bulk, tmp_path: Path, kind: str, to: str
) -> None:
    given = {"name": STRANGER, "outcome": "one", "input_outcome": "two", "error": "three"}
    if kind == "parquet":
        pq.write_table(pa.table({key: [value] for key, value in given.items()}), tmp_path / "in.parquet")
        data = None
    else:
        lines = {"csv": [",".join(given), ",".join(given.values())], "ndjson": [json.dumps(given)]}
        data = "\n".join(lines[kind])
    bulk(data, name=f"in.{kind}", to=f"out.{to}")
    output = tmp_path / f"out.{to}"
    read: dict[str, Callable[[], dict[str, str]]] = {
        "csv": lambda: rows_of(output)[0],
        "ndjson": lambda: json.loads(output.read_text()),
        "parquet": lambda: pq.read_table(output).to_pylist()[0],
    }
    found = read[to]()
    assert (found["input_input_outcome"], found["input_outcome"], found["input_error"]) == ("one", "two", "three")
    assert (found["outcome"], found["error"] or None) == ("PASS", None)


def test_the_worst_of_several_names_decides_and_is_named(bulk: Bulk, tmp_path: Path) -> None:
    bulk(f"name,sub_merchant_name,legal_rep\n{STRANGER},{LISTED},李四\n", service_date="2017-07-03")
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["outcome"], row["matched_field"]) == ("BLOCK", "sub_merchant_name")


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "xlsx"])
@pytest.mark.parametrize("to", ["csv", "parquet", "ndjson"])
def test_every_format_leads_to_every_format(ground: DatabaseRunStore, tmp_path: Path, kind: str, to: str) -> None:
    rows = [{"id": "1", "name": LISTED}, {"id": "2", "name": STRANGER}]
    path, output = tmp_path / f"in.{kind}", tmp_path / f"out.{to}"
    if kind == "csv":
        path.write_text("id,name\n" + "".join(f"{row['id']},{row['name']}\n" for row in rows), encoding="utf-8")
    elif kind == "ndjson":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "parquet":
        import pyarrow as pa

        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for i, row in enumerate([["id", "name"], *(list(row.values()) for row in rows)]):
                sheet.write_row(i, 0, row)
    running.run(Options(path, output, service_date="2017-07-03"), ground, Silent())
    if to == "csv":
        found = rows_of(output)
    elif to == "ndjson":
        found = [json.loads(line) for line in output.read_text().splitlines()]
    else:
        found = pq.read_table(output).to_pylist()
    assert [(row["id"], row["outcome"]) for row in found] == [("1", "BLOCK"), ("2", "PASS")]
    assert not folder_of(output).exists()


@pytest.mark.parametrize("to", ["csv", "parquet", "ndjson"])
def test_a_file_without_rows_gives_a_file_without_rows(bulk: Bulk, tmp_path: Path, to: str) -> None:
    report = bulk(HEAD, to=f"out.{to}")
    assert report.counts.rows == 0
    if to == "parquet":
        assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


def test_an_output_is_not_overwritten_by_accident(bulk: Bulk, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(Conflict, match="--force"):
        bulk(HEAD + f"1,{STRANGER},\n")
    with pytest.raises(Conflict, match="--force"):
        bulk(None, resume=True)
    assert (tmp_path / "out.csv").read_text() == "precious"
    bulk(None, force=True)
    assert outcomes(tmp_path / "out.csv") == ["PASS"]


def test_resume_starts_where_there_is_nothing_and_does_nothing_where_all_is_done(bulk: Bulk, tmp_path: Path) -> None:
    first = bulk(HEAD + f"1,{STRANGER},\n", resume=True)
    before = (tmp_path / "out.csv").stat()
    again = bulk(None, resume=True)
    assert again.run_id == first.run_id
    assert (tmp_path / "out.csv").stat().st_mtime_ns == before.st_mtime_ns


class Stopped(Exception):
    """The engine was interrupted."""


def test_a_stopped_run_goes_on_with_its_own_lists_and_gives_the_same_bytes(
    ground: DatabaseRunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.bulk.readers.chunking.ROWS_PER_CHUNK", 10)
    path = tmp_path / "in.csv"
    path.write_text(HEAD + "".join(f"{i},{LISTED if i % 9 == 0 else STRANGER},2017-07-03\n" for i in range(100)))
    whole = running.run(Options(path, tmp_path / "whole.csv"), ground, Silent())

    def stopping(task, spans, workers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        for done, part in enumerate(local(task, spans, workers)):
            if done == 6:
                raise Stopped
            yield part

    options = Options(path, tmp_path / "out.csv")
    with pytest.raises(Stopped):
        running.run(options, ground, Silent(), stopping)
    assert not (tmp_path / "out.csv").exists()
    checkpoint = ChunkLog(folder_of(tmp_path / "out.csv"))
    # One part is torn and one line is cut short, as by a power cut.
    (checkpoint.folder / "0000002.part").write_bytes(b"torn")
    with (checkpoint.folder / "parts.ndjson").open("ab") as file:
        file.write(b'{"span":[6,60')
    with pytest.raises(Conflict, match="--resume"):
        running.run(Options(path, tmp_path / "out.csv", service="CUSTODY", resume=True), ground, Silent())
    watcher = Silent()
    report = running.run(Options(path, tmp_path / "out.csv", resume=True), ground, watcher)
    assert watcher.before.rows == 50
    assert watcher.worked.rows == 50
    assert report.resumed
    assert report.output_sha256 == whole.output_sha256


def test_an_input_that_changed_is_another_run(bulk: Bulk, tmp_path: Path, ground: DatabaseRunStore) -> None:
    def failing(task, spans, workers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        raise Stopped
        yield

    path = tmp_path / "in.csv"
    path.write_text(HEAD + f"1,{STRANGER},\n")
    with pytest.raises(Stopped):
        running.run(Options(path, tmp_path / "out.csv"), ground, Silent(), failing)
    path.write_text(HEAD + f"2,{STRANGER},\n")
    with pytest.raises(Conflict, match="another input"):
        bulk(None, resume=True)
    bulk(None)
    assert rows_of(tmp_path / "out.csv")[0]["id"] == "2"


def test_two_processes_do_not_work_on_one_output(bulk: Bulk, tmp_path: Path) -> None:
    with ChunkLog(folder_of(tmp_path / "out.csv")).locked(), pytest.raises(Conflict, match="another process"):
        bulk(HEAD + f"1,{STRANGER},\n")


def test_a_run_and_its_findings_are_recorded_once(bulk: Bulk, ground: DatabaseRunStore) -> None:
    report = bulk(HEAD + f"a,{LISTED},2017-07-03\nb,{STRANGER},\nc,,\n")
    with ground.database.read() as session:
        run = session.get_one(BulkRun, report.run_id)
        findings = session.scalars(select(BulkFinding).order_by(BulkFinding.no)).all()
        assert (run.input_sha256, run.output_sha256) == (report.input_sha256, report.output_sha256)
        assert run.counts == {
            "rows": 3,
            "pass": 1,
            "review": 1,
            "block": 1,
            "errors": 1,
            "errors_by_kind": {"name:empty": 1},
            "entities": {f"fj-violating/FJ-0001 {LISTED}": 1},
        }
        assert [(one.row_no, one.outcome, bool(one.screening_id)) for one in findings] == [
            (0, "BLOCK", True),
            (2, "REVIEW", False),
        ]
        answer = json.loads(answer_text(session, findings[0].screening_id or "", "core"))
        assert (answer["reference"], answer["outcome"]) == ("a", "BLOCK")
        assert answer["list_versions"] == run.basis["list_versions"]


def test_recording_goes_on_where_it_was_cut(
    bulk: Bulk, ground: DatabaseRunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "findings_per_commit", 2)
    data = HEAD + "".join(f"{i},{LISTED},2017-07-03\n" for i in range(7))
    with ground.database.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER cut BEFORE INSERT ON bulk_finding WHEN NEW.no = 4 BEGIN SELECT RAISE(ABORT, 'cut'); END"
        )
    with pytest.raises(Exception, match="cut"):
        bulk(data)
    assert not (tmp_path / "out.csv").exists()
    with ground.database.write() as session:
        session.connection().exec_driver_sql("DROP TRIGGER cut")
    bulk(None, resume=True)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BulkFinding)) == 7
        assert session.scalar(select(func.count()).select_from(BulkRun)) == 1


def test_what_is_new_since_the_last_run(bulk: Bulk, tmp_path: Path) -> None:
    first = bulk(HEAD + f"a,{LISTED},2017-06-29\nb,{LISTED},2017-07-03\nc,{STRANGER},\nd,{LISTED},2017-07-03\n")
    later = (
        HEAD + f"a,{LISTED},2017-07-03\nb,{LISTED},2017-07-03\nc,{STRANGER},\nd,{STRANGER},\ne,{LISTED},2017-07-03\n"
    )
    for name, since in (("1", first.run_id), ("2", str(tmp_path / "out.csv.report.json"))):
        report = bulk(later, to=f"later-{name}.csv", since=since)
        found = rows_of(tmp_path / f"later-{name}.csv")
        changes = {"a": "changed", "b": "same", "c": "same", "d": "gone", "e": "new"}
        assert {row["id"]: row["change"] for row in found} == changes
        assert report.counts.changes == {"changed": 1, "gone": 1, "new": 1, "same": 2, "vanished": 0}
    assert bulk(later, to="last.csv", since="last").counts.changes == {"same": 5, "vanished": 0}
    # A finding whose row is no longer there is no row of the output, but it is counted.
    assert bulk(HEAD + f"x,{STRANGER},\n", to="gone.csv", since="last").counts.changes["vanished"] == 3


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("id,title\n1,x\n", {}),
        (HEAD + "1,x,\n", {"service": "NO"}),
        (HEAD + "1,x,\n", {"service_date": "2017-02-30"}),
        (HEAD + "1,x,\n", {"encoding": "latin-1"}),
        (HEAD + "1,x,\n", {"since": "no-run"}),
        (HEAD + "1,x,\n", {"to": "out.docx"}),
        (HEAD + "1,x,\n", {"name": "in.docx"}),
        ("", {}),
    ],
)
def test_wrong_inputs_and_options_are_told(bulk: Bulk, tmp_path: Path, data: str, options: dict[str, str]) -> None:
    with pytest.raises(CutoffError):
        bulk(data, **options)
    assert not (tmp_path / "out.csv").exists()


def test_a_hostile_workbook_is_refused(bulk: Bulk) -> None:
    with pytest.raises(Invalid, match="工作簿"):
        bulk(b"PK\x03\x04 not a workbook", name="in.xlsx")


def test_codes_in_names_are_those_of_the_party_and_in_remarks_lead_to_whom_they_belong(
    bulk: Bulk, tmp_path: Path
) -> None:
    bulk(
        "name,remark\n"
        f"福州普通样本贸易有限公司(Y1350100DEM000014U),\n"
        f"福州普通样本贸易有限公司,转给 Y1350100DEM000014U\n"
        f"{STRANGER}（Y1350200DEM000022U）,\n",
        service_date="2017-07-03",
    )
    found = rows_of(tmp_path / "out.csv")
    assert [row["outcome"] for row in found] == ["BLOCK", "REVIEW", "PASS"]
    assert found[0]["matched_external_id"] == found[1]["matched_external_id"] != ""
    assert [row["matched_field"] for row in found[:2]] == ["name", "remark"]


def test_the_output_is_never_the_input(bulk: Bulk, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "in.csv")
    for to in ("in.csv", "link.csv"):
        with pytest.raises(Invalid, match="输入"):
            bulk(HEAD + f"1,{STRANGER},\n", to=to, force=True)
    assert (tmp_path / "in.csv").read_text().startswith(HEAD)


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", False), ("utf-8-sig", True), ("gb18030", True), ("utf-16", True)]
)
def test_an_answer_begins_with_a_mark_where_a_spreadsheet_needs_it(
    bulk: Bulk, tmp_path: Path, encoding: str, *, mark: bool
) -> None:
    data = (HEAD + f"1,{STRANGER},\n2,甲乙丙,\n").encode(encoding)
    bulk(data)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf") is mark
    bulk(data, to="marked.csv", bom=True)
    assert (tmp_path / "marked.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_workbook_of_answers_is_made_for_people(bulk: Bulk, tmp_path: Path) -> None:
    data = f"id,name,账号\n1,{STRANGER},6222000000000000123\n2,{LISTED},6222000000000000124\n3,。,\n4,{STRANGER},x\n"
    bulk(data, to="out.xlsx", service_date="2017-07-03")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["命中", "错误与警告", "全部", "说明"]
    findings = [[cell.value for cell in row] for row in book["命中"]]
    assert findings[0][:6] == ["结论", "下一步", "原因", "id", "name", "账号"]
    assert [row[0].split()[0] for row in findings[1:]] == ["BLOCK", "REVIEW"]
    assert findings[1][1] == "停止服务"
    assert "2017年6月30日" in findings[1][2]
    assert findings[1][5] == "6222000000000000124"
    assert len([*book["全部"]]) == 5
    faults = [[cell.value for cell in row] for row in book["错误与警告"]]
    assert [(row[0], row[1]) for row in faults[1:]] == [("3", "错误"), ("4", "警告")]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}


def test_strict_makes_warnings_reviews_and_the_summary_counts_them(bulk: Bulk) -> None:
    data = f"name,uscc\n{STRANGER},123\n{STRANGER},\n"
    report = bulk(data)
    assert (report.counts.passed, report.counts.warning_kinds) == (2, {"uscc:identifier-uscc": 1})
    assert bulk(data, to="strict.csv", strict=True).counts.review == 1
    assert "uscc:identifier-uscc" in as_text(report)
    assert "未读取的列" in as_text(report)
