"""Two names side by side, character by character: what agrees, what is written otherwise, what differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import Levenshtein

from app.names.fold import Folded, fold, fold_with_offsets

_RUN_MAX: Final = 12
"""No more characters of a run fit on a line of a telephone."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are shown under each other.

    ``kind`` is ``same``, ``variant`` (another writing of the same), ``diff``, ``missing`` (in the name given),
    ``extra`` (in it alone), or ``skip`` (not counted); ``likeness`` are the matcher's words for a difference.
    """

    kind: str
    listed: str
    given: str
    likeness: tuple[str, ...] = ()


def compare(listed: str, given: str, differences: Sequence[Mapping[str, Any]] = ()) -> tuple[Run, ...]:
    """Return the runs of two names; ``differences`` are those of the match's explanation."""
    walk = _Walk(listed, given)
    one, other = fold_with_offsets(listed), fold_with_offsets(given)
    for step in Levenshtein.opcodes(one.text, other.text):
        i1, i2, j1, j2 = step.src_start, step.src_end, step.dest_start, step.dest_end
        if step.tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                walk.pair(one.offsets[i], other.offsets[j])
        else:
            walk.differ(
                _span(one, i1, i2), _span(other, j1, j2), _likeness(one.text[i1:i2], other.text[j1:j2], differences)
            )
    walk.end()
    return tuple(walk.runs)


def closest(listed: str, given: Iterable[str]) -> str:
    """Return the name that is nearest to the listed one, of several that a party has."""
    return max(given, key=lambda name: Levenshtein.normalized_similarity(fold(listed), fold(name)))


def _span(folded: Folded, start: int, end: int) -> tuple[int, int] | None:
    return (folded.offsets[start], folded.offsets[end - 1] + 1) if start < end else None


def _likeness(listed: str, given: str, differences: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the matcher's words for what differs here; those for missing and extra text say no more than we show."""
    found = [
        str(one["kind"])
        for one in differences
        if one["kind"] not in {"missing", "extra"} and one["listed"] in listed and one["given"] in given
    ]
    return tuple(dict.fromkeys(found))


class _Walk:
    """Goes through both names at once; every character of both is in exactly one run."""

    def __init__(self, listed: str, given: str) -> None:
        self.texts = (listed, given)
        self.at = [0, 0]
        self.runs: list[Run] = []

    def pair(self, i: int, j: int) -> None:
        self._skip_to(i, j)
        one, other = self._take(0, i + 1), self._take(1, j + 1)
        if one or other:  # both empty: a further folded character of one that was taken already
            self._add("same" if one == other else "variant", one, other, ())

    def differ(self, one: tuple[int, int] | None, other: tuple[int, int] | None, likeness: tuple[str, ...]) -> None:
        self._skip_to(one[0] if one else self.at[0], other[0] if other else self.at[1])
        listed = self._take(0, one[1]) if one else ""
        given = self._take(1, other[1]) if other else ""
        if listed or given:
            self._add("diff" if listed and given else "missing" if listed else "extra", listed, given, likeness)

    def end(self) -> None:
        self._skip_to(len(self.texts[0]), len(self.texts[1]))

    def _skip_to(self, i: int, j: int) -> None:
        one, other = self._take(0, i), self._take(1, j)
        if one or other:
            self._add("skip", one, other, ())

    def _take(self, side: int, end: int) -> str:
        taken = self.texts[side][self.at[side] : end]
        self.at[side] = max(self.at[side], end)
        return taken

    def _add(self, kind: str, listed: str, given: str, likeness: tuple[str, ...]) -> None:
        last = self.runs[-1] if self.runs else None
        if last is not None and last.kind == kind == "same" and len(last.listed) < _RUN_MAX:
            self.runs[-1] = Run(kind, last.listed + listed, last.given + given)
        else:
            self.runs.append(Run(kind, listed, given, likeness))
