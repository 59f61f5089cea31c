"""The table as a page for people: every row with its clause and the test that proves it, and how we read the gaps."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.policy.clauses import CLAUSES
from app.policy.interpretations import READINGS
from app.policy.parameters import Parameters, as_json
from app.policy.rule import Rule, RuleTable
from app.policy.rule_version import rule_version

_STAGES = {
    "listing": "名单内主体的一次列入 One listing of a matched entity",
    "relation": "没有自身列入的关联主体 An entity without a listing of its own",
    "person": "与名单主体背后的人同名 A party with the name of a person behind a listed entity",
    "entity": "匹配本身 The match as such",
    "caps": "未确认的匹配 A match that is not CONFIRMED",
    "party": "客户整体 The counterparty as a whole",
    "floors": "放行的底线 The floor under a PASS",
}


def page(table: RuleTable, parameters: Parameters, proofs: Mapping[str, str]) -> str:
    """Return the page in Markdown; ``proofs`` names for each rule the test that fails when its outcome changes."""
    return "\n".join([*_head(table, parameters), *_rules(table, proofs), *_clauses(table, proofs), *_readings()]) + "\n"


def _head(table: RuleTable, parameters: Parameters) -> Iterator[str]:
    yield "# 判定规则 / The rules"
    yield ""
    yield "本页由 `app/policy` 生成（`make docs`）。条文以自己的话概括，不构成法律意见。"
    yield "This page is generated from `app/policy` (`make docs`). Clauses are in our words; this is no legal advice."
    yield ""
    yield f"默认参数下的规则版本 / rule version with the default parameters: `{rule_version(table, parameters)}`"
    yield ""
    yield "每个匹配按下列次序逐行检查，第一条成立的决定该匹配的结论；"
    yield "随后是未确认匹配的上限（D02）、取最严（停止、复核、放行）、放行的底线（D27）。"
    yield "D12 是检验而不是规则：`tests/unit/policy/test_edges.py`。"
    yield "For each match the rows are tried in this order and the first that holds decides; then come the cap (D02),"
    yield "the most severe of all matches, and the floor (D27). D12 is a test, not a rule."
    yield ""
    yield "## 参数 / Parameters"
    yield ""
    yield "| 参数 parameter | 值 value |"
    yield "|---|---|"
    for name, value in as_json(parameters).items():
        yield f"| `{name}` | {_value(value)} |"
    yield ""


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return "<br>".join(_value(one) for one in value)
    if isinstance(value, dict):
        return " · ".join(_value(one) for one in value.values() if one is not None)
    return str(value)


def _rules(table: RuleTable, proofs: Mapping[str, str]) -> Iterator[str]:
    for stage, title in _STAGES.items():
        rules = tuple(table.caps.values()) if stage == "caps" else getattr(table, stage)
        yield f"## {title}"
        yield ""
        yield "| 行 row | 条件 condition | 结论 outcome | 代码 code | 依据 basis | 检验 proof |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(rule, proofs) for rule in rules)
        yield ""


def _row(rule: Rule[Any], proofs: Mapping[str, str]) -> str:
    basis = " ".join(f"`{ground.basis_code}`" for ground in rule.grounds)
    flags = "".join(f" + `{flag}`" for flag in rule.flags)
    condition = f"{rule.when_zh}<br>{rule.when_en}"
    return f"| {rule.name} | {condition} | **{rule.outcome}**{flags} | `{rule.code}` | {basis} | {proofs[rule.name]} |"


def _clauses(table: RuleTable, proofs: Mapping[str, str]) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for stage in _STAGES:
        for rule in tuple(table.caps.values()) if stage == "caps" else getattr(table, stage):
            names.setdefault(rule.id, []).append(rule.name)
    yield "## 通知条款 / The clauses of the notice"
    yield ""
    yield "| 条款 clause | 代码 basis | 要求 what it asks | 行 rows | 检验 proofs | 说明 note |"
    yield "|---|---|---|---|---|---|"
    for clause in CLAUSES:
        shown = dict.fromkeys(proofs[name] for row in clause.rows for name in names[row])
        rows = " ".join(clause.rows) or "—"
        yield (
            f"| {clause.ref} | `{clause.basis_code}` | {clause.text_zh} | {rows} | {'<br>'.join(shown) or '—'} | "
            f"{clause.reason_zh} |"
        )
    yield ""


def _readings() -> Iterator[str]:
    yield "## 对空白和重叠的解读 / How we read gaps and overlaps"
    yield ""
    yield "规则有空白或重叠的，取较严的结论。 Where rows leave a gap or meet, the stricter outcome holds."
    yield ""
    for reading in READINGS:
        yield f"- **{reading.rows}** {reading.text_zh}"
        yield f"  {reading.text_en}"
