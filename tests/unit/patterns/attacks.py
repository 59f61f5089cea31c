"""Texts that make a regular expression try as much as it can, and how their cost grows with their length."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from re import _constants as codes  # type: ignore[attr-defined]  # the parser of the standard library has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from time import thread_time
from typing import Any

ALPHABETS = (
    *("e", "he", "aeiou", "yöntekijääkköä", "Nguyễn Đường ", "-", "—", "- ", " ", "\u3000", "\u200b ", "\n", "0", "1 "),
    *("1.", "1,", "2017-", "2017年1月", "@1", "；", "\\", '="', '""', "a.", "www.", "v ", "v-", "wei", "wei ", "weipa"),
    *(
        "jiaoyi",
        "yun",
        "dianwei",
        "微",
        "微a",
        "微.",
        "微丨",
        "云交",
        "微\u0301",
        "交易所",
        "有限公司",
        "\x01",
        "/",
        "<c ",
    ),
)
GROWTH_MAX = 2.2**2
"""How much longer a text of four times the length may take: a quadratic pattern takes sixteen times as long."""
_LENGTH = 16_384
_SHORT_LENGTHS, _LONGER_LENGTHS = (16, 20, 24, 28, 32), (256, 2_048)
"""Four letters more cost an exponential pattern sixteen times as much, so it is caught before it takes hours."""
_SHORT_S, _LONG_S = 0.002, 0.5
_ATTEMPTS = 6


def representatives(source: str | bytes) -> list[str]:
    """Return one character for each thing that the pattern can tell apart."""
    return list(dict.fromkeys(_seen(parser.parse(source))))


def _seen(tree: Any) -> Iterator[str]:
    for operation, argument in tree:
        if operation in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(argument)
        elif operation is codes.IN:
            yield _member(argument)
            yield from (chr(value) for what, value in argument[:4] if what is codes.LITERAL)
        elif operation is codes.ANY:
            yield "a"
        else:
            for part in _parts(operation, argument):
                yield from _seen(part)


def _parts(operation: Any, argument: Any) -> Sequence[Any]:
    if operation is codes.BRANCH:
        return list(argument[1])
    if operation is codes.SUBPATTERN:
        return [argument[-1]]
    if operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [argument[2]]
    if operation in (codes.ASSERT, codes.ASSERT_NOT):
        return [argument[1]]
    return [argument] if operation is codes.ATOMIC_GROUP else []


def _member(choices: Any) -> str:
    """Return a character of a class."""
    one = re.compile(_class_source(choices), re.DOTALL)
    return next((char for char in "1aA- .\n微交示\x01~" if one.fullmatch(char)), None) or next(
        chr(code) for code in range(sys.maxunicode) if one.fullmatch(chr(code))
    )


def _class_source(choices: Any) -> str:
    named = {
        codes.CATEGORY_DIGIT: r"\d",
        codes.CATEGORY_NOT_DIGIT: r"\D",
        codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_WORD: r"\w",
        codes.CATEGORY_NOT_WORD: r"\W",
    }
    out = ""
    for what, value in choices:
        if what is codes.NEGATE:
            out += "^"
        elif what is codes.LITERAL:
            out += re.escape(chr(value))
        elif what is codes.RANGE:
            out += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            out += named[value]
    return f"[{out}]"


def beginnings(source: str | bytes) -> list[str]:
    """Return for each place in the pattern a text that leads there: so that what stands behind it is tried."""
    tree = parser.parse(source)
    found = [""]
    for branch in _branches(tree):
        text = ""
        for node in branch:
            text += _example([node])
            found.append(text)
    return list(dict.fromkeys(found))[:40]


def _branches(tree: Any) -> list[list[Any]]:
    if len(tree) == 1 and tree[0][0] is codes.BRANCH:
        return [list(branch) for branch in tree[0][1][1]]
    return [list(tree)]


def _example(tree: Any) -> str:
    out = ""
    for operation, argument in tree:
        if operation is codes.LITERAL:
            out += chr(argument)
        elif operation is codes.NOT_LITERAL or operation is codes.ANY:
            out += "a"
        elif operation is codes.IN:
            out += _member(argument)
        elif operation is codes.BRANCH:
            out += _example(argument[1][0])
        elif operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            out += _example(argument[2]) * max(1, argument[0])
        elif operation is codes.SUBPATTERN:
            out += _example(argument[-1])
    return out


Attack = tuple[str, str, str]
"""What comes first, what is repeated, and what comes last."""


def attacks(source: str | bytes) -> Iterator[Attack]:
    """Yield the usual attacks on a pattern."""
    for beginning in beginnings(source):
        for unit in _units(source):
            for end in ("", "\x00", unit[0] + "!"):
                yield beginning, unit, end


def every_attack(source: str | bytes) -> Iterator[Attack]:
    """Yield the usual attacks, and those behind something else or before a sign that the pattern asks for."""
    yield from attacks(source)
    ends = representatives(source)[:4]
    for beginning in (*beginnings(source), "!"):
        for unit in _units(source):
            for end in ("", "\x00", *ends) if beginning == "!" else ends:
                yield beginning, unit, end


def _units(source: str | bytes) -> list[str]:
    signs = representatives(source)[:16]
    return list(dict.fromkeys([*ALPHABETS, *signs, *(one + other for one, other in pairwise(signs))]))


def text_of(attack: Attack, length: int) -> str:
    """Return the text of about that length."""
    beginning, unit, end = attack
    return beginning + (unit * (length // len(unit) + 1))[:length] + end


def growth(work: Callable[[str], object], attack: Attack, length: int = _LENGTH) -> float:
    """Return how much longer a text takes than a quarter of it; 1.0 where it takes too little to say.

    Time is that of the thread, the least of several, and tried again where it says too much: what else runs on the
    machine can only add to it.  A text that takes long while it is short is not even tried at full length.
    """
    for size in (*_SHORT_LENGTHS, *_LONGER_LENGTHS):
        bound_s = _LONG_S * size / length
        if _least(work, text_of(attack, size), 1) > bound_s and _least(work, text_of(attack, size), 3) > bound_s:
            return float("inf")
    if _least(work, text_of(attack, length), 1) < _SHORT_S:
        return 1.0
    found = float("inf")
    for _ in range(_ATTEMPTS):
        quarter, whole = _least(work, text_of(attack, length // 4), 4), _least(work, text_of(attack, length), 4)
        found = min(found, whole / quarter if whole >= _SHORT_S else 1.0)
        if found <= GROWTH_MAX:
            break
    return found


def _least(work: Callable[[str], object], text: str, times: int) -> float:
    best = float("inf")
    for _ in range(times):
        started = thread_time()
        work(text)
        best = min(best, thread_time() - started)
    return best
