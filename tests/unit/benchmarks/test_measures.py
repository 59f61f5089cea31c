"""The measures measure what they say: intervals, rough parts, probes, and names that are synthetic."""

import random
from pathlib import Path

import pytest

from benchmarks import probes, rough_parts, synthetic
from benchmarks.dataset import Dataset, Listed, load
from benchmarks.disguises import KINDS
from benchmarks.figures import Share
from benchmarks.population import from_tables
from benchmarks.synthetic_names import MARKERS, NameMaker


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 100, 0.0, 0.0370), (100, 100, 0.9630, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_that_of_wilson(hits: int, total: int, low: float, high: float) -> None:
    # 81 of 263 is the example of Newcombe (1998), who gives 0.2553 to 0.3662.
    assert Share(hits, total).interval == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("福建示例投资管理有限公司", ("福建", "示例", "投资管理", "有限公司")),
        ("厦门市样本鑫海商品交易中心有限责任公司", ("厦门市", "样本鑫海", "商品交易中心", "有限责任公司")),
        ("示例（福州）科技股份有限公司", ("", "示例", "科技", "股份有限公司")),
        ("福建示例贸易有限公司厦门分公司", ("福建", "示例", "贸易", "有限公司")),
        ("示例", ("", "示例", "", "")),
    ],
)
def test_a_name_is_cut_roughly_into_its_parts(name: str, parts: tuple[str, ...]) -> None:
    read = rough_parts.read(name)
    assert (read.region, read.core, read.trade, read.form) == parts


def test_synthetic_data_is_the_same_every_time_and_names_no_real_firm() -> None:
    one = synthetic.dataset()
    assert one == synthetic.dataset()
    assert all(set(listed.name) & set(MARKERS) for listed in one.listed)
    assert len({listed.name for listed in one.listed}) == len(one.listed)
    assert not {listed.name for listed in one.listed} & set(one.negatives)
    assert {item.kind for item in one.positives} == set(KINDS)
    assert {item.expected for item in one.positives} <= {listed.key for listed in one.listed}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"exact"}))
def test_every_disguise_changes_the_name(kind: str) -> None:
    draw = random.Random(1)  # a sample, not a secret
    maker = NameMaker(draw)
    made = [(name.text, query) for name in (maker.name() for _ in range(300)) if (query := KINDS[kind](name, draw))]
    assert made
    assert all(query != text for text, query in made)


def test_probes_hold_nothing_that_is_listed() -> None:
    listed = (Listed("1", "福建示例投资有限公司"), Listed("2", "江西股权交易中心"), Listed("3", "资产管理有限公司"))
    data = Dataset("test", listed, (), ("福州样本贸易有限公司",), ("示例", "样本", ""))
    assert probes.brands_not_listed(data) == ("样本",)
    assert probes.bare_cores(data) == ("样本",)
    assert "资产管理有限公司" not in probes.generic_fragments(listed)
    assert "福建资产管理有限公司" in probes.generic_fragments(listed)
    assert not {"江西股权交易中心", "江西股权交易中心有限公司"} & set(probes.regional_venues(data))
    assert probes.spelled_out(data) == ("fuzhouyangbenmaoyiyouxiangongsi",)


def test_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("id,name\nY1,示例有限公司\n", encoding="utf-8-sig")
    (tmp_path / "positives.csv").write_text("query,expected_id,kind\n示 例,Y1,spacing\n", encoding="utf-8")
    (tmp_path / "negatives.csv").write_text('query\n"样本,公司"\n', encoding="utf-8")
    data = load(tmp_path)
    assert (data.listed[0].name, data.positives[0].kind, data.negatives, data.brands) == (
        "示例有限公司",
        "spacing",
        ("样本,公司",),
        (),
    )


def test_a_population_draws_as_many_distinct_names_as_asked() -> None:
    source = from_tables()
    names = source.names(5_000, seed=3, real=("示例有限公司",))
    assert len(set(names)) == 5_000
    assert names[0] == "示例有限公司"
    assert names == source.names(5_000, seed=3, real=("示例有限公司",))
