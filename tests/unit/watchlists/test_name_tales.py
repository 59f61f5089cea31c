"""What a cell tells about a name in words: each plain name in it is found, or the cell is refused; none is silent."""

import random

import pytest
from list_files import row
from test_name_cells import PLACES, Cells, check_one, entry, strength

from app.matching import Index
from app.watchlists.name_cells.take_apart import is_plain, take_apart

TALES = (
    *(
        "{A}，对外以“{S}”名义经营",
        "{A}（对外以{S}名义开展业务）",
        "{A}“{S}”APP",
        "{A}运营的“{S}”平台",
        "{A}开发的{S}平台",
    ),
    *(
        "{A}旗下“{S}”",
        "{A}旗下平台{S}",
        "{A}（公众号：{S}）",
        "{A}（微信公众号“{S}”）",
        "公众号“{S}”（{A}）",
        "{S}—{A}",
    ),
    *(
        "“{S}”（{A}运营）",
        "{S}（由{A}运营）",
        "平台名：{S}，公司名：{A}",
        "{A}：{S}",
        "{A}-{S}",
        "{S}（APP）",
        "APP：{S}",
    ),
    *(
        "{A}（2016年5月前名为{B}）",
        "{A}（前称{B}）",
        "{B}（现{A}）",
        "{B}（今{A}）",
        "{A}（由{B}更名而来）",
        "{A}（系{B}更名）",
    ),
    *("{A}（2016年5月10日由{B}更名）", "{A}&{B}", "{A}+{B}", "{A}·{B}", "{A}{B}", "{A}。{B}。", "A.{A} B.{B}"),
    *(
        "一、{A}二、{B}",
        "Ⅰ.{A}Ⅱ.{B}",
        "001-{A}",
        "088_{A}",
        "NO.1 {A}",
        "№1 {A}",
        "编号003 {A}",
        "序号1：{A}",
        "088号会员{A}",
    ),
    *("综合类会员单位0112{A}", "天津样本贵金属交易所088会员单位{A}", "003_{A}_客户账户_20141217", "{A}及分公司"),
    *(
        "{A}股东：{B}",
        "{A}（控股股东{B}）",
        "{A}（子公司：{B}）",
        "{A}&nbsp;",
        "{A}<br>{B}",
        "<b>{A}</b>",
        "{A}（注：已停业）",
    ),
    *(
        "{A}（客服QQ：100000001）",
        "{A}（邮箱：a@sample.example）",
        "{A}（账号6222000000000000149）",
        "{A}（注册资本：1000万）",
    ),
    *(
        *("{A}（包括{B}）", "{A}（关联企业{B}）", "{A}（股东为{B}）", "{A}，收款方为{B}", "{A}（网站备案主体为{B}）"),
        *("{A}（其前身为{B}）", "{A}（以前叫{B}）", "{A}（历史名称{B}）", "{A}（工商登记为{B}）", "{A}（实为{B}）"),
        *("{A}（后更名{B}）", "{A}（后改为{B}）", "{A}（2017.3.1起更名{B}）", "{A}已变更为{B}", "{A}（居间商{B}）"),
        *("{A}（亦名{S}）", "{A}（“{S}”“{S}”）", "{A}（以下称“{S}”）", "{A}（平台名称{S}）", "{A}（自称“{S}”）"),
        *("{A}（冒用{S}名义）", "{A}（小程序：{S}）", "{S}（运营单位为{A}）", "{S} {A}", "{S}（已更名{S}）"),
        *("一是{A}，二是{B}", "其一{A}；其二{B}", "#1{A}", "01{A}", "2017001 {A}", "FJ-001 {A}", "序1 {A}"),
        *("新增 {A}", "2017-03-15 {A}", "2017.3.15{A}", "2017年3月15日 {A}", "012号{A}"),
        *("_x000D_{A}", "{A}_x000D_", "{A}破产管理人", "{A}清算组", "{A}，华样新{B}"),
        "{A}（批准文号：样政〔2015〕1号）",
        "{A}¹",
        "{A}†",
        "◎{A}",
        "√{A}",
        "户名：{A}",
        "收款方：{A}",
        "企业全称：{A}",
        "{A}（英文名：{E}）",
    ),
)


def written(cells: Cells, tale: str) -> str:
    """Return a tale with names of its own, which are kept in mind."""
    text = tale
    for mark in ("{A}", "{B}"):
        while mark in text:
            name = cells.name()
            while "有限" not in name:
                cells.sure.remove(name)
                name = cells.name()
            text = text.replace(mark, name, 1)
    return text.replace("{S}", cells.short() if "{S}" in text else "").replace("{E}", "Sample Exchange Limited")


@pytest.mark.parametrize("tale", TALES)
def test_what_a_cell_tells_is_read_or_refused(tale: str) -> None:
    cells = Cells(TALES.index(tale))
    for _ in range(5):
        cells.sure, cells.known = [], []
        text = written(cells, tale)
        report, rows = check_one(row(legal_name=text))
        if report.is_refused:
            continue
        codes = {one.code for one in report.findings if one.column == "legal_name"}
        assert "NAME_CELL_READ" in codes, text
        index = Index.build([entry(rows[0])])
        for name in (*cells.sure, *cells.known):
            assert strength(index, name) is not None, (text, name, rows[0])


@pytest.mark.parametrize("before", ["SQX ", "SQX", "海豚样盘 ", "新增", "甲：", "012号 "])
def test_what_is_before_a_region_is_no_part_of_the_name(before: str) -> None:
    name = "福州样本甲商贸有限公司"
    report, rows = check_one(row(legal_name=before + name))
    assert not report.is_refused
    assert rows[0]["legal_name"] == name
    assert "NAME_CELL_READ" in {one.code for one in report.findings}


def test_another_organisation_before_a_region_is_refused() -> None:
    report, _ = check_one(row(legal_name="样本贵金属交易所-福州样本甲商贸有限公司"))
    assert {one.code for one in report.findings if one.column == "legal_name"} == {"NAME_NOT_PLAIN"}


@pytest.mark.parametrize("remark", ["关联公司{A}", "会员单位有{A}、{B}", "收款方{A}；停业"])
def test_a_company_that_a_remark_only_mentions_is_said(remark: str) -> None:
    cells = Cells(7)
    text = written(cells, remark)
    report, rows = check_one(row(remark=text))
    (found,) = (one for one in report.findings if one.column == "remark")
    assert found.code == "REMARK_NAMES_COMPANY"
    assert all(name in found.text_zh for name in cells.sure if name[:2] in PLACES)
    assert "other_legal_names" not in rows[0]


TRADES = (
    "贸易",
    "市场开发",
    "市场运营管理",
    "酒店管理",
    "照明",
    "会员服务",
    "股东权益咨询",
    "汽车销售服务",
    "进出口",
    "石材",
)
UNITS = (
    *(
        "",
        "厦门分公司",
        "福州营业部",
        "福州台江样店",
        "泉州第二项目部",
        "加油站",
        "门诊部",
        "工会委员会",
        "邮币卡交易中心",
    ),
    *("海沧工厂", "幼儿园", "后勤服务中心", "餐厅", "机关服务处", "5号码头"),
)


def test_companies_and_their_units_are_one_name() -> None:
    draw = random.Random(13)
    for _ in range(5_000):
        place = draw.choice(("福州", "厦门市", "中国", "今", "现代", "华样", "样本集团"))
        core = "样" + "".join(draw.choices("甲乙丙丁云天海新华信达和平", k=3))
        name = place + core + draw.choice(TRADES) + draw.choice(("有限公司", "股份有限公司")) + draw.choice(UNITS)
        assert is_plain(name), take_apart(name)


@pytest.mark.parametrize(
    ("column", "cell", "names"),
    [
        ("app_name", "海豚样盘、样通宝", ("海豚样盘", "样通宝")),
        ("app_name", "“海豚样盘”APP", ("海豚样盘",)),
        ("wechat_name", "公众号：海豚样盘", ("海豚样盘",)),
        ("wechat_name", "海豚样盘/样通宝", ("海豚样盘", "样通宝")),
        (
            "payee_names",
            "福州样本甲商贸有限公司、福州样本乙商贸有限公司",
            ("福州样本甲商贸有限公司", "福州样本乙商贸有限公司"),
        ),
        ("payee_names", "户名：福州样本甲商贸有限公司", ("福州样本甲商贸有限公司",)),
        ("payee_names", "福州样本甲商贸有限公司（账号6222000000000000149）", ("福州样本甲商贸有限公司",)),
        ("former_names", "2015年前为福州样本甲商贸有限公司", ("福州样本甲商贸有限公司",)),
        ("former_names", "福州样本甲商贸有限公司\\福州样本乙商贸有限公司", ()),
        ("name_en", "Sample Yang Exchange Co., Ltd. (SYE)", ("Sample Yang Exchange Co., Ltd.", "SYE")),
        ("payee_names", "开户名：福州样本甲商贸有限公司，开户行：示例银行", ("福州样本甲商贸有限公司",)),
        ("payee_names", "受托收款福州样本甲商贸有限公司账号等", ()),
        ("aliases", "海豚样和样通宝", ()),
        ("remark", "现已改名福州样本甲商贸有限公司，继续经营", ("福州样本甲商贸有限公司",)),
        ("remark", "与福州样本甲商贸有限公司为同一家", ("福州样本甲商贸有限公司",)),
        ("remark", "原名福州样本甲商贸有限公司", ("福州样本甲商贸有限公司",)),
        ("remark", "2016年5月已更名为福州样本甲商贸有限公司；停业", ("福州样本甲商贸有限公司",)),
    ],
)
def test_other_cells_of_names_are_read_or_refused(column: str, cell: str, names: tuple[str, ...]) -> None:
    report, rows = check_one(row(**{column: cell}))
    if report.is_refused:
        assert not names
        return
    assert column in {one.column for one in report.findings}
    index = Index.build([entry(rows[0])])
    for name in names:
        assert strength(index, name) is not None, (cell, rows[0])
    _, again = check_one({key: str(value) for key, value in row(**{column: cell}).items()})
    assert again == rows


@pytest.mark.parametrize(
    ("column", "cell", "values"),
    [
        (
            "domains",
            "http://www.aa-sample.example/i.html、bb-sample.example",
            ["aa-sample.example", "bb-sample.example"],
        ),
        ("domains", "官网：cc-sample.example（已关闭）", ["cc-sample.example"]),
        ("phones", "0591-00000777/0591-00000778", ["059100000777", "059100000778"]),
        ("payee_accounts", "6222000000000000173、6222000000000000181", ["6222000000000000173", "6222000000000000181"]),
        ("payee_accounts", "6222 0000 0000 0000 173", ["6222000000000000173"]),
    ],
)
def test_cells_of_several_codes_are_read_apart(column: str, cell: str, values: list[str]) -> None:
    _, (found,) = check_one(row(**{column: cell}))
    assert found[column] == values
    assert "unmatched" not in found
