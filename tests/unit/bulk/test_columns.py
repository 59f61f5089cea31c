"""Which column is read as what, and that none is left out silently."""

import random
import time

import opencc
import pyarrow as pa
import pytest
from stdnum.iso7064 import mod_11_2

from app.bulk.readers.read_options import ReadOptions, column_options, delimiter_option, mapping_of, merged
from app.bulk.rows import unread_columns
from app.bulk.rows.input_columns import _FURTHER_NAMES, _IDENTIFIERS, _LEGAL_REP, _NAME, _SINGLE, columns_of, field_of
from app.errors import Invalid

_NAME_GROUPS = (_NAME, _LEGAL_REP, *_FURTHER_NAMES.values(), *_IDENTIFIERS.values())


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("CUST_NAME", "name"),
        ("custNm", "name"),
        ("客户名称（全称）", "name"),
        ("户 名", "name"),
        ("1.交易对手户名", "name"),
        ("平台名称", "name"),
        ("法人名称", "legal_name"),
        ("商户全称", "merchant_name"),
        ("商户简称", "brand"),
        ("开户名称", "account_title"),
        ("结算账户名", "account_title"),
        ("法人", "legal_rep"),
        ("统一社会信用代码(18位)", "uscc"),
        ("名称（曾用名）", None),
        ("开户银行", None),
    ],
)
def test_headers_are_known_in_many_writings(title: str, field: str | None) -> None:
    assert field_of(title) == field


def test_every_header_is_known_in_traditional_characters_too() -> None:
    traditional = opencc.OpenCC("s2t").convert
    known = [title for group in (*_NAME_GROUPS, *_SINGLE.values()) for title in group]
    assert [title for title in known if field_of(traditional(title)) != field_of(title)] == []
    assert field_of("戶名（全稱）") == "name"
    assert field_of("開戶銀行") is None
    assert field_of("買方戶名") == "name"


@pytest.mark.parametrize(
    "party", ["借款人", "供应商", "买方", "委托方", "债权人", "对方账户", "结算单位", "出票人", "投资者", ""]
)
@pytest.mark.parametrize("word", ["户名", "名称", "全称", "户名全称", "中文名称", "全名"])
def test_the_name_of_any_party_is_a_name(party: str, word: str) -> None:
    assert field_of(f"2. {party}{word}*") in {"name", "legal_name", "account_title", "merchant_name"}


@pytest.mark.parametrize(
    "title", ["seller_name", "Vendor Name", "BENEFICIARY_ACCOUNT_NAME", "drawerCnNm", "payee full name"]
)
def test_so_it_is_in_english(title: str) -> None:
    assert field_of(title) == "name"


@pytest.mark.parametrize(
    "title",
    [
        "经办人姓名",
        "联系人姓名",
        "法定代表人姓名",
        "客户经理姓名",
        "开户行名称",
        "收款行名称",
        "产品名称",
        "用户名",
        "Bank Name",
    ],
)
def test_the_names_of_others_are_none(title: str) -> None:
    assert field_of(title) != "name"


def test_a_header_of_the_table_is_the_name_before_one_known_by_its_grammar() -> None:
    titles = ("买方名称", "户名", "卖方名称")
    columns = columns_of(titles)
    assert columns.name == 1
    assert columns.read_as(titles) == {"户名": "name", "买方名称": "legal_name", "卖方名称": "legal_name"}
    assert columns_of(titles, {"买方名称": "name"}).name == 0


def test_a_column_is_what_it_is_told_to_be() -> None:
    titles = ("1", "备用", "户名")
    columns = columns_of(titles, {"1": "name", "备用": "legal_name", "户名": "-"})
    assert columns.read_as(titles) == {"1": "name", "备用": "legal_name"}
    assert columns.not_read(titles) == ["户名"]
    for answer in ({"无此列": "name"}, {"1": "nonsense"}):
        with pytest.raises(Invalid, match="--column"):
            columns_of(titles, answer)


def check(answer: dict[str, str] | None = None, **values: list[str]) -> None:
    rows = max(map(len, values.values()))
    full = {title: [*texts, *[None] * (rows - len(texts))] for title, texts in values.items()}
    batch = pa.record_batch({title: pa.array(texts, pa.string()) for title, texts in full.items()})
    header = tuple(values)
    unread_columns.check(columns_of(header, answer or {}), header, answer or {}, batch)


def test_a_column_that_looks_like_names_stops_the_run_until_it_is_settled() -> None:
    values = {"户名": ["甲"], "备用1": ["福建示例商贸有限公司", "厦门样本餐饮店"]}
    with pytest.raises(Invalid, match=r"--column 备用1=-") as caught:
        check(**values)
    assert "内容像机构名称" in caught.value.message
    check({"备用1": "-"}, **values)
    check({"备用1": "name"}, **values)
    with pytest.raises(Invalid, match="介绍人姓名"):
        check(户名=["甲"], 介绍人姓名=[""])


def test_other_columns_stop_nothing() -> None:
    check(
        户名=["甲"],
        开户行=["示例银行股份有限公司", "样本银行股份有限公司"],
        产品名称=["贷款"],
        地址=["福州市样本路1号示例有限公司"],
        备用=["福建示例商贸有限公司", *(f"第{number}次说明" for number in range(40))],
        金额=["1"],
    )


@pytest.mark.parametrize(
    ("title", "values"),
    [
        *(("备用", ["x", "福建示例商贸有限公司", str(number)]) for number in (1, 2)),
        (
            "备用",
            [
                "福建示例商贸有限公司",
                *(["陈建国", "林志华", "黄文明", "张海英", "李晓芳", "王国强", "吴明", "刘芳", "周敏", "郑伟"] * 9),
            ],
        ),
        ("备用", ["福建示例商贸有限公司", *map(str, range(10_000, 10_500))]),
        *(
            (title, ["福建示例商贸有限公司"])
            for title in ("用户名", "产品名称", "网点名称", "字段1", "户名及账号", "状态")
        ),
        *((title, [""]) for title in ("委托人", "会员单位", "被投诉单位", "Creditor", "organization")),
    ],
)
def test_a_few_organisations_are_enough_whatever_the_header(title: str, values: list[str]) -> None:
    table: dict[str, list[str] | dict[str, str]] = {"户名": ["甲"], title: values}
    with pytest.raises(Invalid, match=title):
        check(**table)
    check({title: "-"}, **table)


@pytest.mark.parametrize(
    ("title", "values", "field"),
    [
        ("证件信息", ["Y1350100DEM000014U", *(f"第{number}次说明" for number in range(20))], "uscc"),
        ("证件号码", ["y1350100dem000014u ", *(f"35010019900101{number}" for number in range(1000, 1030))], "uscc"),
        ("主办行代码", ["Y1350100DEM000014U", "Y1350200DEM000022U"], "uscc"),
        ("渠道", ["a-sample.example", "https://b-sample.example:8080/x", "无"], "domain"),
        ("接入地址", ["http://www.a-sample.example/", "b-sample.example"], "domain"),
        ("F7", ["gh_0123456789ab", "无", "-"], "wechat_gh_id"),
    ],
)
def test_a_column_of_codes_under_any_header_stops_the_run(title: str, values: list[str], field: str) -> None:
    table: dict[str, list[str] | dict[str, str]] = {"户名": ["甲"], title: values}
    with pytest.raises(Invalid, match=f"--column {title}={field} 或 --column {title}=-"):
        check(**table)
    check({title: field}, **table)
    check({title: "-"}, **table)


def resident_numbers() -> list[str]:
    body = [f"350102199{n % 10}0{n % 9 + 1}1{n % 10}{n:03}" for n in range(400)]
    return [one + mod_11_2.calc_check_digit(one) for one in body]


def test_columns_of_other_numbers_and_addresses_stop_nothing() -> None:
    draw = random.Random(1)
    check(
        户名=["甲"],
        证件号码=resident_numbers(),
        核心流水=[f"{draw.randrange(10**17, 10**18)}" for _ in range(400)],
        订单=[f"PAY{draw.randrange(10**14, 10**15)}" for _ in range(400)],
        邮箱地址=["a@a-sample.example", "b@b-sample.example"],
        附件=["合同.pdf", "a.docx", "b.jpg"],
        影像=[f"http://images.bank.example/{number}.jpg" for number in range(9)],
        版本=["1.2.3", "10.0.0.1", "v1.2"],
        拼音=["li.ming", "wang.fang 1"],
    )


def test_a_mapping_file_keeps_choices_and_options_go_before_it() -> None:
    form = 'delimiter = "|"\nheader_row = 0\nencoding = "gb18030"\n'
    text = form + '[columns]\n1 = "name"\n2 = "-"\n[defaults]\nservice = "CUSTODY"\n'
    kept, defaults = mapping_of(text, "bank.toml")
    assert kept == ReadOptions(columns={"1": "name", "2": "-"}, delimiter="|", header_row=0, encoding="gb18030")
    assert defaults == {"service": "CUSTODY"}
    said = ReadOptions(columns=column_options(["2=brand"]), delimiter=delimiter_option("\\t"))
    both = merged(said, kept)
    assert (both.columns, both.delimiter, both.header_row) == ({"1": "name", "2": "brand"}, "\t", 0)
    assert ReadOptions.from_json(both.as_json()) == both
    for wrong in ("delimitr = 1", "header_row = -1", "= x", "[defaults]\ncolour = 1", 'delimiter = "ab"'):
        with pytest.raises(Invalid):
            mapping_of(wrong, "bank.toml")


@pytest.mark.parametrize(
    "text",
    [
        *(f"{key} = {value}" for key in ("columns", "delimiter", "header_row", "encoding", "sheet", "defaults")
          for value in ("[]", "1.5", "2017-07-01", "true", "[[1]]", "'no such thing|'" if key != "sheet" else "1")),
        "a." * 50_000 + "b = 1",
        '"\u2028".' * 20_000 + "b = 1",
        "a = " + "[" * 50_000,
        "header_row = " + "9" * 5_000,
        "header_row = 1048577",
        "x = 1\n" * 2,
        "\x00",
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(Invalid):
        mapping_of(text, "bank.toml")
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "sign"), [("\\x01", "\x01"), ("tab", "\t"), ("|+|", "|+|"), ("^", "^"), ("\\t", "\t")]
)
def test_delimiters_as_people_write_them(text: str, sign: str) -> None:
    assert delimiter_option(text) == sign
