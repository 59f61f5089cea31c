"""批量 and 客户: a file's columns are looked at, said to be something else, and kept for the next file."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from client import Api
from openpyxl import Workbook
from visiting import Visiting

from app.bulk.rows.input_columns import FIELDS
from app.monitoring import book
from app.web import catalogue
from app.worker import Worker, book_jobs

STRANGE = "编码,甲栏,乙栏户名\nC-1,福建示例大宗商品交易中心有限公司,样本商贸有限公司\nC-2,无关贸易有限公司,\n".encode()
ODD = "＜b＞<b>户</b>"


@pytest.fixture
def person(one_api: Api, tmp_path: Path) -> Visiting:
    one_api.app.state.settings.__dict__["data_dir"] = tmp_path
    return Visiting(one_api, "analyst")


def uploaded(person: Visiting, path: str, content: bytes, name: str = "book.csv") -> str:
    answer = person.post(path, {}, files={"file": (name, content, "text/csv")})
    assert answer.status_code == 303, answer.text
    place: str = answer.headers["location"]
    return place


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_field_of_a_column_has_its_word(language: str) -> None:
    texts = catalogue.catalogue(language).texts
    assert [field for field in (*FIELDS, "services", "opened_on") if f"read_as.{field}" not in texts] == []


def workbook(content: bytes) -> bytes:
    """Return a CSV file as a workbook."""
    book, out = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(content.decode())):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("path", ["/bulk", "/book/upload"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_without_a_name_column_is_mapped_and_not_refused(person: Visiting, path: str, kind: str) -> None:
    file = (STRANGE, "book.csv") if kind == "csv" else (workbook(STRANGE), "book.xlsx")
    place = uploaded(person, path, *file)
    page = person.get(place)
    assert page.status_code == 200
    assert "没有一列用作“名称”" in page.text
    start = {"do": "start", "service": "CUSTODY", "mode": "merge"}
    assert person.post(place, start).status_code == 422
    said = {"column-0": "reference", "column-1": "name", "column-2": ""}
    assert person.post(place, {**said, "do": "look"}).headers["location"] == place
    page = person.get(place).text
    assert "没有一列用作" not in page
    assert "这些列像名称" in page
    refused = person.post(place, {**said, **start})
    assert refused.status_code == 422
    assert "乙栏户名" in refused.text
    assert person.post(place, {**said, "column-2": "-", **start}).status_code == 303
    assert "排队" in person.get(place).text
    again = person.get(uploaded(person, path, *file))
    assert "没有一列用作" not in again.text
    assert "疑为名称" not in again.text


def test_an_unknown_field_is_refused_in_words(person: Visiting) -> None:
    place = uploaded(person, "/bulk", STRANGE)
    answer = person.post(place, {"do": "start", "service": "CUSTODY", "column-1": "nothing"})
    assert answer.status_code == 422
    assert "nothing" in answer.text


def test_headers_are_text_whatever_they_are(person: Visiting) -> None:
    page = person.get(uploaded(person, "/bulk", f"{ODD},户名\u202e\n1,示例公司\n".encode())).text
    assert "&lt;b&gt;户&lt;/b&gt;" in page
    assert "<b>户</b>" not in page
    assert "\u202e" not in page


def test_a_book_is_taken_in_with_its_columns_and_tells_each_row_that_was_not(one_api: Api, person: Visiting) -> None:
    content = STRANGE + b",nobody,\nC-1,twice,\n"
    place = uploaded(person, "/book/upload", content)
    said = {"column-0": "reference", "column-1": "name", "column-2": "legal_name", "do": "start", "mode": "merge"}
    assert person.post(place, said).status_code == 303
    waiting = person.get(place, **{"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in waiting.text
    settings = one_api.app.state.settings
    Worker(one_api.database, {book_jobs.KIND: book_jobs.BookJobs(one_api.database, settings)}).step()
    assert person.get(place, **{"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = person.get(place).text
    assert "完成" in page
    assert "出错的行" in page
    assert "duplicate-id" in page
    with one_api.database.read() as session:
        found = book.read(session, "core", "C-1").member
    assert found.parties[0].name == "福建示例大宗商品交易中心有限公司"
    assert "样本商贸有限公司" in str(found.parties)
    assert "C-2" in person.get("/book").text


def test_a_book_without_an_id_and_lines_of_the_interface(person: Visiting) -> None:
    place = uploaded(person, "/book/upload", "户名\n示例公司\n".encode())
    assert "没有一列用作“客户号" in person.get(place).text
    assert person.post(place, {"do": "start", "mode": "merge"}).status_code == 422
    lines = b'{"id": "C-1", "counterparty": {"name": "\xe7\xa4\xba\xe4\xbe\x8b"}}\n'
    place = uploaded(person, "/book/upload", lines, "book.ndjson")
    assert "接口格式" in person.get(place).text
    assert person.post(place, {"do": "start", "mode": "elsewhere"}).status_code == 422
    assert person.post(place, {"do": "start", "mode": "merge"}).status_code == 303


def test_the_file_of_another_client_is_none(one_api: Api, person: Visiting) -> None:
    for path in ("/bulk", "/book/upload"):
        place = uploaded(person, path, STRANGE)
        other = Visiting(one_api, "analyst", "other")
        assert other.get(place).status_code == 404
        assert other.post(place, {"do": "start"}).status_code == 404
    bulk, of_book = uploaded(person, "/bulk", STRANGE), uploaded(person, "/book/upload", STRANGE)
    assert person.get(bulk.replace("/bulk", "/book/upload")).status_code == 404
    assert person.get(of_book.replace("/book/upload", "/bulk")).status_code == 404


def test_only_those_who_keep_a_book_may_import(one_api: Api) -> None:
    for role, status in (("auditor", 403), ("list_maker", 403), ("screener", 200)):
        answer: Any = Visiting(one_api, role).get("/book/upload")
        assert answer.status_code == status
