"""The look at characters never misses a keyword that the look at whole texts finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.names.keyword_prefilter import might_hold_keyword
from app.names.keywords import might_contain

_PIECES = [*"微薇盘交易昜云日勿户斤所舟皿点位v a1.·-　中心ⅵ㎏ｗ", "wei", "pan", "jiao", "yi", "suo", "yun", "ｗｅｉ"]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(_PIECES) | st.characters()).map("".join)))
def test_it_says_what_the_scan_of_whole_texts_says(texts: list[str]) -> None:
    assert might_hold_keyword(texts).tolist() == might_contain(texts).tolist()


def test_each_text_is_told_apart_from_its_neighbours() -> None:
    texts = ["", "微", "盘", "", "福建示例微盘", "盘微", "示例商贸有限公司", "微", "示例交易所"]
    assert might_hold_keyword(texts).tolist() == [text in {"福建示例微盘", "示例交易所"} for text in texts]
