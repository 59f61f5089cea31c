"""Cells of codes and of persons as people fill them."""

import pytest

from app.bulk.rows.person_cells import persons_in
from app.identifiers import IdentifierError, Scheme, parse
from app.identifiers.code_cells import CODE_CELL_READ, MASKED, ZERO_RESTORED, identifiers_of, is_one_code, read_codes
from app.screening.no_name import is_no_name

CODE = "Y1350100DEM000014U"
OTHER = "Y1350200DEM000022U"


def read(scheme: Scheme, text: str) -> list[str]:
    return [parse(code.scheme, code.value).value for code in read_codes(scheme, text)]


@pytest.mark.parametrize(
    "written",
    [
        *(
            f'="{CODE}"',
            f"{CODE}。",
            f"（{CODE}）",
            f"统一社会信用代码：{CODE}",
            f"{CODE}（副本1-1）",
            f"{CODE}_x000D_",
        ),
        *(f"无/{CODE}", f"{OTHER} {CODE}", f"{OTHER}、{CODE}", f"{CODE}/350100000000001", f"{CODE}\n{OTHER}"),
    ],
)
def test_a_code_is_read_whatever_is_around_it(written: str) -> None:
    assert CODE in read(Scheme.USCC, written)
    assert {code.note for code in read_codes(Scheme.USCC, written)} == {CODE_CELL_READ}


def test_what_stands_beside_a_code_and_was_written_as_one_is_left_for_the_parser() -> None:
    cell = read_codes(Scheme.USCC, f"{CODE}、91350100OM000100Y43")
    assert [(code.value, code.note) for code in cell] == [(CODE, CODE_CELL_READ), ("91350100OM000100Y43", None)]
    with pytest.raises(IdentifierError):
        identifiers_of(Scheme.USCC, f"{CODE}、91350100OM000100Y43")


@pytest.mark.parametrize("written", [CODE, CODE.lower(), f" {CODE} ", "Y1-350100-DEM000014U"])
def test_one_code_is_read_without_a_word(written: str) -> None:
    assert is_one_code(Scheme.USCC, written)


@pytest.mark.parametrize(
    ("scheme", "written", "values"),
    [
        (Scheme.DOMAIN, "a-sample.example、b-sample.example", ["a-sample.example", "b-sample.example"]),
        (Scheme.DOMAIN, "网址a-sample.example", ["a-sample.example"]),
        (Scheme.DOMAIN, "a-sample[.]example", ["a-sample.example"]),
        (Scheme.DOMAIN, "官网：a-sam ple.example/x", ["a-sample.example"]),
        (Scheme.PHONE, "TEL:86059100000123、13800000000", ["059100000123", "13800000000"]),
        (Scheme.PHONE, "0591-00000123/0591-00000999", ["059100000123", "059100000999"]),
        (Scheme.PHONE, "电话:0591-00000123", ["059100000123"]),
        (Scheme.PHONE, "59100000123", ["59100000123", "059100000123"]),
        (Scheme.ACCOUNT, "账号6222000000000000149", ["6222000000000000149"]),
        (Scheme.ACCOUNT, "6222000000000000149.0", ["6222000000000000149"]),
        (Scheme.REG15, "350100000000001.0", ["350100000000001"]),
        (Scheme.APP_PKG, "com.sample.trade.apk", ["com.sample.trade"]),
        (Scheme.WECHAT_GH, "原始ID：gh_0123456789ab", ["gh_0123456789ab"]),
        (Scheme.ICP, "ICP备案：闽ICP备99990001号-2", ["闽ICP备99990001号-2"]),
    ],
)
def test_codes_of_every_scheme_are_found_in_their_cells(scheme: Scheme, written: str, values: list[str]) -> None:
    assert set(values) <= set(read(scheme, written))
    assert not is_one_code(scheme, written)


def test_what_was_restored_and_what_is_hidden_is_said() -> None:
    assert [code.note for code in read_codes(Scheme.PHONE, "59100000123")] == [None, ZERO_RESTORED]
    assert [code.note for code in read_codes(Scheme.ACCOUNT, "6222****0149")] == [MASKED]


@pytest.mark.parametrize("written", ["不是代码", "Y1350100DEM", "12345", "x" * 400])
def test_what_holds_no_code_is_left_for_the_parser(written: str) -> None:
    assert [(code.value, code.note) for code in read_codes(Scheme.USCC, written)] == [(written, None)]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("陈样甲", ["陈样甲"]),
        ("陈 样 甲", ["陈 样 甲"]),
        ("陈样甲（法人）", ["陈样甲"]),
        ("法定代表人：陈样甲", ["陈样甲"]),
        ("陈样甲、林样乙/张样丙；李样丁", ["陈样甲", "林样乙", "张样丙", "李样丁"]),
        ("John Smith", ["John Smith"]),
    ],
)
def test_persons_are_read_one_by_one(written: str, names: list[str]) -> None:
    assert persons_in(written) == names


@pytest.mark.parametrize(
    "name", ["同上商贸行", "福州合计科技有限公司", "见山茶馆", "缺月楼", "58同城", "OYFX", "无名之辈酒吧"]
)
def test_names_with_such_words_are_names(name: str) -> None:
    assert not is_no_name(name)
