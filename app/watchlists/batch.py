"""The batch of a list file: what the 批次信息 sheet, or the options of a command or call, say about the whole."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.watchlists.columns import Column, Kind, header_key

_FILE_KINDS: Final = {"全量": "FULL", "增量": "DELTA"}

BATCH_COLUMNS: Final[tuple[Column, ...]] = (
    Column("文件类型", "file_kind", Kind.CODED, codes=_FILE_KINDS),
    Column("名单编号", "list_code", Kind.CODE),
    Column("名单名称", "list_name"),
    Column("名单制定机关", "list_issuer", synonyms=("制定机关",)),
    Column("上传机关", "uploader_org"),
    Column("发文字号", "issuing_doc_no", synonyms=("文号",)),
    Column("成文日期", "issued_on", Kind.DATE),
    Column("生效日期", "effective_on", Kind.DATE),
    Column("接收时间", "received_at"),
    Column("适用辖区", "jurisdiction_code", Kind.JURISDICTION),
    Column("基线版本", "base_version", Kind.INTEGER),
    Column("记录数", "row_count", Kind.INTEGER),
    Column("文件摘要", "sha256"),
)

_BY_HEADER: Final[Mapping[str, Column]] = MappingProxyType(
    {header_key(text): column for column in BATCH_COLUMNS for text in (column.zh, column.alias, *column.synonyms)}
)


def batch_column_of(header: str) -> Column | None:
    """Return the batch field of a header, or None."""
    return _BY_HEADER.get(header_key(header))
