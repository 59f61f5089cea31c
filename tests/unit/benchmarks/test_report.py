"""A whole quality run over a handful of names: what it counts, as a table and as JSON."""

import json

import pytest

from benchmarks import subject
from benchmarks.dataset import Dataset, Disguised, Listed
from benchmarks.findings import Findings, measure
from benchmarks.report import as_examples, as_json, as_table

LISTED = (
    Listed("Y1", "福建示例大宗商品交易中心有限公司"),
    Listed("Y2", "厦门样本鑫海投资管理有限公司"),
    Listed("Y3", "泉州虚拟文化产权交易所有限公司"),
)


@pytest.fixture(scope="module")
def findings() -> Findings:
    data = Dataset(
        origin="handful",
        listed=LISTED,
        positives=(
            Disguised("福建示例大宗商品交易中心有限公司", "Y1", "exact"),
            Disguised("厦门樣本鑫海投資管理有限公司", "Y2", "traditional"),
            Disguised("不相干的查询", "Y3", "lost"),
        ),
        negatives=("龙岩假设运输有限公司", "福州演练微盘软件有限公司"),
        brands=("示例", "测试"),
    )
    return measure(subject.build(LISTED), data, 100)


def test_what_is_found_and_what_is_lost_is_counted_by_kind(findings: Findings) -> None:
    assert (findings.recall().hits, findings.recall().total) == (2, 3)
    assert {kind: answers[0].found for kind, answers in findings.by_kind().items()} == {
        "exact": True,
        "lost": False,
        "traditional": True,
    }
    assert findings.best_right().value == 1.0
    assert findings.disagreeing == ()


def test_alerts_and_keyword_findings_are_counted(findings: Findings) -> None:
    negatives, brands = findings.probes[:2]
    assert (negatives.alerts().hits, negatives.alerts().total) == (0, 2)
    assert brands.queries == ("测试",)
    assert findings.keyword_alarms["negatives"].hits == 1


def test_brute_force_scores_every_pair_of_its_sample(findings: Findings) -> None:
    assert findings.missed.pairs_scored >= len(LISTED)
    assert findings.missed.names == ()


def test_the_report_is_readable_and_the_json_holds_no_names(findings: Findings) -> None:
    table = as_table(findings)
    assert "recall" in table
    assert "missed_by_search: 0 of" in table
    figures = json.dumps(as_json(findings), ensure_ascii=False)
    assert '"hits": 2' in figures
    assert not any(listed.name in figures for listed in LISTED)


def test_examples_show_what_was_missed(findings: Findings) -> None:
    assert "'不相干的查询'  ≠  泉州虚拟文化产权交易所有限公司" in as_examples(subject.build(LISTED), findings, 5)
