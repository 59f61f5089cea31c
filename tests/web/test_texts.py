"""The catalogues: the same keys and words in each language, and every key that a page asks for."""

import re
from pathlib import Path
from string import Formatter

import pytest

from app.api.codes import flags, reason_codes
from app.policy.staff_texts import WORDS
from app.web import catalogue

WEB = Path(catalogue.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SOURCES = sorted(WEB.glob("*.py"))
_ASKED = re.compile(r"""\bt(?:exts)?(?:\.html)?\(\s*["']([\w.-]+)["']\s*[,)]""")


def words(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def asked_for() -> set[str]:
    return {key for path in (*TEMPLATES, *SOURCES) for key in _ASKED.findall(path.read_text(encoding="utf-8"))}


def test_both_languages_have_the_same_keys() -> None:
    zh, en = (catalogue.catalogue(language).texts for language in ("zh", "en"))
    assert sorted(zh.keys() ^ en.keys()) == []


@pytest.mark.parametrize("key", sorted(catalogue.catalogue("zh").texts))
def test_a_text_fills_in_the_same_words_in_both(key: str) -> None:
    zh, en = (catalogue.catalogue(language).texts[key] for language in ("zh", "en"))
    assert words(zh) == words(en)
    assert zh.strip()
    assert en.strip()


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = asked_for()
    assert len(asked) > 30
    assert sorted(asked - catalogue.catalogue("zh").texts.keys()) == []


def test_no_template_has_text_of_its_own() -> None:
    """Chinese in a template would stay Chinese in English; every text comes from the catalogue."""
    for path in TEMPLATES:
        assert not re.search(r"[\u4e00-\u9fff]", path.read_text(encoding="utf-8")), path.name


def test_no_template_needs_more_than_the_policy_allows() -> None:
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bstyle=|\bon\w+=|hx-on|javascript:|js:|\|\s*safe\b", text), path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path.name
        assert not re.search(r'hx-trigger="[^"]*\[', text), path.name
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
        assert "https://" not in text, path.name


def test_every_reason_and_flag_of_decisions_has_words() -> None:
    wanted = {f"reason.{code}" for code in reason_codes()} | {f"flag.{flag.partition(':')[0]}" for flag in flags()}
    assert len(wanted) > 40
    assert sorted(wanted - catalogue.catalogue("zh").texts.keys()) == []


def test_every_kind_of_audit_record_that_is_written_has_words() -> None:
    app = WEB.parent
    written = {
        kind
        for path in app.rglob("*.py")
        for kind in re.findall(
            r'"((?:key|client|session|access|settings|retention)\.[a-z_]+)"', path.read_text(encoding="utf-8")
        )
    } - {"access.log"}
    assert len(written) > 6
    assert sorted(kind for kind in written if f"audit_kind.{kind}" not in catalogue.catalogue("zh").texts) == []


def test_the_console_and_printed_papers_have_the_same_words() -> None:
    zh = catalogue.catalogue("zh").texts
    for family, words_of in WORDS.items():
        assert {code: zh[f"{family}.{code}"] for code in words_of} == dict(words_of)
