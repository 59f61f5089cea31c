"""The page of quality in docs/, made from what `benchmarks.reliability` measured, and its plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peer_quality import RATES, PeerRow

_SIDE = 320
_EDGE = 40


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of disguise of listed names, or one kind of names that are not listed: asked, found, found as STRONG."""

    title: str
    asked: int
    found: int
    strong: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Ten points of the score from ``low`` on: pairs that have it, and the share that is right (None: no pair)."""

    low: int
    pairs: int
    right: float | None


def write_page(
    page: Path,
    groups: Mapping[str, Sequence[Group]],
    table: Sequence[Step],
    peers: Mapping[str, Sequence[PeerRow]],
) -> None:
    """Write the page, and its plot beside it under the same name."""
    plot = page.with_suffix(".svg")
    plot.write_text(_plot(table), encoding="utf-8")
    lines = [
        "# 比对质量 / How well names are matched",
        "",
        "Made by `python -m benchmarks.reliability`; not edited by hand. The names measured on are not part of this",
        "repository. How names are matched: [matching.md](matching.md).",
        "",
    ]
    for title, own in groups.items():
        lines += _section(title, own)
    lines += _peers(groups, peers)
    lines += [
        "## Score",
        "",
        "The score is the share of right matches, in percent, where one name in a hundred is listed. Measured on all",
        "sets together:",
        "",
        "| score | pairs | right |",
        "|---|---|---|",
        *(
            f"| {step.low}–{step.low + 9} | {step.pairs} | {'–' if step.right is None else f'{step.right:.2f}'} |"
            for step in table
        ),
        "",
        f"![Right matches by score]({plot.name})",
        "",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")


def _section(title: str, groups: Sequence[Group]) -> list[str]:
    listed = [group for group in groups if group.is_listed]
    asked = sum(group.asked for group in listed)
    found, strong = sum(group.found for group in listed), sum(group.strong for group in listed)
    lines = [
        f"## Set {title}",
        "",
        f"{asked} ways to write listed names: recall **{found / asked:.3f}**, STRONG or better {strong / asked:.3f}.",
        "",
        "| names that are not listed | asked | alerts | STRONG or better |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {group.title} | {group.asked} | {group.found / group.asked:.2%} | {group.strong} |"
        for group in groups
        if not group.is_listed
    ]
    lines += ["", "| kind | names | recall | STRONG+ |", "|---|---|---|---|"]
    for group in sorted(listed, key=lambda one: (one.found / one.asked, one.title)):
        recall, sure = group.found / group.asked, group.strong / group.asked
        lines.append(f"| {group.title} | {group.asked} | {recall:.3f} | {sure:.3f} |")
    return [*lines, ""]


def _peers(groups: Mapping[str, Sequence[Group]], peers: Mapping[str, Sequence[PeerRow]]) -> list[str]:
    """Return the section on what others find of the same names."""
    lines = [
        "## Beside others",
        "",
        "Whole-name scores of other libraries on the same folded names: recall where the threshold lets so many of the",
        "unlisted companies alert (`benchmarks/peer_quality.py`). Record-linkage frameworks (Splink, dedupe) want",
        "blocking rules and training pairs of their own: give them the same folders (`list.csv`, `positives.csv`,",
        "`negatives.csv`), set their threshold on the negatives, and count a positive as found where the expected",
        "entity passes it.",
        "",
    ]
    for title, rows in peers.items():
        lines += [
            f"| set {title} | " + " | ".join(f"recall at {rate:.2%} alerts" for rate in RATES) + " |",
            "|---|" + "---|" * len(RATES),
            *(f"| {row.title} | " + " | ".join(f"{share:.3f}" for share in row.recall) + " |" for row in rows),
        ]
        listed = [group for group in groups[title] if group.is_listed]
        found, asked = sum(group.found for group in listed), sum(group.asked for group in listed)
        alerts = next((group for group in groups[title] if group.title == "negatives"), None)
        rate = alerts.found / alerts.asked if alerts else 0.0
        # What is found at a lower rate is found at a higher one.
        cells = (f"**{found / asked:.3f}**" if rate <= limit else "–" for limit in RATES)
        lines += [f"| this service, as shipped: {rate:.2%} | " + " | ".join(cells) + " |", ""]
    return lines


def _plot(table: Sequence[Step]) -> str:
    """Return a reliability plot as SVG: score across, share of right matches up; the line is what a score promises."""

    def place(score: float, share: float) -> tuple[float, float]:
        return _EDGE + score * _SIDE / 100, _EDGE + (1 - share) * _SIDE

    dots = []
    for step in table:
        if step.right is not None:
            x, y = place(step.low + 5, step.right)
            dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{step.low}–{step.low + 9}</title></circle>')
    (left, bottom), (right, top) = place(0, 0), place(100, 1)
    size = _SIDE + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12">'
        f'<rect x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>'
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{top}" stroke="#888" stroke-dasharray="4"/>'
        f'<g fill="#06c">{"".join(dots)}</g>'
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">分值 score</text>'
        f'<text x="14" y="{size / 2}" text-anchor="middle" transform="rotate(-90 14 {size / 2})">正确率 right</text>'
        "</svg>\n"
    )
