"""The nightly check of a folder: all files, one report, and what is new since the night before."""

import csv
import json
from datetime import date
from pathlib import Path

import structlog
from silent import Silent

from app.bulk.readers.read_options import mapping_of
from app.bulk.runs.run_store import DatabaseRunStore
from app.bulk.service.nightly import Night, screen_folder

LISTED = "福建示例大宗商品交易中心有限公司"


def test_every_file_of_the_folder_is_screened_and_told_of(ground: DatabaseRunStore, tmp_path: Path) -> None:
    inputs, outputs = tmp_path / "book", tmp_path / "answers"
    inputs.mkdir()
    (inputs / "a.csv").write_text(f"id,name\n1,{LISTED}\n")
    (inputs / "b.ndjson").write_text('{"id":"1","name":"厦门清源饮料有限公司"}\n')
    (inputs / "broken.csv").write_text("id,title\n1,x\n")
    (inputs / "notes.md").write_text("not a book")
    (inputs / "~$a.csv").write_text("a lock of a spreadsheet")
    (tmp_path / "elsewhere.csv").write_text("name\n样本\n")
    (inputs / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    night = Night(inputs, outputs)
    results = screen_folder(night, date(2026, 11, 23), ground, Silent())
    assert [(one.name, one.error is None) for one in results] == [
        ("a.csv", True),
        ("b.ndjson", True),
        ("broken.csv", False),
    ]
    answer = json.loads((outputs / "2026-11-23" / "report.json").read_text())
    assert answer["left_out"] == ["notes.md"]
    assert answer["total"] == {"rows": 2, "pass": 1, "review": 0, "block": 1, "errors": 0, "files": 2, "failed": 1}

    (inputs / "a.csv").write_text(f"id,name\n1,{LISTED}\n2,{LISTED}\n")
    screen_folder(night, date(2026, 11, 24), ground, Silent())
    with (outputs / "2026-11-24" / "a.csv.answers.csv").open(encoding="utf-8") as file:
        assert [row["change"] for row in csv.DictReader(file)] == ["same", "new"]

    again = screen_folder(night, date(2026, 11, 24), ground, Silent())
    assert [one.report and one.report["run_id"] for one in again][:1] == [
        json.loads((outputs / "latest.json").read_text())["a.csv"]
    ]


def test_a_night_has_its_own_service_and_mapping_and_logs_what_fails(ground: DatabaseRunStore, tmp_path: Path) -> None:
    inputs = tmp_path / "book"
    inputs.mkdir()
    (inputs / "a.csv").write_text(f"nme|id\n{LISTED}|1\n")
    (inputs / "b.csv").write_text("id|title\n1|x\n")
    reading, defaults = mapping_of('delimiter = "|"\n[columns]\nnme = "name"\n', "bank.toml")
    night = Night(inputs, tmp_path / "answers", service="CUSTODY", reading=reading, **defaults)
    with structlog.testing.capture_logs() as logs:
        first, second = screen_folder(night, date(2026, 11, 23), ground, Silent())
    assert first.report is not None
    assert (first.report["counts"]["block"], first.report["basis"]["service"]) == (1, "CUSTODY")
    assert second.error
    assert [(one["event"], one["log_level"], one["file"]) for one in logs if one["log_level"] == "error"] == [
        ("nightly_file_failed", "error", "b.csv")
    ]
