"""The keyword scan for 微盘 platforms (rules R07-R09): 微盘, 微交易, 云交易 and what they hide behind.

A keyword is a criterion of discovery and no determination (四（二）六是): whatever is found here leads to
REVIEW at most.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.names.exchange_name import EXCHANGE
from app.names.fold import fold, fold_marked
from app.names.keyword_patterns import Disguise, FoldedText, Occurrence, WordFinder, read_table

_REPLACED: Final = frozenset({Disguise.HOMOPHONE, Disguise.SHAPE})
_PROSE_LENGTH_MIN: Final = 60
_CLAUSE_END: Final = re.compile(r"[，。；、！？,;!?\n]")
_VENUE_AFTER: Final = re.compile(r"中心|市场|所|有限|股份|集团|公司")


@dataclass(frozen=True, slots=True)
class KeywordFinding:
    """One keyword in one field.  ``start`` and ``end`` are positions in the text as it was given.

    ``disguises`` says how the writing differs from the keyword; it is empty for the keyword as it is.
    """

    keyword: str
    level: int
    field: str
    start: int
    end: int
    written: str
    disguises: tuple[Disguise, ...]


@cache
def keywords() -> Mapping[str, int]:
    """Return the keywords with their level: 1 those of the notice, 2 those that platforms moved to."""
    return {word: int(level) for word, level in read_table("keywords.tsv")}


@cache
def _keyword_finder() -> WordFinder:
    return WordFinder.of(keywords())


@cache
def _bulk_finder() -> WordFinder:
    return WordFinder.of((*keywords(), EXCHANGE))


@cache
def _exceptions() -> re.Pattern[str]:
    phrases = sorted((fold(phrase) for phrase, _ in read_table("lexicon_keywords.tsv")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


def might_contain(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Say of each text whether it could hold a keyword or 交易所; false is certain.

    For bulk: only where it is true do :func:`scan` and ``exchange_in_name`` have anything to look at.
    """
    finds_in = _bulk_finder().finds_in
    return np.fromiter((finds_in(fold_marked(text)) for text in texts), np.bool_, len(texts))


def scan(texts: Mapping[str, str]) -> tuple[KeywordFinding, ...]:
    """Find keywords in the texts of the named fields: the first place of each keyword in each field.

    Of findings one of which holds the other the longer stays (dianweipan is 点位盘 and not 微盘).
    """
    return tuple(finding for field, text in texts.items() for finding in _scan_text(field, text))


def _scan_text(field: str, text: str) -> Iterator[KeywordFinding]:
    folded = FoldedText(text)
    if not _keyword_finder().finds_in(folded.marked):
        return
    excused = _Spans([match.span() for match in _exceptions().finditer(folded.plain)])
    found: list[Occurrence] = []
    for word in keywords():
        counted = (
            occurrence
            for occurrence in folded.occurrences(word)
            if _counts(occurrence, folded) and not excused.hold(occurrence.plain_start, occurrence.plain_end)
        )
        found.extend(islice(counted, 1))
    for one in sorted(found, key=lambda occurrence: (occurrence.start, -occurrence.end)):
        if not any(_contains(other, one) for other in found):
            yield KeywordFinding(
                one.word, keywords()[one.word], field, one.start, one.end, text[one.start : one.end], one.disguises
            )


class _Spans:
    """Stretches of a text that do not overlap, in order."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = spans

    def hold(self, start: int, end: int) -> bool:
        """Whether one of them holds all of the stretch."""
        place = bisect_right(self._spans, start, key=itemgetter(0)) - 1
        return place >= 0 and end <= self._spans[place][1]


def _contains(outer: Occurrence, inner: Occurrence) -> bool:
    longer = outer.end - outer.start > inner.end - inner.start
    return longer and outer.start <= inner.start and inner.end <= outer.end


def _counts(occurrence: Occurrence, folded: FoldedText) -> bool:
    """Whether a place reads as the keyword rather than as neighbours that happen to look like it."""
    written = folded.text[occurrence.start : occurrence.end]
    if len(folded.text) > _PROSE_LENGTH_MIN and _CLAUSE_END.search(written):
        return False  # two clauses of prose meet (加微，盘中直播); in a name such a mark is a disguise
    replaced = _REPLACED.intersection(occurrence.disguises)
    if not replaced:
        return True
    # A trade name may end in such a character: 某维 + 交易中心 is no 微交易.
    return occurrence.plain_start == 0 or not _VENUE_AFTER.match(folded.plain, occurrence.plain_end)
