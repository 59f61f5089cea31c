"""Every page by itself: accessible, narrow, light, by keyboard, and unharmed by any name."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from desk import Desk
from playwright.sync_api import FileChooser, Page, TimeoutError  # noqa: A004 - Playwright's

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PAGES = [
    ("黄示例", "/"),
    ("黄示例", "/screenings"),
    ("黄示例", "screening"),
    ("周示例", "entity"),
    ("陈示例", "/lists"),
    ("林示例", "/lists/fj-violating"),
    ("林示例", "/lists/fj-violating/versions/1"),
    ("黄示例", "/bulk"),
    ("周示例", "/alerts"),
    ("黄示例", "/book"),
    ("黄示例", "/book/upload"),
    ("周示例", "/sweeps"),
    ("郑示例", "/audit"),
    ("郑示例", "/audit/verify"),
    ("吴示例", "/system"),
    ("黄示例", "/shortcuts"),
    ("黄示例", "/login"),
]
KB = 1024
PROBES = [
    "<script>window.harm=1</script>",
    "<img src=x onerror=window.harm=1>",
    "'\"><svg onload=window.harm=1>",
    "javascript:window.harm=1",
    "{{7*7}}${7*7}<%=7*7%>",
    "</title></textarea></select><b>x</b>",
    "\u202e司公限有\u2066示例\u200b",
    "=cmd|'/c calc'!A1",
    '#eval("1") $x$ *粗* `码`',
    "\ufdfd",
    "长" * 380,
]


def screen(desk: Desk, page: Page, name: str, **more: str) -> None:
    desk.go(page, "/")
    page.fill("#q", name)
    page.fill("#service_date", "2017-07-03")
    for field, text in more.items():
        page.fill(f"#{field}", text)
    page.click("main form .btn-primary")
    page.wait_for_url("**/screenings/*")


def shown(desk: Desk, page: Page, path: str) -> Page:
    """Go to a page; ``screening`` and ``entity`` are found by asking."""
    if path == "screening":
        screen(desk, page, "福建·示例\u200b大宗商品交易中心有限责任公司")
    elif path == "entity":
        desk.go(page, "/?q=FJ-0001")
        page.click("main table a")
        page.wait_for_url("**/entities/*")
    else:
        desk.go(page, path)
    return page


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_axe_finds_nothing_serious(desk: Desk, person: str, path: str) -> None:
    page = shown(desk, desk.sit(person, bypass_csp=True), path)
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        ".then((result) => result.violations.map((one) => [one.id, one.impact, one.nodes.map((node) => node.html)]))"
    )
    assert [one for one in found if one[1] in {"serious", "critical"}] == []


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_nothing_is_cut_off_on_a_narrow_screen_or_at_200_percent(desk: Desk, person: str, path: str) -> None:
    for width in (390, 720):
        page = shown(desk, desk.sit(person, width=width), path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{path} at {width}"


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_first_visit_is_light(desk: Desk, person: str, path: str) -> None:
    page = shown(desk, desk.sit(person), path)
    place = page.url
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    page.goto(place)
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 5
    assert sum(sizes) <= 150 * KB


def test_the_keyboard_alone_searches_and_the_focus_is_always_seen(desk: Desk) -> None:
    page = desk.go(desk.sit("黄示例"), "/")
    page.keyboard.press("/")
    page.keyboard.type("无关贸易公司")
    page.keyboard.press("Enter")
    page.wait_for_url("**/screenings/*")
    assert "放行" in page.inner_text(".c-verdict")
    for path in ("/", "/lists"):
        desk.go(page, path)
        for _ in range(25):
            page.keyboard.press("Tab")
            look = page.evaluate(
                "(() => { const one = document.activeElement; if (one === document.body) return 'body';"
                " const style = getComputedStyle(one);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none' ? 'seen' : one.outerHTML; })()"
            )
            assert look in {"seen", "body"}, look
    desk.go(page, "/")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/lists")
    page.keyboard.press("?")
    page.wait_for_url("**/shortcuts")
    page.click("text=关闭单键快捷键")
    desk.go(page, "/lists")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_timeout(300)
    assert page.url.endswith("/lists")


@pytest.mark.parametrize("probe", PROBES)
def test_a_hostile_name_is_text_everywhere(desk: Desk, probe: str) -> None:
    page = desk.sit("黄示例")
    screen(
        desk, page, f"{probe}公司", other_name=f"示例{probe}", reference=probe[:100].replace("\u202e", ""), remark=probe
    )
    place = page.url
    words = re.sub(r"[\u202e\u2066\u200b]", "", probe)
    for path in (place.removeprefix(desk.base), "/screenings", "/", f"/?from={place.rsplit('/', 1)[1]}"):
        desk.go(page, path)
        text = re.sub(r"U\+[0-9A-F]{4}", "", page.inner_text("main"))
        if "from=" not in path:
            assert words in text, path
        assert page.evaluate("window.harm") is None
        assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize("probe", PROBES)
def test_a_hostile_name_is_text_in_files_and_books(desk: Desk, tmp_path: Path, probe: str) -> None:
    cell = '"' + probe.replace('"', '""') + '公司"'
    file = tmp_path / "book.csv"
    file.write_text(f"客户号,户名,{cell}\nP-1,{cell},{cell}\n", encoding="utf-8")
    page = desk.sit("黄示例")
    for path in ("/bulk", "/book/upload"):
        desk.go(page, path)
        page.set_input_files("#file", file)
        page.click("main form .btn-primary")
        page.wait_for_selector("select[name=column-2]")
        assert page.evaluate("window.harm") is None
        assert page.locator("main script, main img").count() == 0
        words = re.sub(r"[\u202e\u2066\u200b]", "", probe)
        assert words in re.sub(r"U\+[0-9A-F]{4}", "", page.inner_text("main"))
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0


@pytest.mark.parametrize("probe", PROBES)
def test_a_hostile_name_is_text_in_the_certificate(desk: Desk, probe: str) -> None:
    page = desk.sit("黄示例")
    screen(desk, page, f"{probe}公司"[:400])
    answer = page.request.get(f"{page.url}/certificate")
    assert answer.status == 200, answer.text()
    body = answer.body()
    assert body.startswith(b"%PDF-")
    assert body.rstrip().endswith(b"%%EOF")
    assert not re.search(rb"/(?:JavaScript|Launch|OpenAction|SubmitForm|URI)\b", body)


def test_an_expired_session_leads_back_to_the_page(desk: Desk) -> None:
    page = desk.go(desk.sit("黄示例"), "/screenings?outcome=BLOCK")
    page.context.clear_cookies()
    page.click("main form .btn-primary")
    page.wait_for_url("**/login?*")
    page.fill("#key", desk.keys["黄示例"])
    page.click("main button[type=submit]")
    page.wait_for_url("**/screenings?*outcome=BLOCK*")


def test_what_was_typed_survives_the_end_of_the_session(desk: Desk) -> None:
    page = desk.go(desk.sit("黄示例"), "/")
    page.fill("#q", "示例\u200b公司<b>")
    page.fill("#remark", "很长的备注，第一句。")
    page.context.clear_cookies()
    page.click("main form .btn-primary")
    page.wait_for_selector("text=填写的内容还在，登录后")
    page.fill("#key", desk.keys["黄示例"])
    page.click("main button[type=submit]")
    page.wait_for_selector("text=没有提交")
    page.click("text=回到填写的表单")
    page.wait_for_selector("text=还没有提交")
    assert page.input_value("#q") == "示例\u200b公司<b>"
    assert page.input_value("#remark") == "很长的备注，第一句。"
    page.click("main form .btn-primary")
    page.wait_for_url("**/screenings/*")


def pressed_to(page: Page, selector: str) -> None:
    """Go on by Tab alone until the focus is there, and is seen."""
    for _ in range(120):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab does not reach {selector}")
    look = page.evaluate(
        "(() => { const style = getComputedStyle(document.activeElement);"
        " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; })()"
    )
    assert look, selector


def chosen_by_key(page: Page) -> FileChooser:
    """Return the file chooser that Space opens; a busy machine may lose a key."""
    for _ in range(3):
        try:
            with page.expect_file_chooser(timeout=8_000) as chooser:
                page.keyboard.press("Space")
        except TimeoutError:
            continue
        return chooser.value
    raise AssertionError("Space opens no file chooser")


def test_the_keyboard_alone_uploads_submits_and_approves(desk: Desk, tmp_path: Path) -> None:
    from watchlist_rows import VENUE, as_csv

    file = tmp_path / "list.csv"
    file.write_bytes(as_csv([VENUE | {"external_id": "FJ-7001", "legal_name": "福州样本键盘交易中心有限公司"}]))
    maker = desk.go(desk.sit("陈示例"), "/lists")
    pressed_to(maker, "#upload-code")
    maker.keyboard.type("fj-keyboard")
    pressed_to(maker, "input[type=file]")
    chosen_by_key(maker).set_files(file)
    pressed_to(maker, "form[data-upload] button[type=submit]")
    maker.keyboard.press("Enter")
    maker.wait_for_url("**/lists/fj-keyboard/versions/1")
    pressed_to(maker, "#do-submit")
    maker.keyboard.press("Space")
    pressed_to(maker, "form:has(#h-decide) .btn-primary")
    maker.keyboard.press("Enter")
    maker.wait_for_selector(".c-head >> text=待复核")
    checker = desk.go(desk.sit("林示例"), "/lists/fj-keyboard/versions/1")
    pressed_to(checker, "[name=do]:checked")
    pressed_to(checker, "#key")
    checker.keyboard.type(desk.keys["林示例"])
    checker.keyboard.press("Enter")
    checker.wait_for_selector(".c-head >> text=生效")


def test_the_whole_console_is_there_in_english(desk: Desk) -> None:
    page = shown(desk, desk.sit("黄示例"), "screening")
    page.click("text=English")
    page.wait_for_selector("text=Stop service")
    assert page.evaluate("document.documentElement.lang") == "en"
    desk.go(page, "/lists")
    assert page.inner_text("h1") == "Lists"
