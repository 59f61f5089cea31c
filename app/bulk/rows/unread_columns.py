"""Columns that are not read, and whether one looks like names, or codes: then somebody must say what it is."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from app.bulk.readers.file_layout import Source, Span
from app.bulk.rows import unread_codes
from app.bulk.rows.column_texts import texts_of
from app.bulk.rows.input_columns import LEFT_OUT, Columns
from app.errors import Fault, Invalid
from app.names.party_words import reads_as_organisation
from app.tabular.header_words import header_key

_NAMES: Final = re.compile(
    r"名称|户名|姓名|名字|公司|企业|商户|商家|店名|简称|全称|抬头|付款人|收款人|付款方|收款方|对手|客户名|单位名|主体名|机构名"
    r"|name|nm$|merchant|company|payee|payer|beneficiary|customer$|client$|counterparty|vendor|supplier",
    re.IGNORECASE,
)
_NO_NAMES: Final = re.compile(
    r"代码|编码|编号|号码|号$|类型|类别|种类|性质|地址|住所|电话|手机|邮箱|银行|开户行|行名|支行|网点|分行|产品|商品|品种|货物|文件"
    r"|经办|操作|柜员|客户经理|联系人|复核|录入|省|市$|区$|县$|日期|时间|金额|余额|币种|状态|标志|标识|规模|行业|级别|等级|数量"
    r"|部门|科目|项目名|用户|登录|字段|表名|地区名|国家|国籍|职业|职务|证件|code|type|^no$|id$|addr|bank|branch|file|user"
    r"|operator|product|goods|item|currency|country|city|province|date|time|amount|status|phone|mail|flag|industry",
    re.IGNORECASE,
)
_PARTY: Final = re.compile(
    r"(?:对公|个人|交易|往来|合作|委托|签约|合同|打款|来款|入金|出金|收单|特约|运营|备案|主办|涉案|涉事|违规|目标|被[查投]\w|[核排筛]查|监测)?"
    r"(?:客户|对方|对手方?|相对方|对象|会员|会员单位|单位|机构|企业|公司|主体|平台|商户|委托人|受托人|申请人|持有人|权利人|所有人|投资人"
    r"|发行人|融资方|承租人|出租方|承包人|收益人|被执行人|持卡人|供货商|代理商|渠道商|服务商|开发商|经营者|运营方|签约方|合同方|打款方"
    r"|entity|org|organi[sz]ation|party|debtor|creditor|holder|owner|firm|enterprise|seller|buyer)",
    re.IGNORECASE,
)
"""Headers that say whose something is, which mostly is a name."""

_ADDRESS: Final = re.compile("地址|住所|addr", re.IGNORECASE)
_BANK: Final = re.compile("银行|信用社|信用联社|农商行|支行|分行|营业部|分理处|bank", re.IGNORECASE)
_FIRM: Final = re.compile(r".{3}(?:公司|合作社|事务所|交易所|交易中心|交易市场)[)）]?\s*$")
_HAS_WORD: Final = re.compile(r"[^\W\d_]{2}")
_PERSON: Final = re.compile("[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{2,8})?")
_SAMPLE_PARTS: Final = 3
_SAMPLE_TEXTS: Final = 20_000
_SHARE: Final = 0.03
_SHARE_OF_NAMES: Final = 0.3
_SHARE_AGAINST_HEADER: Final = 0.3


def check(columns: Columns, header: Sequence[str], chosen: Mapping[str, str], sample: pa.Table) -> None:
    """Raise Invalid where a column that is not read looks like names or codes, with the option that settles it.

    ``sample`` are rows from all over the file; ``chosen`` what was said of headers.
    """
    found = doubtful(columns, header, chosen, sample)
    if not found:
        return
    settled = {
        title: f"--column {title}={field} 或 --column {title}={LEFT_OUT}" for title, (*_, field) in found.items()
    }
    options = "; ".join(settled.values())
    faults = [
        Fault(f"/columns/{title}", "unread-names", f"{zh}，请用 {settled[title]} / {en}: say which")
        for title, (zh, en, _) in found.items()
    ]
    shown = "、".join(f"{title}（{zh}）" for title, (zh, *_) in found.items())
    raise Invalid(
        "unread-names",
        f"有未使用的列疑为名称或代码：{shown}。请指明用途或排除 / columns that look like names or codes are not read; "
        f"say what they are, or leave them out: {options}",
        faults=faults if len(faults) > 1 else (),
    )


def sample_of(source: Source, spans: Sequence[Span], look: Callable[[], None]) -> pa.Table:
    """Return rows from all over a file: a column may be empty for long.  ``look`` is called now and then."""
    last = len(spans) - 1
    places = sorted({last * part // _SAMPLE_PARTS for part in range(_SAMPLE_PARTS + 1)}) if spans else []
    batches = []
    for place in places:
        look()
        batches.append(source.read(spans[place]))
    return pa.Table.from_batches(batches) if batches else pa.table({})


def needs_rows(columns: Columns, header: Sequence[str], chosen: Mapping[str, str]) -> bool:
    """Whether there is a column of which only its content can say whether it holds names or codes."""
    settled = {header_key(title) for title, said in chosen.items() if said == LEFT_OUT}
    unread = (title for title in columns.not_read(tuple(header)) if header_key(title) not in settled)
    return any(not _is_name(title) for title in unread)


def doubtful(
    columns: Columns, header: Sequence[str], chosen: Mapping[str, str], sample: pa.Table
) -> dict[str, unread_codes.Reason]:
    """Return the columns that are not read and look like names or codes: why, and as what they are best read."""
    settled = {header_key(title) for title, said in chosen.items() if said == LEFT_OUT}
    return {
        title: reason
        for title in columns.not_read(tuple(header))
        if header_key(title) not in settled and (reason := _reason(title, sample))
    }


def _spread(texts: pa.Array) -> pa.Array:
    """Return no more than so many of the texts, from all over the column."""
    step = -(-len(texts) // _SAMPLE_TEXTS)
    return texts if step < 2 else texts.take(pa.array(range(0, len(texts), step)))  # noqa: PLR2004 - every one


def _may_hold_texts(kind: pa.DataType) -> bool:
    return not (pa.types.is_primitive(kind) or pa.types.is_null(kind))


def _is_name(title: str) -> bool:
    """Whether a header says that names stand below it."""
    return not _NO_NAMES.search(title) and (
        _NAMES.search(title) is not None or _PARTY.fullmatch(header_key(title)) is not None
    )


def _reason(title: str, sample: pa.Table) -> unread_codes.Reason | None:
    """Return why a column looks like names or codes, None where it does not."""
    if _is_name(title):
        return "表头像名称", "its header says so", "name"
    if _FIRM.search(title) and reads_as_organisation(title):
        return (
            "表头本身是机构名称，可能没有表头或表为横排",
            "its header is an organisation: no header, or rows lie across",
            "name",
        )
    column = sample.column(title)
    if not _may_hold_texts(column.type):
        return None
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    texts = _spread(pc.unique(texts_of(values).drop_null()))
    listed = texts.to_pylist()
    if not _ADDRESS.search(title) and _holds_names(title, listed):
        return "内容像机构名称", "its values read as organisations", "name"
    if inner := list(dict.fromkeys(_inside(listed))):
        within = unread_codes.reason(pa.array(inner, pa.string()))
        is_doubtful = within is not None or (not _ADDRESS.search(title) and _holds_names(title, inner))
        return ("值内含名称或代码", "names or codes are inside of its values", "remark") if is_doubtful else None
    return unread_codes.reason(texts)


def _inside(values: Sequence[str]) -> Iterator[str]:
    """Give the texts inside of objects and arrays, as JSON files have them."""
    for text in values:
        if text.startswith(("{", "[")):
            try:
                yield from _texts_in(json.loads(text))
            except (ValueError, RecursionError):
                continue


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)


def _holds_names(title: str, values: Sequence[str]) -> bool:
    texts = [text for text in values if _HAS_WORD.search(text)]
    found = [text for text in texts if reads_as_organisation(text)]
    if _NO_NAMES.search(title):
        # A column of banks, products or branches; what is there against its header is no bank.
        found = [text for text in found if not _BANK.search(text)]
        return len(found) > len(texts) * _SHARE_AGAINST_HEADER
    persons = sum(_PERSON.fullmatch(text.strip()) is not None for text in texts)
    return bool(found) and (len(found) >= len(texts) * _SHARE or len(found) + persons >= len(texts) * _SHARE_OF_NAMES)
