"""Names read by their parts, strictly as listed names and loosely as queries."""

import numpy as np
import pytest

from app.matching.model.encoding import decode_row, encode
from app.names.characters import characters
from app.names.lexicon import words
from app.names.segmentation import CORE, FORM, LENGTH_MAX, REGION, TRADE, cover_space, segment_listed, segment_query


def labelled(text: str, *, listed: bool) -> list[tuple[int, str]]:
    """Return the runs of equal labels with their characters."""
    source = encode([text])
    codes, marks = np.zeros(LENGTH_MAX, np.int32), np.zeros(LENGTH_MAX, np.uint8)
    labels, regions = np.zeros(LENGTH_MAX, np.uint8), np.zeros(LENGTH_MAX, np.int32)
    size, _ = decode_row(source, 0, source.size - 1, characters(), codes, marks)
    if listed:
        segment_listed(codes, marks, size, words(), labels, regions, cover_space())
    else:
        segment_query(codes, marks, size, words(), False, labels, regions, cover_space())
    runs: list[tuple[int, str]] = []
    for label, code in zip(labels[:size].tolist(), codes[:size].tolist(), strict=True):
        if runs and runs[-1][0] == label:
            runs[-1] = (label, runs[-1][1] + chr(code))
        else:
            runs.append((label, chr(code)))
    return runs


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("福建示例文化产权交易所有限公司", "示例"),
        ("厦门市样本大宗商品交易中心股份有限公司", "样本"),
        ("示例样本（福建）投资管理有限公司", "示例样本"),
        ("样本国际控股有限公司", "样本"),
        ("北京示例某某科技有限责任公司", "示例某某"),
        ("大连样雁金融配置服务有限公司", "样雁"),
        ("金融样控股股份有限公司", "金融样"),
        ("河南东方样星投资股份有限公司", "样星"),
        ("东方样星投资股份有限公司", "样星"),
        ("东方样投资股份有限公司", "东方样"),
    ],
)
def test_the_core_of_a_listed_name_is_found(text: str, core: str) -> None:
    assert [run for label, run in labelled(text, listed=True) if label == CORE] == [core]


def test_a_name_of_common_words_is_its_own_core() -> None:
    assert labelled("深圳市创业投资有限公司", listed=True) == [
        (REGION, "深圳市"),
        (CORE, "创业投资"),
        (FORM, "有限公司"),
    ]


def test_what_tells_a_branch_from_its_sisters_is_core() -> None:
    cores = "".join(run for label, run in labelled("示例银行股份有限公司福州鼓楼支行", listed=True) if label == CORE)
    assert cores.startswith("示例")
    assert len(cores) > len("示例")


def test_a_remark_around_a_name_is_no_core() -> None:
    runs = labelled("货款-福建示例科技有限公司-手续费", listed=False)
    assert [run for label, run in runs if label == CORE] == ["示例"]
    assert (TRADE, "科技") in runs
