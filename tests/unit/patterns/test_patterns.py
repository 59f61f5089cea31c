"""Every regular expression of the service costs no more than the length of a text, whatever the text.

Patterns are found in the source: a new one is tried without being named here, and one that cannot be found fails.
"""

import ast
import importlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from attacks import GROWTH_MAX, Attack, attacks, every_attack, growth

import app
from app.names import exchange_name, keyword_patterns, keywords
from app.names.keyword_patterns import word_patterns
from app.watchlists.layout import meant_values

ROOT = Path(app.__file__).parent
METHODS = ("search", "match", "fullmatch", "sub", "split", "finditer", "findall")
SOURCE = {path: path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))}
_WORDS = (*keywords.keywords(), exchange_name.EXCHANGE)

# Patterns that a function makes: by its name, those it makes.
MADE: dict[str, Callable[[], list[re.Pattern[str]]]] = {
    "word_patterns": lambda: [pattern for word in _WORDS for pattern in word_patterns(word)],
    "of": lambda: [keywords._keyword_finder().likely, keywords._bulk_finder().likely, exchange_name._finder().likely],
    "certain": lambda: [keywords._keyword_finder().certain, exchange_name._finder().certain],
    "_exceptions": lambda: [keywords._exceptions()],
    "_excepted_name": lambda: [exchange_name._excepted_name()],
    "_other_reading": lambda: [exchange_name._other_reading()],
    "_rules": lambda: [words for rules in meant_values._MEANT.values() for words, _ in rules],
}


@dataclass(frozen=True)
class Use:
    """A pattern, and how the service uses it."""

    place: str
    method: str
    pattern: "re.Pattern[str] | re.Pattern[bytes]"

    def run(self, text: str) -> object:
        subject = text.encode("utf-8", "replace") if isinstance(self.pattern.pattern, bytes) else text
        if self.method in ("finditer", "findall"):
            return sum(1 for _ in self.pattern.finditer(subject))  # type: ignore[arg-type]  # as the pattern
        if self.method == "sub":
            return self.pattern.sub(subject[:0], subject)  # type: ignore[arg-type]  # as the pattern
        return getattr(self.pattern, self.method)(subject)


def _uses(unnamed: list[str]) -> list[Use]:
    """Return all uses that the sources have; add to ``unnamed`` what makes patterns and cannot be tried."""
    found: list[Use] = []
    for path, text in SOURCE.items():
        module = ".".join(("app", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for name, patterns in _made_in(module, ast.parse(text), unnamed):
            methods = _methods(name, text)
            found += [
                Use(f"{module}.{name}[{number}]", method, pattern)
                for number, pattern in enumerate(patterns)
                for method in methods
            ]
    return found


def _made_in(module: str, tree: ast.Module, unnamed: list[str]) -> list[tuple[str, list["re.Pattern[str]"]]]:
    """Return the patterns of a module by the name of the constant or function that makes them.

    Functions that :data:`MADE` does not name go into ``unnamed``, and the module where patterns are somewhere else.
    """
    found = []
    count = 0
    for node in ast.walk(tree):
        for call in ast.iter_child_nodes(node):
            if _is_pattern(call) and isinstance(node, ast.Assign | ast.AnnAssign) and node in tree.body:
                (target,) = node.targets if isinstance(node, ast.Assign) else (node.target,)
                assert isinstance(target, ast.Name)
                found.append((target.id, [getattr(importlib.import_module(module), target.id)]))
                count += 1
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(_is_pattern, ast.walk(node))):
            if node.name in MADE:
                found.append((node.name, MADE[node.name]()))
                count += sum(map(_is_pattern, ast.walk(node)))
            else:
                unnamed.append(f"{module}.{node.name}: make it a constant, or name it in MADE")
    patterns = sum(map(_is_pattern, ast.walk(tree)))
    if patterns != count:
        unnamed.append(f"{module}: {patterns} patterns, found {[name for name, _ in found]}")
    return found


def _is_pattern(node: ast.AST) -> bool:
    """Whether this compiles or uses a regular expression given as a text."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in (*METHODS, "compile", "subn")
    )


def _methods(name: str, text: str) -> list[str]:
    """Return how the module calls the pattern; all that search, where that cannot be seen."""
    used = re.findall(rf"\b{name}(?:\(\))?\.({'|'.join(METHODS)})\b", text)
    # Passed on under another name, or chosen by a condition.
    used = used or re.findall(rf"(?:\b[a-z]\w*|\))\.({'|'.join(METHODS)})\(", text)
    return sorted(set(used)) or ["search"]


UNNAMED: list[str] = []
USES = _uses(UNNAMED)


def _worst(use: Use, chosen: list[Attack]) -> list[tuple[Attack, float]]:
    return [(attack, grown) for attack in chosen if (grown := growth(use.run, attack)) > GROWTH_MAX]


def test_every_pattern_of_the_sources_is_tried() -> None:
    assert UNNAMED == []
    assert len(USES) > 50


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.place}.{use.method}")
def test_a_pattern_costs_no_more_than_the_length_of_the_text(use: Use) -> None:
    every = list(attacks(use.pattern.pattern))
    assert not _worst(use, random.Random(repr(use.pattern.pattern)).sample(every, min(len(every), 12)))


@pytest.mark.long
@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.place}.{use.method}")
def test_a_pattern_withstands_every_attack(use: Use) -> None:
    assert not _worst(use, list(every_attack(use.pattern.pattern)))


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"[w微](?:[aeiw]|[^\u4e00-\u9fff]){0,20}[p盘]", "search"),  # what froze the service: alternatives that overlap
        (r"^\s+|\s+$", "sub"),
        (r"(.+)@([^@]*\d[^@]*)", "fullmatch"),
        (r"(a+)+b", "search"),
        (r"\d+(?:\.\d+)?e\d+", "search"),
    ],
)
def test_the_attacks_find_what_costs_more(source: str, method: str) -> None:
    use = Use("", method, re.compile(source))
    # A busy machine may take too long for the shorter text.
    assert any(growth(use.run, attack, 4_096) > GROWTH_MAX for _ in range(3) for attack in every_attack(source))


def test_the_first_look_for_a_keyword_says_what_two_alternatives_said() -> None:
    """The pattern before it was one class, over texts so short that its cost does not matter."""
    source = random.Random()
    words = tuple(keywords.keywords())
    first, second = (keyword_patterns._first_signs(word[place] for word in words) for place in (0, 1))
    inside = {sign for word in words for one in keyword_patterns._writings().get(word[0], ()) for sign in one.text[1:]}
    signs = sorted({*first, *second, *inside, *"丨丶丿亅甲示 -\x01\x03aé"})
    hanzi = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
    likely = keywords._keyword_finder().likely
    passing = {*inside, *"丨丶丿亅"}
    found = 0
    for _ in range(20_000):
        text = "".join(source.choices(signs, k=source.randint(2, 24)))
        expected = _likely(text, first, second, lambda sign: sign in passing or not hanzi.match(sign))
        assert (likely.search(text) is not None) == expected
        found += expected
    assert 1_000 < found < 19_000


def _likely(text: str, first: str, second: str, passes: Callable[[str], bool]) -> bool:
    """Say it without a pattern: a first sign, at most 20 that pass, and a second sign."""
    for start, sign in enumerate(text):
        if sign not in first:
            continue
        for place in range(start + 1, min(len(text), start + 22)):
            if text[place] in second:
                return True
            if not passes(text[place]):
                break
    return False
