"""The findings as a table to read and as JSON to compare."""

from collections.abc import Iterator

from app.matching.index import Index
from app.matching.model.types import Strength
from benchmarks import subject
from benchmarks.exhaustive import Missed
from benchmarks.figures import Share
from benchmarks.findings import SCORE_STEP, Answered, Findings
from benchmarks.subject import Found

Json = dict[str, "Json"] | list["Json"] | str | float | int

# What the project asks of itself on the development data; a kind that is not named asks KIND_ASKED.
RECALL_ASKED = 0.96
STRONG_RECALL_ASKED = 0.90
BEST_RIGHT_ASKED = 0.97
ENTITY_LEFT_OUT_ASKED = 0.05
ALERTS_ASKED = {
    "negatives": 0.001,
    "brands": 0.003,
    "generic fragments": 0.0,
    "regional venues": 0.04,
    "platforms": 0.03,
}
KIND_ASKED = 0.92
KINDS_ASKED = {
    **dict.fromkeys(
        (
            "exact",
            "fullwidth",
            "zero_width",
            "spacing",
            "punctuation",
            "traditional",
            "legal_changed",
            "legal_dropped",
            "region_short_long",
        ),
        1.0,
    ),
    "short_name_real": 0.88,
    "real_pair_labelled": 0.90,
}
SAME_NAME_KINDS = ("exact", "fullwidth", "zero_width", "spacing", "punctuation", "traditional")
SAME_NAME_CONFIRMED_ASKED = 0.99


def _found(answers: list[Answered], weakest: Strength) -> Share:
    return Share.of([answer.found_as(weakest) for answer in answers])


def _verdict(share: Share, asked: float | None, *, at_most: bool = False) -> str:
    if asked is None:
        return ""
    kept = share.value <= asked if at_most else share.value >= asked
    return f"asked {'≤' if at_most else '≥'} {asked:g}  {'ok' if kept else 'SHORT'}"


def _line(title: str, share: Share, asked: float | None = None, *, at_most: bool = False) -> str:
    return f"{title:<34}{share}  {_verdict(share, asked, at_most=at_most)}".rstrip()


def _totals(findings: Findings) -> Iterator[str]:
    yield _line("recall", findings.recall(), RECALL_ASKED)
    yield _line("recall, STRONG or better", findings.recall(Strength.STRONG), STRONG_RECALL_ASKED)
    yield _line("best match right, of the found", findings.best_right(), BEST_RIGHT_ASKED)
    yield _line("entity taken off the list", findings.entity_left_out(), ENTITY_LEFT_OUT_ASKED, at_most=True)
    for probe in findings.probes:
        yield _line(f"alerts on {probe.title}", probe.alerts(), ALERTS_ASKED.get(probe.title), at_most=True)
        yield _line("  STRONG or better", probe.alerts(Strength.STRONG))
        yield _line("  CONFIRMED", probe.alerts(Strength.CONFIRMED), 0.0, at_most=True)
    for title, share in findings.keyword_alarms.items():
        yield _line(f"keyword or 交易所 in {title}", share)


def _kinds(findings: Findings) -> Iterator[str]:
    yield f"{'kind':<24}{'n':>5}{'found':>8}{'95 % interval':>18}{'STRONG+':>9}{'CONFIRMED':>11}{'best':>7}"
    for kind, answers in findings.by_kind().items():
        found, confirmed = _found(answers, Strength.WEAK), _found(answers, Strength.CONFIRMED)
        low, high = found.interval
        best = Share.of([answer.best_is_expected for answer in answers if answer.found])
        short = found.value < KINDS_ASKED.get(kind, KIND_ASKED) or (
            kind in SAME_NAME_KINDS and confirmed.value < SAME_NAME_CONFIRMED_ASKED
        )
        yield (
            f"{kind:<24}{len(answers):>5}{found.value:>8.3f}    [{low:.3f}, {high:.3f}]"
            f"{_found(answers, Strength.STRONG).value:>9.3f}{confirmed.value:>11.3f}{best.value:>7.3f}"
            f"{'  SHORT' if short else ''}"
        )


def _shown(index: Index, query: str, hit: Found) -> str:
    return f"{hit.strength} {hit.score} {hit.name}  {subject.explain(index, query, hit.key)}"


def _missed(index: Index, findings: Findings, count: int) -> Iterator[str]:
    for kind, answers in findings.by_kind().items():
        missed = [answer for answer in answers if not answer.found]
        if missed:
            yield f"\nmissed, {kind} ({len(missed)}):"
        for answer in missed[:count]:
            best = f"   best: {_shown(index, answer.item.query, answer.hits[0])}" if answer.hits else ""
            yield f"  {answer.item.query!r}  ≠  {findings.listed_name[answer.item.expected]}{best}"


def _beside(index: Index, findings: Findings, count: int) -> Iterator[str]:
    wrong = [answer for answer in findings.answered if answer.found and not answer.best_is_expected]
    neighbours = [answer for answer in findings.answered if answer.others]
    for title, answers in (("found, but another first", wrong), ("alerts with the entity taken off", neighbours)):
        if answers:
            yield f"\n{title} ({len(answers)}):"
        for answer in answers[:count]:
            meant = findings.listed_name[answer.item.expected]
            yield f"  {answer.item.query!r}  {meant}   other: {_shown(index, answer.item.query, answer.others[0])}"


def _false_alerts(index: Index, findings: Findings, count: int) -> Iterator[str]:
    for probe in findings.probes:
        if probe.alerting:
            yield f"\nalerts on {probe.title} ({len(probe.alerting)}):"
        yield from (f"  {query!r}  {_shown(index, query, hit)}" for query, hit in probe.alerting[:count])


def _missed_by_search(missed: Missed) -> str:
    accepted = f"{len(missed.names)} of {missed.pairs_accepted:,} accepted pairs"
    return f"missed_by_search: {accepted}, among {missed.pairs_scored:,} pairs scored by brute force"


def _unsearched(_: Index, findings: Findings, count: int) -> Iterator[str]:
    if findings.missed.names:
        yield f"\nmissed by search ({len(findings.missed.names)}):"
    yield from (f"  {query!r}  {listed}" for query, listed in findings.missed.names[:count])


def as_table(findings: Findings) -> str:
    """Return the report as text for a terminal of 120 columns."""
    lines = [
        f"quality on {findings.origin}: {findings.listed_count} listed names, {len(findings.answered)} disguised",
        "",
        *_totals(findings),
        "",
        *_kinds(findings),
        "",
        "by length of the 字号 (rough reading; 0: none found)",
        *(_line(f"  {label}", _found(answers, Strength.WEAK)) for label, answers in findings.by_core_length().items()),
        "",
        "calibration: share of hits that are the entity meant, by score",
        f"{'score':<10}{'first hits of disguised names and negatives':<52}all hits of all queries and probes",
        *(
            f"{f'{step.low}–{min(step.low + SCORE_STEP - 1, 100)}':<10}{step.best!s:<52}{step.every}"
            for step in findings.calibration()
        ),
        "",
        _missed_by_search(findings.missed),
        f"{findings.names_per_second:,.0f} names/s of processor time over the whole run, probes included",
        f"{len(findings.disagreeing)} disguised queries answered otherwise by the single search",
    ]
    return "\n".join(lines)


def as_examples(index: Index, findings: Findings, count: int) -> str:
    """Return up to ``count`` misses and false alerts of every group; it shows the data's names."""
    parts = (part(index, findings, count) for part in (_missed, _beside, _false_alerts, _unsearched))
    return "\n".join(line for part in parts for line in part)


def as_json(findings: Findings) -> Json:
    """Return the report as JSON; it holds figures and no names."""
    return {
        "origin": findings.origin,
        "listed": findings.listed_count,
        "recall": findings.recall().as_json(),
        "recall_strong": findings.recall(Strength.STRONG).as_json(),
        "recall_confirmed": findings.recall(Strength.CONFIRMED).as_json(),
        "best_right": findings.best_right().as_json(),
        "entity_left_out": findings.entity_left_out().as_json(),
        "alerts": {
            probe.title: {strength.value: probe.alerts(strength).as_json() for strength in list(Strength)[:3]}
            for probe in findings.probes
        },
        "kinds": {
            kind: {strength.value: _found(answers, strength).as_json() for strength in list(Strength)[:3]}
            for kind, answers in findings.by_kind().items()
        },
        "core_length": {
            label: _found(answers, Strength.WEAK).as_json() for label, answers in findings.by_core_length().items()
        },
        "keyword_alarms": {title: share.as_json() for title, share in findings.keyword_alarms.items()},
        "single_disagrees": len(findings.disagreeing),
        "calibration": {
            str(step.low): {"first": step.best.as_json(), "all": step.every.as_json()}
            for step in findings.calibration()
        },
        "missed_by_search": {
            "missed": len(findings.missed.names),
            "accepted": findings.missed.pairs_accepted,
            "scored": findings.missed.pairs_scored,
        },
    }
