"""Names that must not alert although they share much with the list: built from the data itself."""

import random
import unicodedata

from pypinyin import lazy_pinyin

from benchmarks import rough_parts
from benchmarks.dataset import Dataset, Listed
from benchmarks.synthetic_names import pairs, words


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def brands_not_listed(dataset: Dataset) -> tuple[str, ...]:
    """Brands that stand in no listed name as they are: one that does may well be meant by it."""
    everything = "\n".join(_plain(listed.name) for listed in dataset.listed)
    return tuple(brand for brand in dataset.brands if _plain(brand) and _plain(brand) not in everything)


def generic_fragments(listed: tuple[Listed, ...], *, count_max: int = 2000, seed: int = 7) -> tuple[str, ...]:
    """Return fragments without a 字号 (资产管理有限公司, 深圳市创业投资 …) made of the list's own parts.

    Region, trade and form are those of real listed names, freely joined; a fragment that is a listed
    name by itself, with or without its form, is left out.
    """
    parts = [rough_parts.read(entry.name) for entry in listed]
    regions = sorted({part.region for part in parts if part.region})
    trades = sorted({part.trade for part in parts if part.trade})
    forms = sorted({part.form for part in parts if part.form})
    whole = {_plain(text) for entry in listed for text in (entry.name, rough_parts.without_form(entry.name))}
    draw = random.Random(seed)  # noqa: S311  # a sample, not a secret
    found: dict[str, None] = dict.fromkeys(trades)
    for _ in range(count_max * 20):
        if len(found) >= count_max:
            break
        region, trade, form = draw.choice(regions), draw.choice(trades), draw.choice(forms)
        found[draw.choice((trade + form, region + trade, region + trade + form, region + form))] = None
    return tuple(text for text in found if not {_plain(text), _plain(rough_parts.without_form(text))} & whole)


def regional_venues(dataset: Dataset) -> tuple[str, ...]:
    """Return venues named by region and kind alone (江西股权交易中心 …), but for those that are listed.

    Most approved venues are called so; a listed one of another region is none of them.
    """
    whole = {_plain(rough_parts.without_form(entry.name)) for entry in dataset.listed}
    names = (region + venue for region in pairs("regions.tsv") for venue in words("venues.txt"))
    return tuple(name + form for name in names if _plain(name) not in whole for form in ("", "有限公司"))


def platforms(dataset: Dataset) -> tuple[str, ...]:
    """Return names as platforms give themselves, of trade names that are not on the list."""
    endings = words("platforms.txt")
    return tuple(core + endings[number % len(endings)] for number, core in enumerate(bare_cores(dataset)))


def spelled_out(dataset: Dataset, *, count_max: int = 1500) -> tuple[str, ...]:
    """Return negatives in pinyin."""
    return tuple("".join(lazy_pinyin(name)) for name in dataset.negatives[:count_max])


def bare_cores(dataset: Dataset) -> tuple[str, ...]:
    """Return the 字号 of the negatives alone, but for those that a listed name holds."""
    everything = "\n".join(_plain(entry.name) for entry in dataset.listed)
    cores = {rough_parts.read(name).core for name in dataset.negatives}
    return tuple(sorted(core for core in cores if len(core) > 1 and _plain(core) not in everything))
