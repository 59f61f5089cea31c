"""Which input column means what: headers in Chinese or English, and what each is used as.

The first column of a single-valued meaning holds; a second name column is screened as a further name,
a second identifier column as a further identifier, so nothing that was given goes unseen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.errors import Invalid
from app.identifiers import Scheme
from app.matching import NameType
from app.tabular.header_words import header_key

# The headers of each meaning; the first is its name in English and in the report.
_NAME: Final = (
    "name",
    "名称",
    "户名",
    "单位名称",
    "企业名称",
    "公司名称",
    "客户名称",
    "机构名称",
    "主体名称",
    "账户名称",
    "客户姓名",
    "交易对手名称",
    "对手名称",
    "对方户名",
    "收款人名称",
    "付款人名称",
    "counterparty",
    "counterparty_name",
    "customer_name",
    "company_name",
    "company",
    "entity_name",
    "account_name",
)
_FURTHER_NAMES: Final[Mapping[NameType, tuple[str, ...]]] = {
    NameType.LEGAL: ("legal_name", "法定名称", "注册名称", "工商注册名称", "企业全称", "全称", "营业执照名称"),
    NameType.MERCHANT: ("merchant_name", "merchant", "商户名称", "商户名", "特约商户名称", "大商户名称"),
    NameType.SUBMERCHANT: (
        "sub_merchant_name",
        "submerchant_name",
        "sub_merchant",
        "二级商户名称",
        "二级商户",
        "子商户名称",
    ),
    NameType.APP: ("app_name", "app", "APP名称", "应用名称"),
    NameType.WECHAT: ("wechat_name", "wechat", "微信公众号名称", "公众号名称", "微信公众号", "公众号"),
    NameType.EN: ("name_en", "english_name", "英文名称", "英文名"),
    NameType.FORMER: ("former_name", "former_names", "曾用名", "原名称"),
    NameType.BRAND: ("brand", "brand_name", "alias", "aliases", "简称", "品牌名称", "品牌", "简称/品牌名"),
    NameType.ACCOUNT_TITLE: ("account_title", "payee_name", "payee_names", "收款户名", "收款账户名", "账户户名"),
}
_SITE: Final = ("site", "site_name", "website", "url", "网站", "网站名称", "网址")
_LEGAL_REP: Final = ("legal_rep", "legal_representative", "法定代表人", "法人代表", "法人姓名", "法人")
_IDENTIFIERS: Final[Mapping[Scheme, tuple[str, ...]]] = {
    Scheme.USCC: ("uscc", "统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码"),
    Scheme.ORG: ("org_code", "org", "组织机构代码", "机构代码"),
    Scheme.REG15: ("reg_no_15", "reg15", "reg_no", "工商注册号", "注册号", "营业执照号"),
    Scheme.LEI: ("lei", "法人机构识别编码", "全球法人识别编码"),
    Scheme.ICP: ("icp_no", "icp", "ICP备案号", "备案号"),
    Scheme.DOMAIN: ("domain", "domains", "域名", "网站域名"),
    Scheme.WECHAT_GH: ("wechat_gh_id", "wechat_gh", "微信公众号原始ID", "微信原始ID", "原始ID"),
    Scheme.APP_PKG: ("app_package", "app_pkg", "APP包名", "包名"),
    Scheme.APP_STORE: ("app_store_id", "app_store", "应用商店ID", "APP应用商店ID"),
    Scheme.PHONE: ("phone", "phones", "电话", "联系电话", "客服电话", "手机号"),
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
    ),
    Scheme.MERCHANT: ("merchant_id", "merchant_no", "商户号", "商户编号", "商户代码"),
    Scheme.TERMINAL: ("terminal_id", "terminal", "终端号"),
}
_SINGLE: Final[Mapping[str, tuple[str, ...]]] = {
    "reference": ("id", "reference", "ref", "编号", "流水号", "客户号", "客户编号", "参考号"),
    "service": ("service", "服务", "服务类型", "金融服务", "金融服务类型", "业务类型"),
    "service_date": ("service_date", "服务日期", "业务日期", "结算日期", "起息日"),
    "initiated_on": ("initiated_on", "发起日期"),
    "kind": ("kind", "counterparty_kind", "客户类型", "对象类型"),
    "region_code": ("region_code", "reg_region_code", "行政区划代码", "注册地行政区划代码", "地区代码"),
    "business_scope": ("business_scope", "经营范围", "营业范围"),
    "products": ("products", "product", "交易品种", "产品"),
    "promo_text": ("promo_text", "宣传内容", "宣传内容摘要"),
    "remark": ("remark", "remarks", "备注", "附言", "摘要"),
}


def _keys(titles: Iterable[str]) -> dict[str, int]:
    """Return the rank of each header by its comparable form."""
    return {header_key(title): rank for rank, title in enumerate(titles)}


_NAME_RANKS: Final = _keys(_NAME)
_NAME_TYPES: Final = MappingProxyType({key: kind for kind, titles in _FURTHER_NAMES.items() for key in _keys(titles)})
_SCHEMES: Final = MappingProxyType({key: scheme for scheme, titles in _IDENTIFIERS.items() for key in _keys(titles)})
_FIELDS: Final = MappingProxyType({key: name for name, titles in _SINGLE.items() for key in _keys(titles)})
_SITE_KEYS: Final = frozenset(_keys(_SITE))
_LEGAL_REP_KEYS: Final = frozenset(_keys(_LEGAL_REP))

# Where no column is called a name, one of these is it.
_STAND_INS: Final = (NameType.LEGAL, NameType.MERCHANT)


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

    def read_as(self, header: tuple[str, ...]) -> dict[str, str]:
        """Return, for the report, which column is read as what."""
        read = {self.name: "name"}
        read |= {position: kind.value for position, kind in self.names}
        read |= dict.fromkeys(self.sites, "site") | dict.fromkeys(self.legal_reps, "legal_rep")
        read |= {position: scheme.value for position, scheme in self.identifiers}
        read |= {position: name for name, position in self.fields.items()}
        return {header[position]: read[position] for position in sorted(read)}


def columns_of(titles: tuple[str, ...]) -> Columns:
    """Find out what each column is.  Raises Invalid where none is a name."""
    keys = [header_key(title) for title in titles]
    mains = sorted((_NAME_RANKS[key], position) for position, key in enumerate(keys) if key in _NAME_RANKS)
    further = [(position, _NAME_TYPES[key]) for position, key in enumerate(keys) if key in _NAME_TYPES]
    candidates = [position for _, position in mains]
    candidates += [position for kind in _STAND_INS for position, found in further if found is kind]
    if not candidates:
        raise Invalid(
            "no-name-column",
            "没有名称列（name、名称、户名、商户名称、单位名称 …） / no column is a name; found: " + ", ".join(titles),
        )
    name = candidates[0]
    names = [(position, NameType.LEGAL) for _, position in mains] + further
    fields: dict[str, int] = {}
    for position, key in enumerate(keys):
        if key in _FIELDS:
            fields.setdefault(_FIELDS[key], position)
    return Columns(
        name,
        tuple(sorted((position, kind) for position, kind in names if position != name)),
        tuple(position for position, key in enumerate(keys) if key in _SITE_KEYS),
        tuple(position for position, key in enumerate(keys) if key in _LEGAL_REP_KEYS),
        tuple((position, _SCHEMES[key]) for position, key in enumerate(keys) if key in _SCHEMES),
        fields,
    )
