"""Names made visible: what cannot be seen is written out, and nothing becomes markup."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.visible import is_hidden, visible_html, visible_text


@pytest.mark.parametrize(
    "char",
    [
        "\u200b",
        "\u200e",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\u3164",
        "\ufe0f",
        "\u00a0",
        "\u2028",
        "\x07",
        "\U000e0041",
        "\ue000",
    ],
)
def test_a_hidden_character_is_written_out(char: str) -> None:
    assert is_hidden(char)
    assert f"U+{ord(char):04X}" in visible_html(f"示{char}例")
    assert char not in visible_html(f"示{char}例")
    assert visible_text(f"示{char}例") == f"示[U+{ord(char):04X}]例"


@pytest.mark.parametrize("char", list("示A1 \u3000（）·𠮷é"))
def test_what_can_be_seen_stays(char: str) -> None:
    assert not is_hidden(char)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_the_name_the_only_tags_are_ours(text: str) -> None:
    html = str(visible_html(text))
    assert set(re.findall(r"<[^>]*>", html)) <= {"<bdi>", "</bdi>", '<span class="n-code">', "</span>"}
    shown = unescape(re.sub(r"<[^>]*>", "", html))
    assert [char for char in shown if is_hidden(char) and char not in "\n\t"] == []
