"""Names that share region and trade with the list, the ordinary case of a local book.

Few regions, few trades, and brands of two to eight characters: every listed name has hundreds of neighbours that
differ from it by the 字号 alone, so that candidate search is the work.
"""

import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks import synthetic_names

REGIONS = (
    *("福建", "福州", "厦门", "泉州", "漳州", "莆田", "宁德", "龙岩", "三明"),
    *("南平", "晋江", "石狮", "上海", "深圳", "广州", "杭州", "北京", "浙江"),
)
TRADES = (
    *("贸易", "投资", "投资管理", "科技", "网络科技", "信息技术", "电子商务", "文化传播"),
    *("实业", "商贸", "大宗商品交易", "贵金属经营", "资产管理", "供应链管理", "进出口", "金融信息服务"),
)
FORM = "有限公司"
BRAND_LENGTHS = range(2, 9)
SEED = 18
MADE_UP = 200_000
MARKER = synthetic_names.MARKERS[0]


def brands_of(folder: Path | None) -> list[str]:
    """Return brands, shuffled: those of the folder, or of made-up characters where there is none."""
    draw = random.Random(SEED)  # noqa: S311 - the same names in every run
    file = folder / "brands.txt" if folder else None
    if file and file.is_file():
        lines = file.read_text(encoding="utf-8").splitlines()
        found = list(dict.fromkeys(line for line in lines if len(line) in BRAND_LENGTHS))
    else:
        characters = synthetic_names.words("core_characters.txt")
        sizes = (draw.choice(BRAND_LENGTHS[:5]) for _ in range(MADE_UP))
        found = list(dict.fromkeys("".join(draw.choices(characters, k=size)) + MARKER for size in sizes))
    draw.shuffle(found)
    return found


def shared_names(folder: Path | None, listed: int, asked: int) -> tuple[list[str], list[str]]:
    """Return listed names, and a book of others, in any number: the list takes the first brands, the book the rest."""
    brands = brands_of(folder)
    if len(brands) <= listed:
        raise SystemExit(f"{len(brands)} brands are too few for a list of {listed}")
    places = list(product(REGIONS, TRADES))
    random.Random(SEED + 1).shuffle(places)  # noqa: S311 - the same names in every run
    return _names(brands[:listed], places, listed), _names(brands[listed:], places, asked)


def _names(brands: Sequence[str], places: Sequence[tuple[str, str]], count: int) -> list[str]:
    """Return names of the brands in turn, in each round with other regions and trades."""
    found = []
    for i in range(count):
        # The number of places and a round of brands share no rhythm.
        region, trade = places[(i + i // len(brands)) % len(places)]
        found.append(f"{region}{brands[i % len(brands)]}{trade}{FORM}")
    return found
