"""The columns of a list file as data (docs/lists.md): headers, aliases, kinds and coded values.

A header is recognised by its Chinese text, its English alias or a synonym, whatever the width, case, spacing and
punctuation, with or without the star of a required column, a number before it or a remark in brackets behind it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from app.identifiers import Scheme
from app.policy.vocabulary import Action, Category, EntityKind, RelationStatus, Service
from app.tabular.header_words import find_column, header_key
from app.tabular.nearest import nearest_header
from app.watchlists.layout.meant_values import QUALIFIERS
from app.watchlists.layout.traditional import find_simplified


class CellKind(StrEnum):
    """How the cell of a column is read, and what its canonical value is."""

    TEXT = "TEXT"  # str
    TEXTS = "TEXTS"  # list of str
    CODE = "CODE"  # str that a spreadsheet must not turn into a number
    IDENTIFIER = "IDENTIFIER"  # str, the normal form of its scheme
    IDENTIFIERS = "IDENTIFIERS"  # list of str, the same
    CODED = "CODED"  # one of the coded values
    CODEDS = "CODEDS"  # list of coded values
    DATE = "DATE"  # YYYY-MM-DD
    BOOLEAN = "BOOLEAN"  # true or false
    INTEGER = "INTEGER"  # int
    REGION = "REGION"  # six-digit code of GB/T 2260
    JURISDICTION = "JURISDICTION"  # six-digit code, or OUT
    FORMER_NAMES = "FORMER_NAMES"  # list of {"name", "from", "to"}
    HANDLING = "HANDLING"  # who handled the row: information, not part of the canonical row


_CODE_KINDS: Final = frozenset({CellKind.CODE, CellKind.IDENTIFIER, CellKind.IDENTIFIERS, CellKind.REGION})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column, told from another by identity.

    ``codes`` maps a Chinese coded value to the English one, which is the canonical value.
    """

    zh: str
    alias: str
    kind: CellKind = CellKind.TEXT
    required: bool = False
    synonyms: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    scheme: Scheme | None = None
    _written: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the coded values by every way of writing them: 新增, ADD, 新增ADD, ADD 新增."""
        written = {
            header_key(text): str(code)
            for zh, code in self.codes.items()
            for text in (zh, str(code), f"{zh}{code}", f"{code}{zh}")
        }
        object.__setattr__(self, "_written", MappingProxyType(written))

    def code_of(self, text: str) -> str | None:
        """Return the coded value that a text means, or None."""
        return self._written.get(header_key(text))

    @property
    def is_code(self) -> bool:
        """Whether a number in it has lost what it was: identifiers, accounts, codes."""
        return self.kind in _CODE_KINDS

    @property
    def is_list(self) -> bool:
        """Whether its canonical value is a list."""
        return self.kind in {CellKind.TEXTS, CellKind.IDENTIFIERS, CellKind.CODEDS, CellKind.FORMER_NAMES}

    @property
    def label(self) -> str:
        """The header of a template: required columns have a star."""
        return self.zh + ("*" if self.required else "")


_ACTIONS: Final = {
    "新增": Action.ADD,
    "变更": Action.UPDATE,
    "规范": Action.CLEAR,
    "验收": Action.ACCEPT,
    "关闭": Action.CLOSE,
    "撤并": Action.MERGE,
    "移送": Action.TRANSFER,
    "重新列入": Action.RELIST,
    "误列撤销": Action.WITHDRAW_ERROR,
    "整改中": Action.RECTIFY,
    "解除通报": Action.LIFT,
    "补办批准": Action.APPROVE,
    "逾期整改确认": Action.CONFIRM_LATE,
}
_CATEGORIES: Final = {
    "违法违规交易场所": Category.VIOLATING,
    "微盘平台": Category.WEIPAN,
    "微盘": Category.WEIPAN,
    "未经批准的非法交易场所": Category.UNAPPROVED_VENUE,
    "非法电子交易平台": Category.ILLEGAL_EPLATFORM,
    "监管通报": Category.NOTIFIED,
    "经批准的交易场所": Category.APPROVED,
    "关联主体": Category.RELATED,
}
_ENTITY_KINDS: Final = {
    "交易场所": EntityKind.VENUE,
    "分支机构": EntityKind.BRANCH,
    "会员": EntityKind.MEMBER,
    "代理商": EntityKind.AGENT,
    "授权服务机构": EntityKind.AUTH_SERVICE,
    "居间商": EntityKind.INTRODUCER,
    "微盘平台": EntityKind.WEIPAN_PLATFORM,
    "运营公司": EntityKind.OPERATOR,
    "收款商户": EntityKind.MERCHANT,
    "统一清算机构": EntityKind.CLEARING,
    "自然人": EntityKind.PERSON,
}
_RELATION_STATUSES: Final = {
    "认定": RelationStatus.CONFIRMED,
    "自称": RelationStatus.CLAIMED,
    "推定": RelationStatus.INFERRED,
    "终止": RelationStatus.ENDED,
}
_VENUE_TYPES: Final = {
    "大宗商品": "COMMODITY",
    "文化产权": "CULTURE",
    "艺术品": "ART",
    "邮币卡": "STAMPS_COINS_CARDS",
    "金融资产": "FINANCIAL_ASSETS",
    "区域性股权": "REGIONAL_EQUITY",
    "产权": "PROPERTY_RIGHTS",
    "林权": "FOREST_RIGHTS",
    "农村产权": "RURAL_PROPERTY",
    "碳排放权": "CARBON",
    "排污权": "EMISSIONS",
    "矿权": "MINING_RIGHTS",
    "技术产权": "TECHNOLOGY",
    "知识产权": "INTELLECTUAL_PROPERTY",
    "国有资产": "STATE_ASSETS",
    "其他": "OTHER",
}
_AUTHORISATIONS: Final = {
    "已批准": "APPROVED",
    "未批准有执照": "NOT_APPROVED_LICENSED",
    "未批准无执照": "NOT_APPROVED_UNLICENSED",
    "外省批准": "OTHER_PROVINCE_APPROVED",
    "批准已撤销": "REVOKED",
    "不明": "UNKNOWN",
}
_DETERMINATIONS: Final = {
    "认定意见": "OPINION",
    "专业认定": "EXPERT_OPINION",
    "通报": "NOTICE",
    "摸排": "SURVEY",
}
_DISPOSALS: Final = {"规范": "RECTIFY", "撤并": "MERGE", "限期关闭": "CLOSE", "移送司法": "TRANSFER"}
_KEYWORD_FIELDS: Final = {
    "名称": "NAME",
    "营业范围": "BUSINESS_SCOPE",
    "交易品种": "PRODUCTS",
    "宣传内容": "PROMO_TEXT",
}
_CHANNELS: Final = {"公众号": "WECHAT", "APP": "APP", "网站": "WEBSITE", "其他": "OTHER"}
_SERVICES: Final = {
    "全部": "ALL",
    "开户": Service.ACCOUNT_OPEN,
    "托管": Service.CUSTODY,
    "存管": Service.CUSTODY,
    "资金结算": Service.FUND_SETTLEMENT,
    "支付结算": Service.PAYMENT_SETTLEMENT,
    "资金划转": Service.FUND_TRANSFER,
    "收单": Service.MERCHANT_ACQUIRING,
    "商户准入": Service.MERCHANT_ACQUIRING,
    "代收付": Service.COLLECT_PAY,
    "授信": Service.CREDIT,
    "其他": Service.OTHER_FINANCIAL,
    "清退兑付": Service.INVESTOR_PAYOUT,
    "销户": Service.ACCOUNT_CLOSE,
    "司法税务工资": Service.JUDICIAL_TAX_PAYROLL,
}
_VIOLATIONS: Final = {
    "均等份额公开发行": "V01",
    "集中交易": "V02",
    "标准化单位持续挂牌": "V03",
    "超过200人": "V04",
    "标准化合约集中交易": "V05",
    "金融产品": "V06",
    "邮币卡": "V07",
    "未批先设": "V08",
    "擅用交易所": "V09",
    "发展会员代理": "V10",
    "微盘二元期权": "V11",
    "未经同意变更": "V12",
    "其他": "V13",
}

NAME_HEADERS: Final = (
    *(
        "企业名称",
        "单位名称",
        "机构名称",
        "公司名称",
        "名称",
        "主体全称",
        "企业全称",
        "单位全称",
        "机构全称",
        "公司全称",
    ),
    *("交易场所名称", "场所名称", "交易场所全称", "平台名称", "交易平台名称", "微盘平台名称", "市场名称", "交易场所"),
    *("公司名", "企业名", "名称全称", "全称", "公司", "平台", "主体", "企业", "单位", "机构", "平台名", "单位名"),
    *("会员名称", "会员单位", "会员单位名称", "代理商名称", "商户名称", "当事人", "当事人名称", "网站名称", "网站名"),
    *("违规主体", "违规企业", "违规单位", "违规机构", "违规平台", "被查处单位", "被查处企业", "涉案公司", "涉案企业"),
    *("交易所名称", "交易中心名称", "场所全称", "平台全称", "商户全称", "法人名称", "市场主体名称", "会员公司名称"),
    *("授权服务机构名称", "居间商名称", "分支机构名称", "name", "company", "company name", "entity name"),
    *("涉嫌违规主体", "涉嫌违规企业", "涉嫌违规单位", "涉嫌违规平台", "涉嫌非法主体", "户名", "客户名称"),
)
DOMAIN_HEADERS: Final = ("域名", "网站", "网址", "网站地址", "官网", "官方网站", "平台网址", "网站网址")

COLUMNS: Final[tuple[Column, ...]] = (
    Column("序号", "row_no", CellKind.HANDLING, synonyms=("序", "No.", "顺序号", "项次", "行号")),
    Column(
        "名单主体编号",
        "external_id",
        CellKind.CODE,
        required=True,
        synonyms=("主体编号", "编号", "主体编码", "主体代码"),
    ),
    Column("操作类型", "action", CellKind.CODED, required=True, synonyms=("操作", "变动类型"), codes=_ACTIONS),
    Column("名单类别", "category", CellKind.CODED, required=True, synonyms=("类别", "名单类型"), codes=_CATEGORIES),
    Column("主体类型", "entity_kind", CellKind.CODED, required=True, codes=_ENTITY_KINDS),
    Column("主体名称", "legal_name", required=True, synonyms=NAME_HEADERS),
    Column("曾用名", "former_names", CellKind.FORMER_NAMES, synonyms=("曾用名称", "原名称", "原名", "更名前名称")),
    Column(
        "简称/品牌名", "aliases", CellKind.TEXTS, synonyms=("简称", "品牌名", "品牌名称", "品牌", "别名", "企业简称")
    ),
    Column(
        "其他登记名称",
        "other_legal_names",
        CellKind.TEXTS,
        synonyms=(
            "运营公司",
            "运营主体",
            "运营单位",
            "经营主体",
            "经营公司",
            "主办公司",
            "运营公司名称",
            "运营主体名称",
        ),
    ),
    Column("英文名称", "name_en", synonyms=("英文名",)),
    Column(
        "统一社会信用代码",
        "uscc",
        CellKind.IDENTIFIER,
        synonyms=("社会信用代码", "信用代码", "统一信用代码", "统一代码"),
        scheme=Scheme.USCC,
    ),
    Column("组织机构代码", "org_code", CellKind.IDENTIFIER, scheme=Scheme.ORG),
    Column("工商注册号", "reg_no_15", CellKind.IDENTIFIER, synonyms=("注册号", "reg_no"), scheme=Scheme.REG15),
    Column("LEI", "lei", CellKind.IDENTIFIER, synonyms=("法人机构识别编码", "全球法人识别编码"), scheme=Scheme.LEI),
    Column(
        "法定代表人",
        "legal_rep",
        synonyms=("法人代表", "法人", "法定代表人姓名", "负责人姓名", "法人代表姓名", "法定代表人/负责人"),
    ),
    Column("实际控制人", "actual_controller", synonyms=("实控人", "实际控制人姓名")),
    Column("股权结构/主要股东", "shareholders", synonyms=("股权结构", "主要股东")),
    Column("注册地址", "reg_address", synonyms=("住所", "注册地", "注册地址全称")),
    Column("经营地址", "biz_address", synonyms=("办公地址", "经营场所", "实际经营地址")),
    Column(
        "注册地行政区划代码",
        "reg_region_code",
        CellKind.REGION,
        required=True,
        synonyms=("行政区划代码", "注册地区划代码", "区划代码"),
    ),
    Column(
        "属地监管辖区",
        "jurisdiction",
        CellKind.JURISDICTION,
        required=True,
        synonyms=("监管辖区", "属地", "辖区", "所属地市", "所在地市", "地市", "设区市", "所属市", "所属地区"),
    ),
    Column("是否省外场所在闽机构", "is_out_of_province_unit", CellKind.BOOLEAN),
    Column(
        "所属交易场所名称",
        "parent_name",
        synonyms=(
            *("所属交易场所", "所属场所", "所属场所名称", "所属交易所", "所属交易所名称", "所属交易中心", "所属平台"),
            *("所属平台名称", "隶属场所", "隶属交易场所", "上级场所", "上级交易场所", "挂靠场所", "挂靠交易场所"),
            *("合作交易场所", "代理交易场所", "展业场所"),
        ),
    ),
    Column("所属交易场所信用代码", "parent_uscc", CellKind.IDENTIFIER, scheme=Scheme.USCC),
    Column("所属交易场所编号", "parent_external_id", CellKind.CODE),
    Column("会员编号", "member_no", CellKind.CODE),
    Column("关系认定", "relation_status", CellKind.CODED, codes=_RELATION_STATUSES),
    Column("场所类别", "venue_type", CellKind.CODED, codes=_VENUE_TYPES),
    Column("批准状态", "authorisation", CellKind.CODED, codes=_AUTHORISATIONS),
    Column("批准机关", "approving_body"),
    Column("批准文号", "approval_doc_no"),
    Column("批准日期", "approval_date", CellKind.DATE, synonyms=("批准时间",)),
    Column(
        "批准机关所在地区划代码", "approving_region_code", CellKind.REGION, synonyms=("批准机关所在地行政区划代码",)
    ),
    Column("会员注册地批准文号", "member_approval_doc_no"),
    Column("会员注册地批准日期", "member_approval_date", CellKind.DATE),
    Column("营业范围", "business_scope", synonyms=("经营范围",)),
    Column("交易品种", "products", CellKind.TEXTS),
    Column("宣传内容摘要", "promo_text", synonyms=("宣传内容",)),
    Column("命中关键字", "keyword", CellKind.TEXTS, synonyms=("关键字", "命中关键词")),
    Column("命中字段", "keyword_fields", CellKind.CODEDS, codes=_KEYWORD_FIELDS),
    Column("发现渠道", "discovery_channels", CellKind.CODEDS, codes=_CHANNELS),
    Column("网站域名", "domains", CellKind.IDENTIFIERS, synonyms=DOMAIN_HEADERS, scheme=Scheme.DOMAIN),
    Column("ICP备案号", "icp_no", CellKind.IDENTIFIERS, synonyms=("备案号",), scheme=Scheme.ICP),
    Column("微信公众号名称", "wechat_name", CellKind.TEXTS, synonyms=("公众号名称", "微信公众号", "公众号")),
    Column(
        "微信公众号原始ID",
        "wechat_gh_id",
        CellKind.IDENTIFIERS,
        synonyms=("原始ID", "微信原始ID"),
        scheme=Scheme.WECHAT_GH,
    ),
    Column("APP名称", "app_name", CellKind.TEXTS, synonyms=("APP", "手机APP", "应用名称", "客户端名称")),
    Column("APP包名", "app_package", CellKind.IDENTIFIERS, synonyms=("包名",), scheme=Scheme.APP_PKG),
    Column("应用商店ID", "app_store_id", CellKind.IDENTIFIERS, synonyms=("APP应用商店ID",), scheme=Scheme.APP_STORE),
    Column("客服电话", "phones", CellKind.IDENTIFIERS, synonyms=("联系电话", "电话", "电话号码"), scheme=Scheme.PHONE),
    Column("收款账户名", "payee_names", CellKind.TEXTS, synonyms=("收款户名", "收款账户名称", "收款人")),
    Column(
        "收款账号(掩码)",
        "payee_accounts",
        CellKind.IDENTIFIERS,
        synonyms=("收款账号", "收款账户", "收款银行账号"),
        scheme=Scheme.ACCOUNT,
    ),
    Column("支付通道", "psp_name", CellKind.TEXTS),
    Column("商户号", "merchant_id", CellKind.IDENTIFIERS, scheme=Scheme.MERCHANT),
    Column("违规情形代码", "violation_codes", CellKind.CODEDS, synonyms=("违规情形",), codes=_VIOLATIONS),
    Column("持有人数", "holder_count", CellKind.INTEGER),
    Column("认定机关", "determining_body", synonyms=("认定单位", "认定部门", "通报机关")),
    Column("认定文书类型", "determination_type", CellKind.CODED, codes=_DETERMINATIONS),
    Column("认定文号", "determination_doc_no", synonyms=("认定文书文号", "通报文号")),
    Column("认定日期", "determined_on", CellKind.DATE, required=True, synonyms=("认定时间", "认定日")),
    Column(
        "列入生效日期",
        "effective_from",
        CellKind.DATE,
        required=True,
        synonyms=("生效日期", "列入日期", "列入时间", "生效时间", "列入名单日期"),
    ),
    Column(
        "整改期限",
        "rectify_deadline",
        CellKind.DATE,
        synonyms=("整改时限", "整改截止日期", "整改截止日", "整改完成时限", "整改完成期限", "限期整改日期"),
    ),
    Column("处置方式", "disposal", CellKind.CODED, codes=_DISPOSALS),
    Column("书面意见文号", "opinion_doc_no"),
    Column("书面意见出具机关", "opinion_issuer", synonyms=("出具机关", "意见出具机关")),
    Column("书面意见日期", "opinion_date", CellKind.DATE, synonyms=("意见日期", "书面意见时间")),
    Column("抄送备案日期", "opinion_filed_on", CellKind.DATE, synonyms=("书面意见抄送备案日期",)),
    Column("部际联席会议验收文号", "jmc_doc_no", synonyms=("验收文号",)),
    Column("部际联席会议验收日期", "jmc_date", CellKind.DATE, synonyms=("验收日期", "验收时间")),
    Column("关闭日期", "closed_on", CellKind.DATE, synonyms=("关闭时间", "关停日期", "关停时间")),
    Column("撤并去向", "merged_into"),
    Column("清退方案文号", "winddown_doc_no"),
    Column("清退账户", "winddown_account", CellKind.CODE),
    Column("清退截止日", "winddown_until", CellKind.DATE, synonyms=("清退截止日期", "清退期限", "清退时限")),
    Column("适用金融服务", "services_scope", CellKind.CODEDS, codes=_SERVICES),
    Column("撤销列入原因", "withdraw_reason"),
    Column("撤销生效日期", "void_from", CellKind.DATE),
    Column("信息来源", "source"),
    Column("附件", "attachments", CellKind.TEXTS),
    Column("经办人", "maker", CellKind.HANDLING),
    Column("复核人", "checker", CellKind.HANDLING),
    Column("备注", "remark", synonyms=("备注说明", "说明")),
)

_HEADER_CHARS: Final = 64

PARENT_COLUMNS: Final = frozenset({"parent_name", "parent_uscc", "parent_external_id"})
"""The columns that name the venue to which an entity belongs."""

IDENTIFIER_COLUMNS: Final[tuple[tuple[str, Scheme], ...]] = tuple(
    (column.alias, column.scheme) for column in COLUMNS if column.scheme and column.alias not in PARENT_COLUMNS
)
"""The columns of an entity's own identifiers, with their schemes."""

BY_ALIAS: Final[Mapping[str, Column]] = MappingProxyType({column.alias: column for column in COLUMNS})
REQUIRED: Final = tuple(column.alias for column in COLUMNS if column.required)

_BY_HEADER: Final[Mapping[str, Column]] = MappingProxyType(
    {header_key(text): column for column in COLUMNS for text in (column.zh, column.alias, *column.synonyms)}
)


_COUNTED: Final = re.compile(r"(?<=[^\d\s]) ?[(（]?(?:\d|[一二三四五①②③④⑤])[)）]?$")
_JUDGED: Final = re.compile(
    '(?:涉嫌|疑似|违法|违规|非法|被?(?:认定|查处|通报|取缔|关闭|清理)的?|已?停业|[“"]?微盘[”"]?)+的?'
)


def column_of(header: str) -> Column | None:
    """Return the column of a header, or None for one that the layout does not know."""
    return _column_again(header) if len(header) <= _HEADER_CHARS else _find(header)


@lru_cache(maxsize=4_096)
def _column_again(header: str) -> Column | None:
    """Return what :func:`column_of` does; each row of a file is compared with the header, and most cells repeat."""
    return find_simplified(header, _find)


def _find(header: str) -> Column | None:
    found: Column | None = find_column(header, _BY_HEADER.get, _is_telling)
    if found is None and (bare := _COUNTED.sub("", header)) != header:
        # 曾用名1, 曾用名2: a column of several values in several columns.
        several = find_column(bare, _BY_HEADER.get, _is_telling)
        found = several if several is not None and several.is_list else None
    if found is None and (match := _JUDGED.match(header)) and header[match.end() :]:
        # 涉嫌违规交易场所名称: what the list thinks of them all.
        named = find_column(header[match.end() :], _BY_HEADER.get, _is_telling)
        found = named if named is not None and named.alias == "legal_name" else None
    return found


def nearest_known(header: str) -> str | None:
    """Return the known header that a misspelt one is most like, to be advised; never one of another party."""
    return nearest_header(header, _KNOWN_HEADERS, QUALIFIERS)


def _is_telling(remark: str) -> bool:
    column = _BY_HEADER.get(header_key(remark))
    return (column is not None and column.alias != "legal_name") or any(word in remark for word in QUALIFIERS)


_KNOWN_HEADERS: Final = tuple(text for column in COLUMNS for text in (column.zh, column.alias, *column.synonyms))
