"""Hostile strings: no crash, no blow-up of time."""

import time

import pytest

from app.matching import Entry, Index, ListedName, Query, QueryName

pytestmark = pytest.mark.compiled

HOSTILE = {
    "combining marks": "福建示例" + "\u0301" * 10_000 + "交易中心有限公司",
    "unpaired surrogates": "\ud800\udfff\ud800" * 7000,
    "one character": "示" * 20_000,
    "one syllable": "shi" * 7000,
    "letters": "a" * 20_000,
    "marks": "（" * 20_000,
    "every plane": "".join(chr(code) for code in range(0, 0x110000, 57) if not 0xD800 <= code < 0xE000)[:20_000],
    "row ends": "\x06\x05\x04" * 7000,
    "nothing": "\x00",
}


@pytest.fixture(scope="module")
def index() -> Index:
    index = Index.build(
        [
            Entry(str(i), (ListedName(f"福建示例{a}{b}交易中心有限公司"),))
            for i, (a, b) in enumerate(zip("甲乙丙丁", "子丑寅卯", strict=True))
        ]
        + [Entry("hostile", tuple(ListedName(text) for text in HOSTILE.values()))]
    )
    index.search(Query((QueryName("示例"), QueryName("示例", free_text=True))))
    return index


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("free_text", [False, True])
def test_a_hostile_string_is_answered_in_time(index: Index, text: str, *, free_text: bool) -> None:
    started = time.thread_time()
    index.search(Query((QueryName(text, free_text=free_text),)))
    index.search_names([text])
    assert time.thread_time() - started < 1.0


def test_marks_between_characters_hide_no_name(index: Index) -> None:
    found = index.search(Query((QueryName("福建示例甲子交易" + "\u0301" * 10_000 + "中心有限公司"),)))
    assert found[0].key == "0"
    assert found[0].score == 100
