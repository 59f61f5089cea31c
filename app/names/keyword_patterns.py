"""Patterns that find a word through its disguises, over text folded with its separators as marks.

A disguise replaces a character by another writing of it (薇, 昜, 日勿, ``wei``) or wedges something in: any
few separators, and at most one letter, digit or stroke that is no hanzi.  Every repetition is bounded
and no two alternatives of one overlap, so that a hostile text costs no more than its length.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate
from typing import Final

from app.names.fold import fold_marked


class Disguise(StrEnum):
    """How a found word differs from the word as the notice writes it; values are shown to staff."""

    FOLDED = "全半角、繁体或不可见字符"
    SEPARATED = "字间夹符号"
    WEDGED = "字间夹字母或数字"
    HOMOPHONE = "同音字"
    SHAPE = "形近字"
    SPLIT = "拆字"
    PINYIN = "拼音"
    LETTER = "字母代字"


MARKS: Final = "".join(map(chr, range(1, 7)))
"""The control characters that folding makes or keeps (``app.names.fold``)."""
_SOME_MARKS: Final = f"[{MARKS}]{{0,6}}"
_HANZI_RANGES: Final = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))
_HANZI: Final = "".join(f"{chr(start)}-{chr(end)}" for start, end in _HANZI_RANGES)
_STROKES: Final = "丨丶丿亅"
_MARK_OR_NONE: Final = f"[{MARKS}]?"
_WEDGE: Final = f"(?:[^\\W{_HANZI}]|[{_STROKES}])"
_BETWEEN_MAX: Final = 20  # two runs of marks, a wedge, and the rest of a spelled syllable
_GAP: Final = f"{_SOME_MARKS}(?:{_WEDGE}{_SOME_MARKS})?"
_UNMARKED: Final = dict.fromkeys(map(ord, MARKS))
_GROUP: Final = re.compile(r"\((?!\?)")
_GAP_IN_SPLIT: Final = f"[{MARKS}]{{0,2}}"
_LETTER: Final = "[a-zа-яα-ω]"
_LOOKALIKES: Final = {
    "a": "aаα",
    "e": "eе",
    "i": "i1lі",
    "n": "n",
    "o": "o0оο",
    "p": "pр",
    "u": "uυ",
    "w": "wѡ",
    "y": "yу",
}
"""Latin letters with the digits, Cyrillic and Greek letters that pass for them inside a pinyin syllable."""


def read_table(name: str) -> list[tuple[str, ...]]:
    """Return the rows of a table of this package, without its comment lines and its header."""
    lines = files("app.names.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")][1:]


@dataclass(frozen=True, slots=True)
class Writing:
    """One way to write a character: hanzi, components or Latin letters."""

    text: str
    kind: Disguise


@cache
def _writings() -> dict[str, tuple[Writing, ...]]:
    found: dict[str, list[Writing]] = defaultdict(list)
    for character, text, kind in read_table("keywords_writings.tsv"):
        found[character].append(Writing(text, Disguise[kind]))
    return {character: tuple(writings) for character, writings in found.items()}


def kind_of(character: str, written: str) -> Disguise | None:
    """Return as what a matched writing (folded, without marks) stands for the character; None for itself."""
    if written == character:
        return None
    for writing in _writings().get(character, ()):
        if writing.text == written:
            return writing.kind
    return Disguise.PINYIN  # with letters of another script or digits in it


def _latin(syllable: str, between: str = "") -> str:
    return between.join(f"[{_LOOKALIKES[char]}]" if char in _LOOKALIKES else char for char in syllable)


def _syllable_ends(syllable: str) -> str:
    """Return a lookahead that refuses letters which would make the last syllable a longer one (pan → pang)."""
    if syllable.endswith("n"):
        return "(?!g(?![aeiouv]))"
    return "(?!ng?(?![aeiouvg]))" if syllable.endswith("i") else ""


def _spelled(character: str, kind: Disguise) -> str | None:
    return next((writing.text for writing in _writings().get(character, ()) if writing.kind is kind), None)


def _hanzi_writings(character: str) -> str:
    single, longer = character, []
    for writing in _writings().get(character, ()):
        if writing.kind in (Disguise.HOMOPHONE, Disguise.SHAPE):
            single += writing.text
        elif writing.kind is Disguise.SPLIT:
            longer.append(_GAP_IN_SPLIT.join(writing.text))
    return "|".join([f"[{single}]", *longer])


def _mixed(word: str) -> str:
    """Hanzi with single characters spelled out; the spelled ones are separated from other letters."""
    positions = []
    for place, character in enumerate(word):
        choices = [_hanzi_writings(character)]
        if syllable := _spelled(character, Disguise.PINYIN):
            before = f"(?<!{_LETTER})" if place == 0 else ""
            after = f"(?!{_LETTER})" if place == len(word) - 1 else ""
            choices.append(f"{before}{_latin(syllable)}{after}")
        if letter := _spelled(character, Disguise.LETTER):
            choices.append(f"(?<![a-z0-9]){letter}(?!{_LETTER})")
        positions.append(f"({'|'.join(choices)})")
    return _GAP.join(positions)


def _spelled_out(word: str) -> str | None:
    """All of the word in pinyin, perhaps inside a longer run of pinyin."""
    syllables = [_spelled(character, Disguise.PINYIN) for character in word]
    known = [syllable for syllable in syllables if syllable]
    if len(known) < len(word):
        return None
    before = "" if known[0][0] in "bcdfghjklmpqrstwxyz" else f"(?<!{_LETTER})"
    return (
        before
        + _SOME_MARKS.join(f"({_latin(syllable, _MARK_OR_NONE)})" for syllable in known)
        + _syllable_ends(known[-1])
    )


def _sources(word: str) -> tuple[str, ...]:
    return tuple(source for source in (_mixed(word), _spelled_out(word)) if source)


@cache
def word_patterns(word: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a word, each with one group a character."""
    return tuple(re.compile(source) for source in _sources(word))


def _first_signs(characters: Iterable[str]) -> str:
    """Return all signs with which a writing of one of the characters can begin."""
    signs = set()
    for character in characters:
        signs.add(character)
        for writing in _writings().get(character, ()):
            signs.update(_LOOKALIKES.get(writing.text[0], writing.text[0]))
    return "".join(sorted(signs))


def _hanzi_but(kept: Iterable[str]) -> str:
    """Return all hanzi but these as ranges of a character class.

    One class instead of two alternatives: where alternatives overlap, a search tries every way through them.
    """
    ranges = []
    for start, end in _HANZI_RANGES:
        holes = sorted(code for code in map(ord, kept) if start <= code <= end)
        bounds = zip([start, *(code + 1 for code in holes)], [*(code - 1 for code in holes), end], strict=True)
        ranges += [(low, high) for low, high in bounds if low <= high]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in ranges)


class WordFinder:
    """Says fast whether any of some words may be in a text folded with marks.

    ``likely`` is a single pass that needs the first sign of a word's first character and, soon after
    and with no other hanzi between, that of its second; ``certain`` is asked only where it holds, and so
    late compiled.
    """

    def __init__(self, likely: re.Pattern[str], words: tuple[str, ...]) -> None:
        self.likely = likely
        self._words = words

    @classmethod
    def of(cls, words: Iterable[str]) -> "WordFinder":
        """Compile the first pattern for the words."""
        words = tuple(words)
        first, second = (_first_signs(word[place] for word in words) for place in (0, 1))
        inside = "".join(writing.text[1:] for word in words for writing in _writings().get(word[0], ()))
        between = f"[^{_hanzi_but({*inside, *_STROKES})}]"
        return cls(re.compile(f"[{first}]{between}{{0,{_BETWEEN_MAX}}}[{second}]"), words)

    @cached_property
    def certain(self) -> re.Pattern[str]:
        """What finds the words and nothing else."""
        sources = (_GROUP.sub("(?:", source) for word in self._words for source in _sources(word))
        return re.compile("|".join(sources))

    def finds_in(self, marked: str) -> bool:
        """Whether a word is in the text, before exceptions and context are looked at."""
        return self.likely.search(marked) is not None and self.certain.search(marked) is not None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A word found in a text: where it is in the text as given, and in the folded text without marks."""

    word: str
    start: int
    end: int
    plain_start: int
    plain_end: int
    disguises: tuple[Disguise, ...]


class FoldedText:
    """A text folded with marks (``marked``) and without (``plain``), and how their positions relate."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.marked = fold_marked(text)

    @cached_property
    def plain(self) -> str:
        """The folded text without marks; hardly a text gets so far that it is asked for."""
        return self.marked.translate(_UNMARKED)

    @cached_property
    def _origins(self) -> list[int]:
        """For each position in ``marked`` the one in ``text`` that it comes from."""
        return [at for at, char in enumerate(self.text) for _ in fold_marked(char)]

    @cached_property
    def _plain_positions(self) -> list[int]:
        """For each position in ``marked``, how many characters of ``plain`` come before it."""
        return list(accumulate((char not in MARKS for char in self.marked), initial=0))

    def occurrences(self, word: str) -> Iterator[Occurrence]:
        """Find a word in any writing."""
        for pattern in word_patterns(word):
            for match in pattern.finditer(self.marked):
                yield self._occurrence(word, match)

    def _occurrence(self, word: str, match: re.Match[str]) -> Occurrence:
        start, end = self._origins[match.start()], self._origins[match.end() - 1] + 1
        return Occurrence(
            word=word,
            start=start,
            end=end,
            plain_start=self._plain_positions[match.start()],
            plain_end=self._plain_positions[match.end()],
            disguises=tuple(self._disguises(word, match, self.text[start:end])),
        )

    def _disguises(self, word: str, match: re.Match[str], as_given: str) -> Iterator[Disguise]:
        written = [group.translate(_UNMARKED) for group in match.groups()]
        kinds = {kind_of(character, text) for character, text in zip(word, written, strict=True)}
        between = "".join(self.marked[match.end(place) : match.start(place + 1)] for place in range(1, len(word)))
        if between.strip(MARKS):
            kinds.add(Disguise.WEDGED)
        elif len(match.group()) > sum(map(len, written)):
            kinds.add(Disguise.SEPARATED)
        if kinds == {None} and as_given != word:
            kinds.add(Disguise.FOLDED)
        yield from (kind for kind in Disguise if kind in kinds)
