"""One row is read as far as it can be read."""

from datetime import UTC, datetime

import pytest

from app.bulk.rows.input_columns import columns_of
from app.bulk.rows.requests import RowDefaults
from app.bulk.rows.row_reading import RowReader, RowReading
from app.screening.intake import TextLimits

NAME = "福建示例商贸有限公司"
LIMITS = TextLimits(datetime(2026, 11, 30, tzinfo=UTC))
DEFAULTS = RowDefaults("FUND_SETTLEMENT", "2017-07-03")


def read(
    fault: str | None = None, mended: tuple[str, ...] = (), *, strict: bool = False, **cells: str | None
) -> RowReading:
    header = tuple(cells)
    return RowReader(columns_of(header), header, DEFAULTS, LIMITS, strict).read([*cells.values()], fault, mended)


@pytest.mark.parametrize(
    ("cells", "warning"),
    [
        ({"uscc": "123"}, "uscc:identifier-uscc"),
        ({"uscc": "350100190001010012"}, "uscc:identifier-uscc"),
        ({"uscc": "9.13501E+17"}, "uscc:id-as-number"),
        ({"account": "1"}, "account:identifier-account"),
        ({"service": "NO"}, "service:unknown-code"),
        ({"kind": "ALIEN"}, "kind:unknown-code"),
        ({"region_code": "35"}, "region_code:bad-region"),
        ({"service_date": "soon"}, "service_date:bad-date"),
        ({"service_date": "2017-02-30"}, "service_date:bad-date"),
        ({"remark": "x" * 20_001}, "remark:too-long"),
        ({"remark": "a\x07b"}, "remark:bad-character"),
        ({"id": "x" * 300}, "id:too-long"),
        ({"merchant_name": "。。"}, "merchant_name:no-letters"),
        ({"legal_name": "。。"}, "legal_name:no-letters"),
    ],
)
def test_a_cell_that_cannot_be_read_hides_nothing_else(cells: dict[str, str], warning: str) -> None:
    found = read(name=NAME, phone="13800000000", **cells)
    (request, asked), *_ = found.questions
    assert asked.counterparty.name == NAME
    assert "13800000000" in [one.value for one in asked.counterparty.identifiers]
    assert (asked.service.value, asked.service_date.isoformat()) == ("FUND_SETTLEMENT", "2017-07-03")
    assert (found.warnings, found.error, found.doubtful) == ((warning,), None, False)
    assert request.places["name"] == 0
    assert read(name=NAME, strict=True, **cells).doubtful


@pytest.mark.parametrize(
    ("header", "written", "day", "warnings"),
    [
        ("业务日期", "2017-06-29 23:59:17", "2017-06-30", ("业务日期:date-rounded",)),
        ("业务日期", "2017-06-29T23:59:17", "2017-06-30", ("业务日期:date-rounded",)),
        ("业务日期", "2017-06-30 00:00:43", "2017-06-30", ()),
        ("业务日期", "2017/6/30 23:30:00", "2017-06-30", ()),
        ("业务日期", "42915.9999", "2017-06-30", ("业务日期:date-rounded",)),
        ("业务日期（民国）", "106/6/30", "2017-06-30", ()),
        ("业务日期（民国）", "106.06.30 10:15", "2017-06-30", ()),
        ("业务日期（民国）", "1060630", "2017-06-30", ()),
        ("业务日期（民国）", "2017-06-30", "2017-06-30", ()),
        ("业务日期", "民国106年6月30日", "2017-06-30", ()),
        ("业务日期", "106/6/30", "2017-07-03", ("业务日期:bad-date",)),
        ("业务日期（民国）", "106/6/31", "2017-07-03", ("业务日期（民国）:bad-date",)),
    ],
)
def test_a_date_means_the_same_as_in_a_list(header: str, written: str, day: str, warnings: tuple[str, ...]) -> None:
    found = read(**{"户名": NAME, header: written})
    assert found.questions[0][1].service_date.isoformat() == day
    assert (found.warnings, found.error) == (warnings, None)


def test_several_bad_cells_are_all_named_and_places_stay_right() -> None:
    found = read(name=NAME, uscc="123", org_code="456", phone="13800000000", service="NO", remark="x" * 30_000)
    request, asked = found.questions[0]
    assert [one.value for one in asked.counterparty.identifiers] == ["13800000000"]
    assert request.places["identifiers[0]"] == 3
    assert {request.places[f"products[{i}]"] for i in range(len(asked.counterparty.products))} == {5}
    text = "".join([asked.counterparty.remark or "", *asked.counterparty.products])
    assert len(text) >= 30_000
    assert [one.partition(":")[0] for one in found.warnings] == ["service", "uscc", "org_code", "remark"]


def test_a_code_of_another_scheme_is_read_as_what_it_is() -> None:
    found = read(name=NAME, uscc="350100000000001")
    assert [one.scheme.value for one in found.questions[0][1].counterparty.identifiers] == ["REG15"]
    assert found.warnings == ("uscc:read-as-reg15",)


def test_only_where_no_name_can_be_read_is_there_an_error() -> None:
    for name in (None, "。。", "\ufffd\ufffd"):
        found = read(name=name, legal_rep="张样本")
        assert found.error
        assert found.doubtful
        assert all(request.beside for request, _ in found.questions)
        other = read(name=name, legal_name=NAME)
        assert other.questions[0][1].counterparty.name == NAME
        assert other.error is None


@pytest.mark.parametrize("lost", ["\ufffd", "\x00", "??"])
def test_a_damaged_name_is_never_pass_and_still_looked_up(lost: str) -> None:
    found = read(name=f"{NAME[:4]}{lost}{NAME[6:]}")
    assert found.error
    assert found.doubtful
    assert found.questions[0][1].counterparty.name.startswith(NAME[:4])


def test_bytes_that_are_no_text_are_damage() -> None:
    found = read(mended=("name:bad-encoding",), name="福建\\xff\\xff商贸")
    assert found.error
    assert found.questions[0][1].counterparty.name == "福建商贸"


def test_a_faulty_line_is_looked_up_and_in_doubt() -> None:
    found = read(fault="wrong-field-count …", name=NAME)
    assert found.questions
    assert found.doubtful
    assert found.error == "wrong-field-count …"


@pytest.mark.parametrize(
    "text", ["2017/6/30", "2017年6月30日", "20170630", "2017-06-30 10:00:00", "2017-06-30T23:30:17"]
)
def test_dates_are_read_in_many_forms(text: str) -> None:
    found = read(name=NAME, service_date=text)
    assert found.questions[0][1].service_date.isoformat() == "2017-06-30"
    assert not found.warnings


@pytest.mark.parametrize("name", ["张**", "张*明", "*明", "欧阳*明", "李XX", "福建示例大宗商品交易**", "张　＊　＊"])
def test_a_masked_name_is_never_read_as_a_whole_one(name: str) -> None:
    alone = read(name=name, uscc="Y1350100DEM000014U")
    assert (alone.error or "").startswith("masked-name [name]")
    assert alone.doubtful
    assert [one.value for one in alone.questions[0][1].counterparty.identifiers] == ["Y1350100DEM000014U"]
    for column in ("merchant_name", "legal_name", "legal_rep"):
        beside = read(name=NAME, **{column: name})
        assert (beside.warnings, beside.error, beside.doubtful) == ((f"{column}:masked-name",), None, False), column
    assert (other := read(name=name, merchant_name=NAME)).warnings == ("name:masked-name",)
    assert other.questions[0][1].counterparty.name == NAME


@pytest.mark.parametrize(
    "name",
    [
        "张某",
        "李某某",
        "福建示例茶行*",
        "**福建示例茶行**",
        "财付通*示例小吃",
        "*ST样本",
        "老K",
        "肯德基*福州店",
        "★★★茶店",
    ],
)
def test_marks_in_ordinary_names_hide_nothing(name: str) -> None:
    assert read(name=name).questions[0][1].counterparty.name == name
    assert not read(name=name).doubtful


def test_zeros_that_fill_a_field_up_are_no_part_of_it() -> None:
    found = read(id="1\x00\x00", name=f"{NAME}\x00\x00", uscc="Y1350100DEM000014U\x00")
    asked = found.questions[0][1]
    assert (asked.reference, asked.counterparty.name, found.warnings, found.error) == ("1", NAME, (), None)
    assert [one.value for one in asked.counterparty.identifiers] == ["Y1350100DEM000014U"]
