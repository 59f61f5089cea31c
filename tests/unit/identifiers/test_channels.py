"""Channels: ICP, domain, WeChat, app, telephone, account, merchant (docs/law.md 9)."""

import pytest

from app.identifiers import IdentifierError, Scheme, comparable, parse


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("闽ICP备99990001号", "闽ICP备99990001号"),
        ("闽icp备99990001号-2", "闽ICP备99990001号-2"),
        ("闽ICP备 99990001 号－１２Ａ", "闽ICP备99990001号-12A"),
        ("閩ICP備99990001號", "闽ICP备99990001号"),
        ("闽ICP备99990001", "闽ICP备99990001号"),
        ("粤B2-20090059-1626X", "粤B2-20090059-1626X"),
        ("闽B2-99990001", "闽B2-99990001"),
        ("闽ICP证999999号", "闽ICP证999999号"),
    ],
)
def test_icp_numbers(raw: str, value: str) -> None:
    assert parse(Scheme.ICP, raw).value == value


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("闽ICP备99990001号-2", "闽ICP备99990001号"),
        ("粤B2-20090059-1626X", "粤B2-20090059"),
        ("闽B2-99990001", "闽B2-99990001"),
    ],
)
def test_an_icp_number_joins_by_its_subject(raw: str, subject: str) -> None:
    identifier = parse(Scheme.ICP, raw)
    assert comparable(identifier)[-1].value == subject
    assert comparable(identifier)[0] == identifier


def test_a_police_filing_is_told_from_an_icp_number() -> None:
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.ICP, "闽公网安备 35010299990001号")
    assert "公安备案" in error.value.text_zh


@pytest.mark.parametrize("raw", ["ICP备99990001号", "闽ICP备123号", "美ICP备99990001号", "闽ICP备99990001号-A"])
def test_what_is_no_icp_number(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse(Scheme.ICP, raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("example.com", "example.com"),
        ("WWW.Example.COM.", "example.com"),
        ("https://user:pw@www.weipan.example:8443/a/b?c=d#e", "weipan.example"),
        ("http://示例.example/登录", "xn--fsq092h.example"),
        ("示例。example", "xn--fsq092h.example"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("xn--fsq092h.example", "xn--fsq092h.example"),
        ("www.example", "www.example"),
        ("m.sample.example/path", "m.sample.example"),
    ],
)
def test_domains(raw: str, value: str) -> None:
    assert parse(Scheme.DOMAIN, raw).value == value


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "localhost",
        "http://",
        "192.168.0.1",
        "http://[::1]/",
        "-a.example",
        "a..example",
        "a b",
        "示例",
        "x" * 300 + ".example",
        "http://[bad",
    ],
)
def test_what_is_no_domain(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse(Scheme.DOMAIN, raw)


def test_wechat_original_id() -> None:
    assert parse(Scheme.WECHAT_GH, " GH_0A1B2C3D4E5F ").value == "gh_0a1b2c3d4e5f"
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.WECHAT_GH, "gh_Oa1b2c3d4e5f")
    assert error.value.suggestion == "gh_0a1b2c3d4e5f"
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.WECHAT_GH, "shili_trade")
    assert error.value.suggestion is None


@pytest.mark.parametrize("raw", ["com.example.App", "COM.EXAMPLE.APP", " com.example.app "])
def test_package_names_ignore_case(raw: str) -> None:
    assert parse(Scheme.APP_PKG, raw).value == "com.example.app"


@pytest.mark.parametrize("raw", ["example", "com..app", "1com.example", "示例.app", "com.example.app;rm"])
def test_what_is_no_package_name(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse(Scheme.APP_PKG, raw)


@pytest.mark.parametrize("raw", ["1234567890", "id1234567890", "https://apps.apple.com/cn/app/shili/id1234567890?mt=8"])
def test_app_store_ids(raw: str) -> None:
    assert parse(Scheme.APP_STORE, raw).value == "1234567890"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0591-87654321", "059187654321"),
        ("(0591) 8765 4321", "059187654321"),
        ("+86 591 87654321", "059187654321"),
        ("0086-0591-87654321", "059187654321"),
        ("0591-87654321转801", "059187654321"),
        ("0591-87654321-801", "059187654321"),
        ("+86 138 0000 1234", "13800001234"),
        ("400-123-4567", "4001234567"),
        ("+86-400-123-4567", "4001234567"),
        ("95599", "95599"),
        ("00852 2345 6789", "+85223456789"),
        ("+852-2345-6789", "+85223456789"),
    ],
)
def test_telephone_numbers(raw: str, value: str) -> None:
    assert parse(Scheme.PHONE, raw).value == value


@pytest.mark.parametrize("raw", ["", "1234", "电话", "0" * 11, "1" * 20])
def test_what_is_no_telephone_number(raw: str) -> None:
    with pytest.raises(IdentifierError):
        parse(Scheme.PHONE, raw)


@pytest.mark.parametrize(
    ("raw", "value"), [("6222 0012-3456 7890", "6222001234567890"), ("nra12345678", "NRA12345678")]
)
def test_accounts(raw: str, value: str) -> None:
    account = parse(Scheme.ACCOUNT, raw)
    assert account.value == value
    assert comparable(account) == (account,)


@pytest.mark.parametrize("raw", ["6222****1234", "6222 **** **** 1234", "6222XXXX1234", "６２２２＊＊＊＊１２３４"])
def test_a_masked_account_is_kept_and_joins_nothing(raw: str) -> None:
    account = parse(Scheme.ACCOUNT, raw)
    assert account.value.startswith("6222**")
    assert comparable(account) == ()


@pytest.mark.parametrize(
    ("raw", "suggestion"), [("62220O1234567890", "6222001234567890"), ("1234567", None), ("1" * 33, None), ("无", None)]
)
def test_what_is_no_account(raw: str, suggestion: str | None) -> None:
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.ACCOUNT, raw)
    assert error.value.suggestion == suggestion


def test_merchant_and_terminal_numbers() -> None:
    assert parse(Scheme.MERCHANT, "999391053110001").value == "999391053110001"
    assert parse(Scheme.TERMINAL, "abcd1234").value == "ABCD1234"
    with pytest.raises(IdentifierError, match="15"):
        parse(Scheme.MERCHANT, "99939105311000")
    with pytest.raises(IdentifierError, match="8"):
        parse(Scheme.TERMINAL, "1234567")


@pytest.mark.parametrize("text", ["a-sample.example、b-sample.example", "a-sample.example；b", "（a-sample.example）"])
def test_several_hosts_are_no_domain(text: str) -> None:
    with pytest.raises(IdentifierError):
        parse(Scheme.DOMAIN, text)
