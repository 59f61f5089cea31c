"""``cutoff lists``: what it prints, how it exits, and what it refuses."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from watchlist_rows import VENUE, as_csv

from app.cli import run
from app.watchlists.layout.file_header import OPTIONS

SECOND = {**VENUE, "external_id": "FJ-0002", "legal_name": "厦门样本鹭岛商品交易市场有限公司"}


@pytest.fixture
def cutoff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Return the command line over an embedded database of its own: exit code, stdout, stderr."""
    monkeypatch.setenv("CUTOFF_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("CUTOFF_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def write(tmp_path: Path, *rows: dict[str, str], name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(as_csv(rows))
    return path


def test_validate_prints_json_of_a_fixed_form(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "action": "删除", "uscc": "无效"})
    code, out, _ = cutoff("lists", "validate", path, "--json")
    report = json.loads(out)
    assert code == 2
    assert set(report) == {"rows", "errors", "warnings", "findings"}
    assert (report["rows"], report["errors"], report["warnings"]) == (1, 1, 1)
    for finding in report["findings"]:
        assert list(finding) == [
            "sheet",
            "row",
            "column",
            "code",
            "severity",
            "value",
            "text_zh",
            "text_en",
            "suggestion",
        ]
        assert (finding["sheet"], finding["row"]) == (None, 2)


def test_validate_exits_0_with_warnings_and_needs_no_database(cutoff: Any, tmp_path: Path) -> None:
    code, out, _ = cutoff("lists", "validate", write(tmp_path, {**VENUE, "uscc": "无效"}))
    assert (code, out.splitlines()[-1]) == (0, "1 rows, 0 errors, 1 warnings")
    assert not (tmp_path / "var").exists()


def test_validate_against_a_list_tells_what_is_impossible(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "action": "UPDATE"})
    assert cutoff("lists", "validate", path)[0] == 0
    code, out, _ = cutoff("lists", "validate", path, "--list", "fj")
    assert code == 2
    assert "UNKNOWN_ID" in out


def test_validate_writes_the_file_with_its_bad_cells_marked(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "action": "删除"})
    assert cutoff("lists", "validate", path, "--annotate", tmp_path / "b.xlsx")[0] == 2
    assert (tmp_path / "b.xlsx").read_bytes().startswith(b"PK")


def test_a_version_comes_into_force_step_by_step(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, VENUE)
    code, out, err = cutoff("lists", "import", path, "--list", "fj", "--maker", "张三")
    assert (code, out.split("\t")[:3]) == (0, ["fj", "1", "draft"])
    assert "1 added" in err
    assert cutoff("lists", "approve", "fj", 1, "--checker", "李四")[0] == 2
    assert cutoff("lists", "submit", "fj", 1)[0] == 0
    code, out, err = cutoff("lists", "approve", "fj", 1, "--checker", "张三")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert cutoff("lists", "approve", "fj", 1, "--checker", "李四")[0] == 0
    assert cutoff("lists", "activate", "fj", 1)[0] == 0
    shown = json.loads(cutoff("lists", "show", "fj", 1, "--json")[1])
    assert {"version", "state", "sha256", "known_from", "entries"} <= set(shown)
    assert (shown["state"], len(shown["entries"])) == ("active", 1)
    assert {one["via"] for one in shown["history"]} == {"cli"}
    assert all(one["os_user"] for one in shown["history"])


def test_load_does_it_in_one_go_and_prints_what_is_signed_off(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "uscc": "无效"})
    code, out, err = cutoff("lists", "load", path, "--list", "fj", "--maker", "张三", "--checker", "李四")
    assert (code, out.split("\t")[2]) == (0, "active")
    assert "USCC_FORMAT" in err
    code, _, err = cutoff("lists", "load", path, "--list", "fj", "--maker", "张三", "--checker", "张三")
    assert (code, err.count("\n")) == (2, 1)
    assert [one["active_version"] for one in json.loads(cutoff("lists", "show", "--json")[1])] == [1]


def test_a_file_with_errors_is_not_imported(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "action": "删除"})
    code, out, err = cutoff("lists", "import", path, "--list", "fj", "--maker", "张三")
    assert (code, out) == (2, "")
    assert "UNKNOWN_VALUE" in err
    assert json.loads(cutoff("lists", "show", "--json")[1]) == []


def test_a_release_that_is_refused_releases_nobody(cutoff: Any, tmp_path: Path) -> None:
    people = ("--list", "fj", "--maker", "张三", "--checker", "李四")
    path = write(tmp_path, VENUE, SECOND)
    assert cutoff("lists", "load", path, *people, "--received-at", "2017-03-20T10:00:00+08:00")[0] == 0
    release = {
        **SECOND,
        "legal_name": VENUE["legal_name"],
        "action": "CLEAR",
        "opinion_doc_no": "示例意见〔2017〕1号",
        "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组",
        "opinion_filed_on": "2017-06-22",
        "opinion_date": "2017-06-20",
    }
    refused = cutoff("lists", "load", write(tmp_path, release, name="b.csv"), *people, "--file-kind", "DELTA")
    assert (refused[0], "OTHER_ENTITY_NAMED" in refused[2]) == (2, True)
    for one in (VENUE, SECOND):
        code, out, _ = cutoff("screen", one["legal_name"], "--date", "2017-07-10", "--json")
        assert (code, json.loads(out)["matches"][0]["external_id"]) == (20, one["external_id"])


def test_a_csv_takes_its_batch_from_options(cutoff: Any, tmp_path: Path) -> None:
    given = {
        "file_kind": "FULL",
        "list_issuer": "示例领导小组办公室",
        "issuing_doc_no": "示例〔2017〕1号",
        "issued_on": "2017-03-18",
        "effective_on": "2017-03-20",
        "received_at": "2017-03-20T09:00:00+08:00",
        "jurisdiction_code": "350200",
    }
    assert set(given) | {"base_version"} == set(OPTIONS)
    options = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
    path = write(tmp_path, VENUE)
    assert cutoff("lists", "import", path, "--list", "fj", "--maker", "张三", *options)[0] == 2
    done = cutoff("lists", "load", path, "--list", "fj", "--maker", "张三", "--checker", "李四", *options)
    assert done[0] == 0, done
    shown = json.loads(cutoff("lists", "show", "fj", 1, "--json")[1])
    assert {name: shown[name] for name in given if name != "received_at"} == {
        name: value for name, value in given.items() if name != "received_at"
    }
    assert (shown["known_from"], shown["backfilled"]) == ("2017-03-20T01:00:00+00:00", True)
    delta = write(tmp_path, SECOND, name="b.csv")
    more = ("--file-kind", "DELTA", "--base-version", "1")
    assert cutoff("lists", "load", delta, "--list", "fj", "--maker", "张三", "--checker", "李四", *more)[0] == 0


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ndjson"])
def test_an_export_is_imported_with_the_same_hash(cutoff: Any, tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, {**VENUE, "remark": "-1", "备查": "=x"}, SECOND)
    late = ("--received-at", "2017-03-20T09:00:00+08:00")
    cutoff("lists", "load", path, "--list", "fj", "--maker", "张三", "--checker", "李四", *late)
    target = tmp_path / f"out.{ending}"
    assert cutoff("lists", "export", "fj", 1, "-o", target)[0] == 0
    imported = cutoff("lists", "import", target, "--list", "copy", "--maker", "张三")
    assert imported[0] == 0, imported
    hashes = [json.loads(cutoff("lists", "show", code, 1, "--json")[1])["sha256"] for code in ("fj", "copy")]
    assert hashes[0] == hashes[1]


def test_an_exported_csv_cannot_run_formulas(cutoff: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {**VENUE, "remark": "@SUM(1)", "=备查": "+1"})
    cutoff("lists", "load", path, "--list", "fj", "--maker", "张三", "--checker", "李四")
    cutoff("lists", "export", "fj", 1, "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert {"'@SUM(1)", "'+1", "'=备查"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_difference_and_a_rollback(cutoff: Any, tmp_path: Path) -> None:
    both = ("--maker", "张三", "--checker", "李四")
    cutoff("lists", "load", write(tmp_path, VENUE), "--list", "fj", *both)
    cutoff("lists", "load", write(tmp_path, VENUE, SECOND), "--list", "fj", *both)
    assert cutoff("lists", "diff", "fj", 1, 2)[1].splitlines()[-1] == "1 added, 0 changed, 0 removed"
    assert json.loads(cutoff("lists", "diff", "fj", 2, 1, "--json")[1])["removed"] == 1
    code, out, _ = cutoff("lists", "rollback", "fj", 1, "--maker", "张三")
    assert (code, out.split("\t")[:3]) == (0, ["fj", "3", "draft"])


def test_one_entity_is_reported_in_one_line(cutoff: Any, tmp_path: Path) -> None:
    cutoff("lists", "load", write(tmp_path, VENUE), "--list", "fj", "--maker", "张三", "--checker", "李四")
    cells = [f"{alias}={cell}" for alias, cell in SECOND.items()]
    code, out, _ = cutoff("lists", "entry", "fj", *cells, "--maker", "张三")
    assert (code, out.split("\t")[:3]) == (0, ["fj", "2", "draft"])
    shown = json.loads(cutoff("lists", "show", "fj", 2, "--json")[1])
    assert (shown["file_kind"], [row["external_id"] for row in shown["entries"]]) == ("DELTA", ["FJ-0002"])
    assert cutoff("lists", "entry", "fj", "legal_nam=x", "--maker", "张三")[0] == 2
    assert cutoff("lists", "entry", "fj", "legal_name", "--maker", "张三")[0] == 2
    assert cutoff("lists", "withdraw", "fj", 2, "--maker", "张三")[1].split("\t")[2] == "withdrawn"


def test_changes_can_be_forbidden_here(cutoff: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTOFF_CLI_LIST_CHANGES", "false")
    path = write(tmp_path, VENUE)
    for command in (
        ("import", path, "--list", "fj", "--maker", "a"),
        ("load", path, "--list", "fj", "--maker", "a", "--checker", "b"),
        ("submit", "fj", 1),
        ("approve", "fj", 1, "--checker", "b"),
        ("activate", "fj", 1),
        ("rollback", "fj", 1, "--maker", "a"),
        ("entry", "fj", "external_id=x", "--maker", "a"),
    ):
        code, out, err = cutoff("lists", *command)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "CUTOFF_CLI_LIST_CHANGES" in err
    assert cutoff("lists", "validate", path)[0] == 0
    assert cutoff("lists", "show")[0] == 0


@pytest.mark.parametrize(
    "command",
    [
        ("show", "fj"),
        ("show", "fj", 1),
        ("export", "fj", 1, "-o", "a.csv"),
        ("diff", "fj", 1, 2),
        ("activate", "fj", 1, "--at", "2027-01-01T00:00:00"),
        ("import", "a.csv", "--list", "FJ", "--maker", "张三"),
        ("import", "a.csv", "--list", "fj", "--maker", " "),
        ("import", "a.csv", "--list", "fj", "--maker", "张三", "--received-at", "2017-03-20"),
        ("import", "absent.csv", "--list", "fj", "--maker", "张三"),
        ("submit", "fj", 0),
    ],
)
def test_what_cannot_be_is_one_line_on_stderr(cutoff: Any, tmp_path: Path, command: tuple[object, ...]) -> None:
    write(tmp_path, VENUE)
    code, out, err = cutoff("lists", *command)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("cutoff: ")


def test_an_export_of_an_unknown_ending_is_refused(cutoff: Any, tmp_path: Path) -> None:
    cutoff("lists", "load", write(tmp_path, VENUE), "--list", "fj", "--maker", "张三", "--checker", "李四")
    code, _, err = cutoff("lists", "export", "fj", 1, "-o", tmp_path / "a.pdf")
    assert (code, ".ndjson" in err, (tmp_path / "a.pdf").exists()) == (2, True, False)
