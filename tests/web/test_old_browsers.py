"""The console runs in Chromium 109, the last one for Windows 7 and Server 2012, as banks still have it.

A browser cannot say what it does not know: what came later is listed here, from the compatibility tables of MDN
(first Chromium version in brackets), and our own styles and scripts are searched for it.  The vendored files are
those of Bootstrap 5.3 and htmx 2, whose published browser lists go back further.
"""

import re
from pathlib import Path

import pytest

from app.web import static_files

STATIC = Path(static_files.__file__).parent / "static"
TEMPLATES = sorted((STATIC.parent / "templates").glob("*.html"))
STYLES = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted(STATIC.glob("*.js"))

LATER_STYLES = {
    "nesting (112)": r"&\s*[.:#\[>+~\w]|^\s+[.:#&][^{};]*\{[^}]*\{",
    "color-mix (111)": r"color-mix\(",
    "oklch, lab (111)": r"\b(?:oklch|oklab|lch|lab)\(",
    "relative colours (119)": r"\b(?:rgb|hsl)a?\(\s*from\b",
    "light-dark (123)": r"light-dark\(",
    "dynamic field sizing (123)": r"field-sizing",
    "@scope (118), @starting-style (117)": r"@(?:scope|starting-style|position-try|view-transition)",
    "trigonometry (111)": r"\b(?:sin|cos|tan|asin|acos|atan2?|pow|sqrt|hypot|round|mod|rem)\(",
    "subgrid (117)": r"\bsubgrid\b",
    "popover (114), anchors (125)": r":popover-open|anchor\(|anchor-name|position-anchor",
    "scroll timelines (115)": r"(?:animation|scroll|view)-timeline",
    "lh unit (109 has it, rlh 111)": r"\d(?:rlh|rcap|rex|ric|rch|cap)\b",
    ":user-valid (119), :dir (120), :has-slotted": r":(?:user-valid|user-invalid|dir\(|has-slotted|state\()",
    "mask without prefix (120)": r"(?<!-webkit-)\bmask(?:-image)?\s*:",
    "range in media queries is 104, style queries 111": r"@container\s+style",
}
HARMLESS_STYLES = frozenset({"text-wrap: balance", "text-wrap: pretty"})
"""Later ones that an old browser skips without harm: headings only wrap less evenly."""

LATER_SCRIPTS = {
    "Object.groupBy, Map.groupBy (117)": r"\.groupBy\(",
    "Promise.withResolvers (119), Promise.try (128)": r"withResolvers|Promise\.try",
    "copying array methods (110)": r"\.(?:toSorted|toReversed|toSpliced|with)\(",
    "Array.fromAsync (121)": r"fromAsync",
    "set methods (122)": r"\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference|intersection|union)\(",
    "iterator helpers (122)": r"Iterator\.from",
    "isWellFormed (111)": r"isWellFormed|toWellFormed",
    "URL.canParse (120)": r"URL\.(?:canParse|parse)\(",
    "regular expressions with v (112)": r"/[dgimsuy]*v[dgimsuy]*[;,).\s]",
    "popovers and view transitions (111, 114)": r"showPopover|togglePopover|startViewTransition",
    "setHTMLUnsafe (124), parseHTMLUnsafe": r"setHTML|parseHTMLUnsafe",
    "AbortSignal.any (116)": r"AbortSignal\.any",
    "RegExp.escape (136), Array.prototype.with": r"RegExp\.escape",
    "import attributes (123)": r"\bimport\b",
}


LATER_MARKUP = {
    "popovers (114), invokers (135)": r"\b(?:popover|popovertarget|commandfor|command|interestfor)\b\s*=",
    "the search element (118)": r"<search\b",
    "exclusive details (120)": r"<details[^>]*\bname=",
    "customizable select (135)": r"<selectedcontent|<hr>\s*</select>",
    "closing dialogs (134)": r"\bclosedby=",
    "declarative shadow roots (111)": r"\bshadowrootmode=",
    "blocking (105 has it), fetchlater, speculation rules (109 has them partly)": r"speculationrules",
    "image sizes auto (126)": r"sizes=[\"']auto",
    "switches (not there)": r"<input[^>]*\bswitch\b",
    "writing suggestions (124)": r"\bwritingsuggestions=",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_is_newer_than_chromium_109(path: Path) -> None:
    text = re.sub(r"\{[%#].*?[%#]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [what for what, pattern in LATER_MARKUP.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_no_style_is_newer_than_chromium_109(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [what for what, pattern in LATER_STYLES.items() if re.search(pattern, text, re.MULTILINE)] == []
    wraps = set(re.findall(r"text-wrap: \w+", text))
    assert wraps <= HARMLESS_STYLES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_is_newer_than_chromium_109(path: Path) -> None:
    text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
    assert [what for what, pattern in LATER_SCRIPTS.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (LATER_STYLES["nesting (112)"], ".a { color: red; &:hover { color: blue; } }"),
        (LATER_STYLES["color-mix (111)"], "a { color: color-mix(in srgb, red, blue) }"),
        (LATER_STYLES["mask without prefix (120)"], "a { mask: url(x.svg) }"),
        (LATER_MARKUP["popovers (114), invokers (135)"], '<button popovertarget="x">'),
        (LATER_MARKUP["exclusive details (120)"], '<details open name="x">'),
        (LATER_SCRIPTS["copying array methods (110)"], "list.toSorted()"),
        (LATER_SCRIPTS["regular expressions with v (112)"], r"text.match(/[\p{L}]/v)"),
    ],
)
def test_the_search_finds_what_it_looks_for(pattern: str, text: str) -> None:
    assert re.search(pattern, text, re.MULTILINE)


def test_there_is_something_to_search() -> None:
    assert {path.name for path in (*STYLES, *SCRIPTS)} >= {"console.css", "tokens.css", "console.js"}
    assert len(TEMPLATES) > 30
