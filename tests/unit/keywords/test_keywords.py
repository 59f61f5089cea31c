"""The keyword scan through its disguises, and what it must leave alone (R07-R09, docs/law.md 10)."""

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.names.exchange_name import EXCHANGE, exchange_in_name
from app.names.fold import fold
from app.names.keyword_patterns import Disguise, FoldedText, read_table
from app.names.keywords import keywords, might_contain, scan


def _found(text: str) -> dict[str, tuple[Disguise, ...]]:
    return {finding.keyword: finding.disguises for finding in scan({"name": text})}


@pytest.mark.parametrize("word", list(keywords()))
def test_every_keyword_is_found_as_it_is_inside_a_name(word: str) -> None:
    (finding,) = scan({"name": f"示例{word}平台"})
    assert (finding.keyword, finding.field, finding.written, finding.disguises) == (word, "name", word, ())
    assert finding.level == keywords()[word]


def test_the_words_of_the_notice_are_level_one() -> None:
    assert {word for word, level in keywords().items() if level == 1} == {"微盘", "微交易", "云交易"}


@pytest.mark.parametrize(
    ("text", "keyword", "disguises"),
    [
        ("示例微盤", "微盘", (Disguise.FOLDED,)),
        ("示例雲交易", "云交易", (Disguise.FOLDED,)),
        ("示例微\u200b交\u2060易", "微交易", (Disguise.FOLDED,)),
        ("示例微.盘", "微盘", (Disguise.SEPARATED,)),
        ("示例微 · 盘", "微盘", (Disguise.SEPARATED,)),
        ("示例微★交★易", "微交易", (Disguise.SEPARATED,)),
        ("示例微💹盘", "微盘", (Disguise.SEPARATED,)),
        ("示例云—交—易", "云交易", (Disguise.SEPARATED,)),
        ("示例微a盘", "微盘", (Disguise.WEDGED,)),
        ("示例微1交易", "微交易", (Disguise.WEDGED,)),
        ("示例微丨盘", "微盘", (Disguise.WEDGED,)),
        ("示例薇盘", "微盘", (Disguise.HOMOPHONE,)),
        ("示例维盘", "微盘", (Disguise.HOMOPHONE,)),
        ("示例威盘", "微盘", (Disguise.HOMOPHONE,)),
        ("示例微磐", "微盘", (Disguise.HOMOPHONE,)),
        ("芸交易示例", "云交易", (Disguise.HOMOPHONE,)),
        ("示例徽盘", "微盘", (Disguise.SHAPE,)),
        ("示例微交昜", "微交易", (Disguise.SHAPE,)),
        ("示例微舟皿", "微盘", (Disguise.SPLIT,)),
        ("示例云交日勿", "云交易", (Disguise.SPLIT,)),
        ("示例V盘", "微盘", (Disguise.LETTER,)),
        ("示例Ｖ交易", "微交易", (Disguise.LETTER,)),
        ("示例wei盘", "微盘", (Disguise.PINYIN,)),
        ("示例微pan", "微盘", (Disguise.PINYIN,)),
        ("示例微jiaoyi", "微交易", (Disguise.PINYIN,)),
        ("weipan", "微盘", (Disguise.PINYIN,)),
        ("WeiPan Shili", "微盘", (Disguise.PINYIN,)),
        ("wēi pán", "微盘", (Disguise.SEPARATED, Disguise.PINYIN)),
        ("wei jiao yi", "微交易", (Disguise.SEPARATED, Disguise.PINYIN)),
        ("w-e-i-p-a-n", "微盘", (Disguise.SEPARATED, Disguise.PINYIN)),
        ("shiliyunjiaoyipingtai", "云交易", (Disguise.PINYIN,)),
        ("weipangongsi", "微盘", (Disguise.PINYIN,)),
        ("we1pаn", "微盘", (Disguise.PINYIN,)),  # digit one, Cyrillic a
        ("华尔街薇交易平台", "微交易", (Disguise.HOMOPHONE,)),
        ("示例薇.交-昜", "微交易", (Disguise.SEPARATED, Disguise.HOMOPHONE, Disguise.SHAPE)),
        ("二元期權", "二元期权", (Disguise.FOLDED,)),
        ("点.位.盘", "点位盘", (Disguise.SEPARATED,)),
    ],
)
def test_a_keyword_is_found_through_its_disguise(text: str, keyword: str, disguises: tuple[Disguise, ...]) -> None:
    assert _found(text) == {keyword: disguises}


@pytest.mark.parametrize(
    "text",
    [
        "微盘股",
        "示例小微盘活存量",
        "新浪微盘",
        "云交易会",
        "示例二手车云交易平台",
        "微众银行",
        "微交易（micropayment）",
        "X402 微交易",
        "示例商城",
        "提货",
        "积分",
        "商城积分提货",
        "微信支付",
        "微店",
        "云盘",
        "尾盘",
        "微硬盘",
        "微键盘",
        "U盘",
        "TV盘",
        "微Panda",
        "huawei盘",
        "weipang",
        "yunjiaoyinhang",
        "福建示例货运交易市场",
        "huoyun jiaoyi",
        "广州白云交易市场",
        "安徽示例交易中心",
        "安徽交易集团",
        "福建示例维交易中心有限公司",
        "福建宏威交易市场",
        "成为交易伙伴",
        "示例运维盘点",
        "",
        "　",
    ],
)
def test_what_only_looks_like_a_keyword_is_no_finding(text: str) -> None:
    assert _found(text) == {}


def test_an_exception_excuses_its_own_place_only() -> None:
    assert list(_found("示例二手车云交易及微盘")) == ["微盘"]
    (finding,) = scan({"name": "云交易会与云交易"})
    assert (finding.start, finding.written) == (5, "云交易")


@pytest.mark.parametrize("phrase", [row[0] for row in read_table("lexicon_keywords.tsv")])
def test_every_exception_is_needed(phrase: str) -> None:
    would_be = [word for word in keywords() if any(FoldedText(phrase).occurrences(word))]
    assert would_be or phrase == "微众银行"  # shipped by order of the domain description


def test_every_other_writing_belongs_to_a_word() -> None:
    used = set("".join(keywords()) + EXCHANGE)
    assert {row[0] for row in read_table("keywords_writings.tsv")} <= used


@pytest.mark.parametrize("text", ["示例\u200b微\u200b盤　平台", "ＡＢ㎏示例微．盤", "e\u0301示例𠮷微\ufe0f盘"])
def test_the_span_is_that_of_the_text_as_given(text: str) -> None:
    (finding,) = scan({"promo_text": text})
    assert text[finding.start : finding.end] == finding.written
    assert fold(finding.written) == "微盘"


def test_every_field_is_scanned_and_named() -> None:
    findings = scan({"name": "福建示例公司", "business_scope": "微交易", "remark": "云交易、微盘"})
    assert [(finding.field, finding.keyword) for finding in findings] == [
        ("business_scope", "微交易"),
        ("remark", "云交易"),
        ("remark", "微盘"),
    ]


def test_the_first_place_of_a_keyword_is_reported_once() -> None:
    (finding,) = scan({"promo_text": "薇盘，微盘，V盘"})
    assert (finding.start, finding.written) == (0, "薇盘")


def test_clauses_of_prose_that_meet_are_no_keyword_but_a_short_name_may_hide_behind_a_stop() -> None:
    prose = "本公司提供行情咨询服务，客服请加官微，盘中每日直播，" + "示例文字" * 20
    assert _found(prose) == {}
    assert _found("经营范围：大数据、云、交易系统的开发" + "；示例经营项目" * 8) == {}
    assert list(_found("示例微，盘")) == ["微盘"]


@given(
    st.lists(
        st.sampled_from([*"微薇盘交易昜云日勿户斤所舟皿点位v a1.·-　中心", "wei", "pan", "jiao", "yi", "suo", "yun"])
        | st.characters()
    ).map("".join)
)
def test_the_bulk_pass_never_says_no_where_the_scan_finds(text: str) -> None:
    if not might_contain([text])[0]:
        assert scan({"name": text}) == ()
        assert not exchange_in_name(text)
        assert not any(any(FoldedText(text).occurrences(word)) for word in (*keywords(), EXCHANGE))


def test_the_bulk_pass_answers_for_each_text() -> None:
    assert might_contain(["福建示例微盘", "福建示例商贸有限公司", "", "示例交易所"]).tolist() == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "微" * 20_000,
        "wei" * 7_000,
        "微." * 10_000,
        "微\u0301" * 10_000,
        "\u0301" * 20_000,
        "v " * 10_000,
        "云交" * 10_000,
        "\ud800微\ud800盘" * 5_000,
        "微a" * 10_000,
        "云" + "." * 20_000 + "交易",
        "云交易会" * 5_000,
        "某维交易中心" * 3_000,
        "交易所需" * 5_000,
    ],
)
def test_hostile_texts_cost_no_more_than_their_length(hostile: str) -> None:
    started = thread_time()
    scan({"promo_text": hostile})
    exchange_in_name(hostile)
    assert thread_time() - started < 1.0
