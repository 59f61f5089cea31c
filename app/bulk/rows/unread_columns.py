"""Columns that are not read, and whether one of them looks like names: then somebody must say what it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

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
_SAMPLE_TEXTS: Final = 2_000
_SHARE: Final = 0.3


def check(columns: Columns, header: Sequence[str], chosen: Mapping[str, str], sample: pa.Table) -> None:
    """Raise Invalid where a column that is not read looks like names, with the option that settles it.

    ``sample`` are rows from all over the file; ``chosen`` what was said of headers.
    """
    found = doubtful(columns, header, chosen, sample)
    if not found:
        return
    options = "; ".join(f"--column {title}=name 或 --column {title}={LEFT_OUT}" for title in found)
    faults = [Fault(f"/columns/{title}", "unread-names", f"{zh} / {en}") for title, (zh, en) in found.items()]
    shown = "、".join(f"{title}（{zh}）" for title, (zh, _) in found.items())
    raise Invalid(
        "unread-names",
        f"有未使用的列疑为名称：{shown}。请指明用途或排除 / columns that look like names are not read; "
        f"say what they are, or leave them out: {options}",
        faults=faults if len(faults) > 1 else (),
    )


def needs_rows(columns: Columns, header: Sequence[str], chosen: Mapping[str, str]) -> bool:
    """Whether there is a column of which only its content can say whether it holds names."""
    settled = {header_key(title) for title, said in chosen.items() if said == LEFT_OUT}
    unread = (title for title in columns.not_read(tuple(header)) if header_key(title) not in settled)
    return any(not _NO_NAMES.search(title) and not _NAMES.search(title) for title in unread)


def doubtful(
    columns: Columns, header: Sequence[str], chosen: Mapping[str, str], sample: pa.Table
) -> dict[str, tuple[str, str]]:
    """Return the columns that are not read and look like names, with why in Chinese and English."""
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


def _reason(title: str, sample: pa.Table) -> tuple[str, str] | None:
    """Return why a column looks like names, None where it does not."""
    if _NO_NAMES.search(title):
        return None
    if _NAMES.search(title):
        return "表头像名称", "its header says so"
    column = sample.column(title)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return None
    texts = [text for text in _spread(pc.unique(column.drop_null())).to_pylist() if text.strip()]
    found = sum(map(reads_as_organisation, texts))
    if texts and found >= len(texts) * _SHARE:
        return "内容像机构名称", "its values read as organisations"
    return None
