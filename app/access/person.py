"""Which written subjects are one person: four eyes are two people, not two spellings.

Two subjects are one person where nothing is left between them once everything that a reader's eye passes over is
gone: compatibility forms (NFKC), case, spaces, characters without ink, combining marks, variation selectors, and
punctuation and symbols (but between two digits), traditional characters for simplified ones, and
characters that look alike (Unicode TR 39, https://www.unicode.org/reports/tr39/, by the tables of
``confusable_homoglyphs``).  What looks alike depends on the case (В looks like B, в like no Latin letter), so
subjects are compared both ways: as written and in lower case.
"""

import unicodedata
from functools import cache

# Letters by their category, but without ink of their own: the fillers of Hangul, and the Braille blank.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_LITTLE = frozenset({"Lm", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So"})
_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_PASSED_OVER = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Mc", "Me", "Zs", "Zl", "Zp"})
# One sign in many typefaces; and what differs in case only must not differ here.
_ONE_SIGN = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o"})


def is_same_person(one: str, other: str) -> bool:
    """Whether two subjects are of one person, or cannot be distinguished by a reader."""
    return any(form in skeletons(other) for form in skeletons(one))


def skeletons(subject: str) -> tuple[str, str]:
    """Return what look-alikes of a subject share: of its lower case, and of its case as written."""
    lower = unicodedata.normalize("NFKC", subject).casefold()
    return _alike(_inked(_bare(lower).casefold())), _alike(_bare(subject))


def spelling(subject: str) -> str:
    """Return a subject without what is no difference to anybody: width, case, spaces at and between its words."""
    return "".join(unicodedata.normalize("NFKC", subject).casefold().split())


def _inked(text: str) -> str:
    """Return what of a text has ink, without its marks."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (char for char in decomposed if char not in _FILLERS and unicodedata.category(char) not in _PASSED_OVER)
    return unicodedata.normalize("NFKC", "".join(kept))


def _bare(text: str) -> str:
    """Return what of a text has ink, without punctuation and symbols, its Han characters simplified."""
    from app.names.fold import fold  # noqa: PLC0415 - a table of all characters, for rare steps only

    inked = _inked(text)
    kept = (char for at, char in enumerate(inked) if not _is_little(inked, at))
    return "".join((fold(char) or char) if "\u2e80" <= char <= "\u9fff" else _capital(char) for char in kept)


def _is_little(text: str, at: int) -> bool:
    """Whether a character is a sign that a reader passes over; between digits it keeps two numbers apart."""
    if unicodedata.category(text[at]) not in _LITTLE:
        return False
    return not (text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit())


def _capital(char: str) -> str:
    """Return the letter that a small capital is a form of, another character as it is."""
    name = unicodedata.name(char, "")
    return name[len(_SMALL_CAPITAL) :].lower() if name.startswith(_SMALL_CAPITAL) else char


def _alike(text: str) -> str:
    prototypes = _prototypes()
    return _inked("".join(prototypes.get(char, char) for char in text)).casefold().translate(_ONE_SIGN)


@cache
def _prototypes() -> dict[str, str]:
    """Return for each character one that all of its look-alikes share: the table lists them pair by pair."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 - a megabyte, for rare steps only

    parents: dict[str, str] = {}

    def root(char: str) -> str:
        while parents.get(char, char) != char:
            char = parents[char]
        return char

    several: dict[str, str] = {}
    for char, alike in confusables_data.items():
        for other in (one["c"] for one in alike):
            if len(char) == len(other) == 1:
                first, second = sorted((root(char), root(other)))
                parents[second] = first
            elif len(char) == 1 and other.isascii():
                several[char] = other  # "m" looks like "rn": the longer writing is taken for both
    return {char: root(char) for char in parents} | several
