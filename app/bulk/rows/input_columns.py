"""Which input column means what: headers in Chinese or English, and what each is used as.

The first column of a single-valued meaning holds; a second name column is screened as a further name,
a second identifier column as a further identifier, so nothing that was given goes unseen.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.bulk.rows.party_headers import is_party_name
from app.errors import Invalid
from app.identifiers import Scheme
from app.matching import NameType
from app.tabular.header_words import find_column, header_key
from app.watchlists.layout.traditional import find_simplified

TEXTS: Final = ("business_scope", "promo_text", "remark")
"""Free texts, of which a book may have several columns."""

LEFT_OUT: Final = "-"
"""The field given for a column that shall not be read."""

# The headers of each meaning; the first is its name in options and in the report.
_NAME: Final = (
    "name",
    *("名称", "户名", "单位名称", "企业名称", "公司名称", "客户名称", "机构名称", "主体名称", "账户名称", "客户姓名"),
    *("交易对手名称", "对手名称", "对方户名", "收款人名称", "付款人名称", "交易对手户名", "付款人户名", "收款人户名"),
    *("付款户名", "存款人名称", "客户全称", "客户名", "单位全称", "公司全称", "机构全称", "公司", "企业", "单位"),
    *("收款方名称", "付款方名称", "收款单位", "付款单位", "收款单位名称", "付款单位名称", "对方名称", "对方单位"),
    *("对方单位名称", "交易对方", "交易对方名称", "交易对手", "平台名称", "交易场所名称", "场所名称", "当事人名称"),
    *("往来单位", "往来单位名称", "供应商名称", "合作方名称", "合作机构名称", "开户单位", "开户单位名称", "开户人"),
    *("申请人名称", "申请单位", "被查询人", "名称户名", "户名名称", "姓名", "姓名名称", "账户名", "帐户名称", "帐户名"),
    *("counterparty", "counterparty_name", "customer_name", "customer", "company_name", "company", "entity_name"),
    *("account_name", "cust_name", "custnm", "client_name", "client", "party_name", "org_name", "organisation_name"),
    *("organization_name", "corp_name", "ent_name", "acct_name", "acctnm", "acc_name", "acc_nm", "opp_name"),
    *("付款人", "付款人全称", "汇款人", "汇款人名称", "汇款人户名", "存款人", "存款人全称", "账户所有人", "账户持有人"),
    *("客户中文名", "客户中文名称", "中文名称", "中文全称", "公司名", "企业名", "公司中文名称", "单位中文名称"),
    *("经营主体", "签约主体", "开户主体", "开户企业名称", "甲方", "甲方名称", "乙方", "乙方名称"),
    *("对手方", "对手方名称", "交易对手方", "对方名", "对方姓名", "对方账户名称", "对方开户名", "往来户名"),
    *("收款账户户名", "付款账户户名", "入账户名", "出账户名", "转出方", "转入方", "收款人户名全称", "付款人户名全称"),
    *("受益人", "受益人名称", "纳税人名称", "发票抬头", "抬头", "借款人", "担保人", "出票人", "持票人", "投保人"),
    *("客户姓名/名称", "姓名/单位名称", "名称或姓名", "名称/姓名", "合作方", "供应商", "经销商", "代理商名称"),
    *("khmc", "hm", "dwmc", "qymc", "gsmc", "zhmc", "jgmc", "ztmc", "dfhm", "skrmc", "fkrmc", "skfhm", "fkfhm"),
    *("cn_name", "name_cn", "name_zh", "zh_name", "chn_name", "cust_chn_name", "company_cn_name", "cif_name"),
    *("corp_nm", "ent_nm", "org_nm", "party_nm", "acct_nm", "ac_name", "full_nm", "beneficiary"),
    *("beneficiary_name", "bene_name", "benename", "remitter", "remitter_name", "ordering_customer", "vendor_name"),
    *("supplier", "supplier_name", "partner_name", "name1", "name_1"),
    *("opp_acct_name", "payer_name", "payer", "debtor_name", "creditor_name", "full_name", "cstname", "cst_nm"),
)
_FURTHER_NAMES: Final[Mapping[NameType, tuple[str, ...]]] = {
    NameType.LEGAL: (
        "legal_name",
        *("法定名称", "注册名称", "工商注册名称", "工商登记名称", "登记名称", "企业全称", "全称", "营业执照名称"),
        *("法人名称", "法人全称", "法人单位名称", "法人机构名称", "执照名称", "registered_name"),
    ),
    NameType.MERCHANT: (
        "merchant_name",
        *("merchant", "商户名称", "商户名", "特约商户名称", "大商户名称", "商户全称", "特约商户", "商家名称", "商户"),
        *(
            "一级商户名称",
            "收单商户名称",
            "收单商户",
            "签约商户",
            "入驻商户",
            "商户主体",
            "商户经营名称",
            "商户营业名称",
        ),
        *(
            "商家",
            "商家名",
            "shmc",
            "mcht_nm",
            "mchnt_cn_nm",
            "mcht_cn_nm",
            "mcht_name",
            "mer_name",
            "merch_name",
            "mchnt_nm",
        ),
    ),
    NameType.SUBMERCHANT: (
        "sub_merchant_name",
        *("submerchant_name", "sub_merchant", "二级商户名称", "二级商户", "子商户名称", "子商户", "下级商户名称"),
        *("门店名称", "店铺名称", "店名", "sub_mcht_name", "store_name", "shop_name"),
    ),
    NameType.APP: ("app_name", "app", "APP名称", "应用名称", "APP", "客户端名称", "软件名称"),
    NameType.WECHAT: ("wechat_name", "wechat", "微信公众号名称", "公众号名称", "微信公众号", "公众号", "小程序名称"),
    NameType.EN: ("name_en", "english_name", "英文名称", "英文名", "en_name", "外文名称"),
    NameType.FORMER: ("former_name", "former_names", "曾用名", "原名称", "原名", "曾用名称", "previous_name"),
    NameType.BRAND: (
        "brand",
        *(
            "brand_name",
            "alias",
            "aliases",
            "简称",
            "品牌名称",
            "品牌",
            "简称/品牌名",
            "商户简称",
            "企业简称",
            "客户简称",
        ),
        *(
            "公司简称",
            "单位简称",
            "别名",
            "字号",
            "商号",
            "short_name",
            "trade_name",
            "trading_name",
            "mcht_short_name",
        ),
    ),
    NameType.ACCOUNT_TITLE: (
        "account_title",
        *("payee_name", "payee_names", "payee", "收款户名", "收款账户名", "账户户名", "开户名称", "结算账户名"),
        *("结算账户名称", "结算户名", "开户名", "开户户名", "银行户名", "收款账户名称", "收款人", "结算账户户名"),
        *("收款方户名", "收款方", "卡户名", "持卡人姓名", "settle_acct_name", "settlement_account_name", "acct_title"),
    ),
}
_SITE: Final = (
    "site",
    *(
        "site_name",
        "website",
        "url",
        "网站",
        "网站名称",
        "网址",
        "官网",
        "官方网站",
        "网站地址",
        "网站网址",
        "官网地址",
    ),
    *("公司网址", "公司网站", "homepage"),
)
_LEGAL_REP: Final = (
    "legal_rep",
    *("legal_representative", "法定代表人", "法人代表", "法人姓名", "法人", "法定代表人姓名", "法定代表人名称"),
    *(
        "法人代表姓名",
        "法定代表人/负责人",
        "实际控制人",
        "实际控制人姓名",
        "实际控制人名称",
        "实控人",
        "执行事务合伙人",
    ),
)
_IDENTIFIERS: Final[Mapping[Scheme, tuple[str, ...]]] = {
    Scheme.USCC: (
        "uscc",
        *("统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "社会统一信用代码", "统一社会信用代码证号"),
        *("统一社会信用代码号", "信用代码证号", "纳税人识别号", "税号", "credit_code", "unified_social_credit_code"),
    ),
    Scheme.ORG: ("org_code", "org", "组织机构代码", "机构代码", "组织机构代码证", "组织机构代码证号", "组织机构代码号"),
    Scheme.REG15: (
        "reg_no_15",
        *("reg15", "reg_no", "工商注册号", "注册号", "营业执照号", "营业执照注册号", "营业执照号码", "营业执照编号"),
        *("工商登记号", "注册登记号", "工商注册号码"),
    ),
    Scheme.LEI: ("lei", "法人机构识别编码", "全球法人识别编码"),
    Scheme.ICP: ("icp_no", "icp", "ICP备案号", "备案号"),
    Scheme.DOMAIN: ("domain", "domains", "域名", "网站域名", "接入域名", "备案域名"),
    Scheme.WECHAT_GH: ("wechat_gh_id", "wechat_gh", "微信公众号原始ID", "微信原始ID", "原始ID", "公众号原始ID"),
    Scheme.APP_PKG: ("app_package", "app_pkg", "APP包名", "包名"),
    Scheme.APP_STORE: ("app_store_id", "app_store", "应用商店ID", "APP应用商店ID"),
    Scheme.PHONE: (
        "phone",
        *("phones", "电话", "联系电话", "客服电话", "手机号", "手机号码", "手机", "固定电话", "移动电话", "电话号码"),
        *(
            "联系手机",
            "办公电话",
            "座机",
            "预留手机号",
            "预留电话",
            "mobile",
            "tel",
            "telephone",
            "mobile_no",
            "phone_no",
        ),
    ),
    Scheme.ACCOUNT: (
        "account",
        "account_no",
        "account_number",
        "payee_account",
        "payee_accounts",
        "账号",
        "账户",
        "银行账号",
        "收款账号",
        "收款账户",
        *("帐号", "账户号", "银行账户", "银行帐号", "卡号", "银行卡号", "结算账号", "结算账户", "结算卡号", "客户账号"),
        *("对方账号", "对方账户", "对手账号", "交易对手账号", "收款人账号", "付款人账号", "付款账号", "收款方账号"),
        *("付款方账号", "本方账号", "acct_no", "acctno", "acc_no", "card_no", "opp_acct_no", "payee_acct_no"),
    ),
    Scheme.MERCHANT: ("merchant_id", "merchant_no", "商户号", "商户编号", "商户代码"),
    Scheme.TERMINAL: ("terminal_id", "terminal", "终端号"),
}
_SINGLE: Final[Mapping[str, tuple[str, ...]]] = {
    "reference": ("reference", "id", "ref", "编号", "流水号", "客户号", "客户编号", "参考号", "序列号", "交易流水号"),
    "service": ("service", "服务", "服务类型", "金融服务", "金融服务类型", "业务类型"),
    "service_date": ("service_date", "服务日期", "业务日期", "结算日期", "起息日"),
    "initiated_on": ("initiated_on", "发起日期"),
    "kind": ("kind", "counterparty_kind", "客户类型", "对象类型"),
    "region_code": ("region_code", "reg_region_code", "行政区划代码", "注册地行政区划代码", "地区代码"),
    "business_scope": ("business_scope", "经营范围", "营业范围"),
    "products": ("products", "product", "交易品种", "产品"),
    "promo_text": ("promo_text", "宣传内容", "宣传内容摘要"),
    "remark": (
        "remark",
        *(
            "remarks",
            "备注",
            "附言",
            "摘要",
            "用途",
            "资金用途",
            "付款用途",
            "汇款用途",
            "转账用途",
            "交易用途",
            "款项用途",
        ),
        *(
            "交易备注",
            "交易附言",
            "交易摘要",
            "客户附言",
            "银行附言",
            "附言备注",
            "摘要说明",
            "附加信息",
            "附加域",
            "留言",
        ),
        *("邮箱", "电子邮箱", "电子邮件", "邮箱地址", "电子邮箱地址", "邮件地址", "联系邮箱", "企业邮箱", "公司邮箱"),
        *("email", "e-mail", "mail", "email_address", "mail_address"),
        *("purpose", "memo", "postscript", "narrative", "remittance_information", "remit_info", "summary"),
    ),
}


def _by_key() -> dict[str, str]:
    """Return the field of each header by the form in which headers are compared."""
    groups: list[Iterable[str]] = [_NAME, *_FURTHER_NAMES.values(), _SITE, _LEGAL_REP, *_IDENTIFIERS.values()]
    groups += _SINGLE.values()
    found: dict[str, str] = {}
    for first, *others in groups:
        for title in (first, *others):
            found.setdefault(header_key(title), first)
    return found


_BY_KEY: Final[Mapping[str, str]] = MappingProxyType(_by_key())
_RANKS: Final = MappingProxyType({header_key(title): rank for rank, title in enumerate(_NAME)})
_NAME_TYPES: Final = MappingProxyType({titles[0]: kind for kind, titles in _FURTHER_NAMES.items()})
_SCHEMES: Final = MappingProxyType({titles[0]: scheme for scheme, titles in _IDENTIFIERS.items()})
FIELDS: Final = tuple(dict.fromkeys(_BY_KEY.values()))
"""Everything that a column can be read as."""

_TELLING: Final = (
    *(
        "曾用",
        "原",
        "英文",
        "简称",
        "代码",
        "编码",
        "账号",
        "编号",
        "电话",
        "地址",
        "银行",
        "代表",
        "行名",
        "code",
        "no",
    ),
    *("id", "old", "former", "short", "en", "人行"),
)
"""Words in brackets behind a header that make it another column's."""

# Where no column is called a name, one of these is it.
_STAND_INS: Final = (
    *(NameType.LEGAL, NameType.MERCHANT, NameType.ACCOUNT_TITLE, NameType.SUBMERCHANT, NameType.BRAND, NameType.APP),
    *(NameType.WECHAT, NameType.EN),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns that are read, in the input's header.

    ``names`` are the further names with their type; ``sites`` hold a domain or the name of a site;
    ``legal_reps`` are persons, screened as parties of their own; ``fields`` are the single-valued ones.
    """

    name: int
    names: tuple[tuple[int, NameType], ...] = ()
    sites: tuple[int, ...] = ()
    legal_reps: tuple[int, ...] = ()
    identifiers: tuple[tuple[int, Scheme], ...] = ()
    fields: Mapping[str, int] = field(default_factory=dict)

    def positions(self) -> dict[int, str]:
        """Return what each column that is read is read as."""
        read = {self.name: "name"}
        read |= {position: _FURTHER_NAMES[kind][0] for position, kind in self.names}
        read |= dict.fromkeys(self.sites, "site") | dict.fromkeys(self.legal_reps, "legal_rep")
        read |= {position: _IDENTIFIERS[scheme][0] for position, scheme in self.identifiers}
        return read | {position: name.partition(" ")[0] for name, position in self.fields.items()}

    def read_as(self, header: tuple[str, ...]) -> dict[str, str]:
        """Return, for the report, which column is read as what."""
        read = self.positions()
        return {header[position]: read[position] for position in sorted(read)}

    def not_read(self, header: tuple[str, ...]) -> list[str]:
        """Return, for the report, which columns are not read."""
        read = self.positions()
        return [title for position, title in enumerate(header) if position not in read]


def further_text(name: str, position: int) -> str:
    """Return by what a further column of a free text is kept among the fields."""
    return f"{name} {position}"


def field_of(title: str) -> str | None:
    """Return the field that a header names, None where neither a table nor its grammar knows it."""
    return find_simplified(title, lambda text: find_column(text, _field_by_key, _is_telling))


def _is_telling(remark: str) -> bool:
    return any(word in remark for word in _TELLING)


def _field_by_key(key: str) -> str | None:
    return _BY_KEY.get(key) or (_NAME[0] if is_party_name(key) else None)


def known_headers(chosen: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return what tells the field of a header, those among them that were given."""
    said = {header_key(header): field for header, field in chosen.items()}
    return lambda title: said.get(header_key(title)) or field_of(title)


def headers_with_name(chosen: Mapping[str, str]) -> Callable[[Iterable[str | None]], bool]:
    """Return what tells whether one of some headers is that of a name."""
    return lambda titles: has_name(titles, chosen)


def has_name(titles: Iterable[str | None], chosen: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether one of the headers is that of a name."""
    fields = {_field(title, chosen) for title in titles if title}
    return bool(fields & {"name", *_NAME_TYPES})


def _rank(key: str, said: Container[str]) -> int:
    # What is known by its grammar alone comes behind the headers of the table and those that a person gave.
    return _RANKS.get(key, len(_NAME) if is_party_name(key) and key not in said else 0)


def columns_of(titles: tuple[str, ...], chosen: Mapping[str, str] = MappingProxyType({})) -> Columns:
    """Find out what each column is.  ``chosen`` says it of some headers, or that they are left out.

    Raises Invalid where none is a name, where a given header is not there, or its field is none.
    """
    _check(titles, chosen)
    fields = [_field(title, chosen) for title in titles]
    said = {header_key(title) for title in chosen}
    mains = sorted(
        (_rank(header_key(title), said), position)
        for position, (title, found) in enumerate(zip(titles, fields, strict=True))
        if found == "name"
    )
    further = [
        (position, _NAME_TYPES[found]) for position, found in enumerate(fields) if found and found in _NAME_TYPES
    ]
    candidates = [position for _, position in mains]
    candidates += [position for kind in _STAND_INS for position, found in further if found is kind]
    if not candidates:
        raise _no_name(titles)
    name = candidates[0]
    names = [(position, NameType.LEGAL) for _, position in mains] + further
    single: dict[str, int] = {}
    for position, found in enumerate(fields):
        if found is not None and found in _SINGLE:
            # Of free texts every column is read; of anything else the first holds.
            single.setdefault(further_text(found, position) if found in single and found in TEXTS else found, position)
    return Columns(
        name,
        tuple(sorted((position, kind) for position, kind in names if position != name)),
        tuple(position for position, found in enumerate(fields) if found == _SITE[0]),
        tuple(position for position, found in enumerate(fields) if found == _LEGAL_REP[0]),
        tuple((position, _SCHEMES[found]) for position, found in enumerate(fields) if found and found in _SCHEMES),
        single,
    )


def _no_name(titles: tuple[str, ...]) -> Invalid:
    aligned = any(field_of(part) in _NAME_FIELDS for title in titles for part in _ALIGNED.split(title.strip())[1:])
    return Invalid(
        "no-name-column",
        f"{_ALIGNED_TEXT if aligned else ''}"
        "没有名称列（name、名称、户名、商户名称、单位名称 …），可用 --column 表头=name 指明；"
        "没有表头用 --no-header，分隔符特殊用 --delimiter / no column is a name; say --column HEADER=name "
        f"(--no-header, --delimiter where these are not seen); found: {', '.join(titles)}",
    )


_ALIGNED: Final = re.compile(r"\s{2,}")
_NAME_FIELDS: Final = frozenset({_NAME[0], *(headers[0] for headers in _FURTHER_NAMES.values())})
_ALIGNED_TEXT: Final = (
    "文件为定长或以空格对齐，请转为分隔符文件（制表符、竖线等）后重试 / the fields are aligned by blanks: "
    "write them with a delimiter between (a tab, a bar). "
)


def _field(title: str, chosen: Mapping[str, str]) -> str | None:
    said = chosen.get(title)
    if said is None:
        said = next((one for header, one in chosen.items() if header_key(header) == header_key(title)), None)
    if said is None:
        return field_of(title)
    return None if said == LEFT_OUT else _BY_KEY[header_key(said)]


def _check(titles: Iterable[str], chosen: Mapping[str, str]) -> None:
    keys = {header_key(title) for title in titles}
    for header, said in chosen.items():
        if said != LEFT_OUT and header_key(said) not in _BY_KEY:
            known = "、".join(FIELDS)
            raise Invalid("unknown-field", f"--column {header}={said}: 可选 / one of {known}, {LEFT_OUT}")
        # What is left out may be a column of a sheet that is not read.
        if said != LEFT_OUT and header_key(header) not in keys:
            raise Invalid(
                "no-such-column",
                f"--column {header}={said}: 没有这一列 / there is no such column; found: {', '.join(titles)}",
            )
