"""One query as candidate search sees it: its parts, its ways, what it holds, and its pieces."""

# ruff: noqa: PLR1714, FBT001
# Compiled loops: a call between them, or a set in a test, costs more than their length, and tables come as arguments.

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.jit import leaf
from app.matching.blocking.blocking_keys import SPELLED_OUT, SPLIT_UP, ReadingLattice, build_lattice, lattice_space
from app.matching.blocking.signatures import NUMERAL, SOUND_BITS, SOUND_NONE, SOUND_SHIFT
from app.matching.comparison.features import has_form_character, is_group
from app.names.characters import CODES, FAMILIES_MAX, LETTER_A, LETTER_Z, READINGS_MAX, Characters, characters
from app.names.lexicon import NO_PROVINCE, Words, words
from app.names.segmentation import (
    BRANCH,
    BREAK,
    CORE,
    DIGITS,
    FORM,
    LENGTH_MAX,
    NOISE,
    OPEN,
    REGION,
    TRADE,
    CoverSpace,
    cover_space,
    segment_query,
)

PLACES_MAX: Final = 64
"""The place of something in a longer query is not given."""
PIECES_MAX: Final = 16
_BITS: Final = np.uint64(63)


class QueryWorkspace(NamedTuple):
    """Working space of one query: its characters, marks, labels, regions and ways.

    ``provinces`` [1]: the bit set of provinces that it may mean.
    """

    codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    regions: NDArray[np.int32]
    provinces: NDArray[np.uint64]
    ways: ReadingLattice
    cover: CoverSpace


class QueryBits(NamedTuple):
    """What the query holds: a bit set of code points; by sound, where it is.

    ``places`` [sound]: the bit set of the places, all ones in a query of more than 64 characters; ``any_sound``
    [1]: the sounds themselves, modulo 64, as a bit set; ``shapes`` [family]: the places of what looks so;
    ``of_form``, ``like_form`` [code]: whether it is a character of a legal form, or sounds or looks like one.
    ``piece_places``, ``piece_contents``: of each piece the places, and how many of its characters a listed name has to
    explain.
    """

    chars: NDArray[np.uint64]
    places: NDArray[np.uint64]
    any_sound: NDArray[np.uint64]
    shapes: NDArray[np.uint64]
    of_form: NDArray[np.bool_]
    like_form: NDArray[np.bool_]
    piece_places: NDArray[np.uint64]
    piece_contents: NDArray[np.int32]


class QueryProfile(NamedTuple):
    """What kind of query it is.

    ``latin``: it has letters; ``light``: the places of characters that may be inside a 字号 without a cost;
    ``apart``: the places outside all pieces; ``content``: those of the characters to explain; ``pieces``: how
    many there are, or -1 where they tell nothing.
    """

    latin: bool
    has_form: bool
    has_region: bool
    light: np.uint64
    apart: np.uint64
    content: np.uint64
    pieces: int


def query_space() -> QueryWorkspace:
    """Return working space for one query."""
    size = LENGTH_MAX
    return QueryWorkspace(
        np.zeros(size, np.int32),
        np.zeros(size, np.uint8),
        np.zeros(size, np.uint8),
        np.full(size, -1, np.int32),
        np.zeros(1, np.uint64),
        lattice_space(size),
        cover_space(),
    )


@cache
def _like_form() -> NDArray[np.bool_]:
    """Return of every code point whether a character of a legal form may be met by it: it sounds or looks like one."""
    tables = characters()
    form = words().form_characters
    classes = np.zeros(int(tables.merged.max()) + 1, np.bool_)
    families = np.zeros(int(tables.families.max()) + 1, np.bool_)
    classes[tables.merged[tables.syllables[form]][tables.syllables[form] > 0]] = True
    families[tables.families[form]] = True
    families[0] = False
    heard = classes[tables.merged[tables.syllables]] & (tables.syllables > 0)
    return np.asarray(heard.any(axis=1) | families[tables.families].any(axis=1), np.bool_)


def held_space() -> QueryBits:
    """Return room for what a query holds."""
    return QueryBits(
        np.zeros(CODES >> 6, np.uint64),
        np.zeros(SOUND_NONE + 1, np.uint64),
        np.zeros(1, np.uint64),
        np.zeros(int(characters().families.max()) + 1, np.uint64),
        words().form_characters,
        _like_form(),
        np.zeros(PIECES_MAX, np.uint64),
        np.zeros(PIECES_MAX, np.int32),
    )


@leaf
def label(own: QueryWorkspace, size: int, lexicon: Words, tables: Characters) -> int:  # pragma: no cover - compiled
    """Label the parts of a query, fill its ways and its provinces, and return what ways it has.

    A region behind the legal form may be that of a branch, and letters may spell any region.
    """
    kind = build_lattice(own.codes, size, tables, own.ways)
    segment_query(own.codes, own.marks, size, lexicon, False, own.labels, own.regions, own.cover)
    provinces = np.uint64(0)
    in_front = False
    seen_form = False
    for i in range(size):
        seen_form = seen_form or own.labels[i] == FORM
        if own.regions[i] >= 0 and lexicon.provinces[own.regions[i]] != 0:
            provinces |= lexicon.provinces[own.regions[i]]
            in_front = in_front or not seen_form
    if not in_front:
        provinces |= ~np.uint64(0) if kind == SPELLED_OUT else NO_PROVINCE
    own.provinces[0] = provinces
    return kind


@leaf
def set_bits(
    own: QueryWorkspace, size: int, families: NDArray[np.int16], held: QueryBits, on: bool
) -> None:  # pragma: no cover
    """Note every character, sound and shape that the query can be read to hold, or (not ``on``) forget them."""
    codes, ways = own.codes, own.ways
    counts, sounds = ways.counts, ways.sounds
    chars, places, shapes = held.chars, held.places, held.shapes
    one = np.uint64(1)
    any_sound = np.uint64(0)
    for i in range(size):
        code = codes[i]
        word = code >> 6
        chars[word] = chars[word] | (one << (np.uint64(code) & _BITS)) if on else np.uint64(0)
        place = one << np.uint64(i) if size <= PLACES_MAX else ~np.uint64(0)
        for k in range(FAMILIES_MAX):
            family = families[code, k]
            if family == 0:
                break
            shapes[family] = shapes[family] | place if on else np.uint64(0)
        for k in range(counts[i]):
            sound = sounds[i, k]
            if sound < SOUND_NONE:
                places[sound] = places[sound] | place if on else np.uint64(0)
                any_sound |= one << (np.uint64(sound) & _BITS)
    held.any_sound[0] = any_sound


@leaf
def profile_query(
    own: QueryWorkspace, size: int, ways: int, held: QueryBits
) -> QueryProfile:  # pragma: no cover - compiled
    """Return what kind of query it is, and fill its pieces.

    What a mark, a legal form or a word of payment sets off may be no part of the name: a piece lies between.
    Slips hide a legal form (有公限司, 有线公司), so its characters need no explanation wherever they are, nor does what
    is like one and beside one: without one beside it, likeness to a legal form is dropped from every alignment.  Nor do
    the components of a character.
    """
    codes, labels, marks = own.codes, own.labels, own.marks
    piece_places, piece_contents = held.piece_places, held.piece_contents
    counts, ends = own.ways.counts, own.ways.ends
    one = np.uint64(1)
    latin = False
    has_form = False
    has_region = False
    light = np.uint64(0)
    apart = np.uint64(0)
    content = np.uint64(0)
    pieces = 0
    composed = 0
    set_off = True
    for i in range(size):
        code = codes[i]
        kind = labels[i]
        place = one << np.uint64(i) if i < PLACES_MAX else np.uint64(0)
        latin = latin or LETTER_A <= code <= LETTER_Z
        has_form = has_form or has_form_character(kind, code, i)
        has_region = has_region or kind == REGION
        may_be_form = _may_be_form(codes, i, size, held.of_form, held.like_form)
        if (kind != CORE and kind != TRADE and kind != DIGITS) or may_be_form:
            light |= place
        if ways == SPLIT_UP and ends[i, counts[i] - 1] > i + 1:
            composed = max(composed, ends[i, counts[i] - 1])
        if kind in (FORM, NOISE, BRANCH):
            apart |= place
            set_off = True
            continue
        if (set_off or marks[i] & (BREAK | OPEN) != 0) and pieces < PIECES_MAX:
            piece_places[pieces] = np.uint64(0)
            piece_contents[pieces] = 0
            pieces += 1
        set_off = False
        piece_places[pieces - 1] |= place
        if kind in (CORE, TRADE) and not is_group(code) and not may_be_form and i >= composed:
            piece_contents[pieces - 1] += 1
            content |= place
    if latin or ways == SPELLED_OUT or pieces == PIECES_MAX or size > PLACES_MAX:
        pieces = -1
    return QueryProfile(latin, has_form, has_region, light, apart, content, pieces)


@leaf
def _may_be_form(
    codes: NDArray[np.int32], i: int, size: int, of_form: NDArray[np.bool_], like_form: NDArray[np.bool_]
) -> bool:  # pragma: no cover - compiled
    """Whether a character of a legal form may be met by that of a query: it is one, or is like one and beside one."""
    if of_form[codes[i]]:
        return True
    beside = (i > 0 and of_form[codes[i - 1]]) or (i + 1 < size and of_form[codes[i + 1]])
    return bool(beside and like_form[codes[i]])


@leaf
def content_of(profile_query: QueryProfile, held: QueryBits, places: np.uint64) -> int:  # pragma: no cover - compiled
    """Return how many characters at least a name is to explain whose 字号 is met at some of these places."""
    if profile_query.pieces < 0 or profile_query.apart & places != 0:
        return 0
    content = PLACES_MAX
    for k in range(profile_query.pieces):
        if held.piece_places[k] & places != 0:
            content = min(content, held.piece_contents[k])
    return content if content < PLACES_MAX else 0


@leaf
def shape_places(
    code: int, families: NDArray[np.int16], shapes: NDArray[np.uint64]
) -> np.uint64:  # pragma: no cover - compiled
    """Return where the query holds what looks like a listed character; all ones in a query of too many places.

    ``shapes``: those of :class:`QueryBits`.
    """
    at = np.uint64(0)
    for k in range(FAMILIES_MAX):
        family = families[code, k]
        if family == 0:
            break
        at |= shapes[family]
    return at


@leaf
def places_of(
    trait: np.uint64, chars: NDArray[np.uint64], places: NDArray[np.uint64]
) -> np.uint64:  # pragma: no cover - compiled
    """Return where the query holds a listed character or what sounds like it; all ones where that is not known."""
    at = np.uint64(0)
    for k in range(READINGS_MAX + 1):
        at |= places[(trait >> np.uint64(SOUND_SHIFT + k * SOUND_BITS)) & np.uint64(SOUND_NONE)]
    code = trait & np.uint64(0xFFFF)
    here = (chars[code >> np.uint64(6)] >> (code & _BITS)) & np.uint64(1) != 0
    return ~np.uint64(0) if trait & NUMERAL != 0 or (here and at == 0) else at
