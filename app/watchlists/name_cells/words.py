"""The words by which the parts of a name cell are recognised: labels, remarks, codes, addresses, ways of numbering.

All of them are tried on texts of single blanks with brackets, quotes and digits in one writing (:func:`.view.view`).
"""

import re
from typing import Final


def _any(words: str) -> str:
    """Return the pattern of one of some words, which are between blanks; longer ones are tried first."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


HAN: Final = "\u3400-\u9fff\u3007"

_ENDINGS: Final = _any(
    "有限责任公司 股份有限公司 有限公司 股份公司 总公司 分公司 子公司 公司 集团 企业 交易所 交易中心 交易市场"
    " 交易平台 中心 市场 平台"
    " 商城 合作社 事务所 协会 学会 经营部 营业部 商行 商社 工作室 工厂 分行 支行 银行 基金会 办事处 服务部 服务站"
    " 文交所 金交所 股交所"
    " 农交所 林交所 环交所 产交所 商店 超市 酒店 学校 医院 研究院"
)
_PARTNERSHIP: Final = _any("有限合伙 普通合伙 特殊普通合伙 特殊的普通合伙 个体工商户")
_JOINED: Final = _any("公司 中心 市场 平台 集团 交易所 合作社")

ORGANISATION: Final = re.compile(rf"{_ENDINGS}(?:\({_PARTNERSHIP}\))?$")
"""How the names of organisations end."""

COMPANY: Final = re.compile(_any("有限责任公司 股份有限公司 有限公司 股份公司 集团公司 总公司"))

_SIGNS: Final = "①-⑳㈠-㈩⑴-⒇⓪❶-❿➀-➓Ⅰ-Ⅻ"
_HAN_NUMBER: Final = "[一二三四五六七八九十]{1,3}"
NUMBERING: Final = re.compile(
    rf"[{_SIGNS}][.、:]? ?|\(\d{{1,3}}\) ?|\({_HAN_NUMBER}\) ?|\d{{1,3}} ?(?:[.、\):,](?!\d) ?| )(?=[^\d])"
    rf"|{_HAN_NUMBER}[、.,] ?|第(?:{_HAN_NUMBER}|\d{{1,3}})[、.,家:] ?"
    rf"|(?:[Nn][Oo]\.?|№|编号|序号|第) ?\d{{1,4}} ?[号:.、]? ?(?=[{HAN}\"'])|\d{{1,4}} ?[-_] ?(?=[{HAN}]{{4}})"
    rf"|[A-Za-z][.)、] ?(?=[{HAN}]{{6}})"
)
INNER_NUMBERING: Final = re.compile(
    rf"(?<=[{HAN}\)\"' ;。,])(?:[{_SIGNS}]|\(\d{{1,2}}\)|\d{{1,2}}[.、\)](?=[{HAN}\"'(]))"
    rf"|(?<=公司|中心|市场|平台|集团)(?:{_HAN_NUMBER}[、.]| ?[A-Za-z][.)、] ?)(?=[{HAN}])"
)
BULLETS: Final = "★☆●○◎■□◆◇▲△※√✓✔×✘☑¹²³⁴⁵†‡!*#·•-—_~=+>→。.,;:、|/\\ \n"
QUOTES: Final = "\"'"

SEPARATORS: Final = re.compile(rf" ?[;、,|/\n] ?| {{2}}|(?<=[{HAN}\)])。(?=[{HAN}])")
_AND: Final = "(?:和|及|与|以及|暨)"
CONJUNCTION: Final = re.compile(
    r"(?:(?<=公司)|(?<=中心)|(?<=市场)|(?<=平台)|(?<=集团)|(?<=交易所)|(?<=合作社)|(?<=[\"A-Za-z等号楼室层*]))"
    rf"[ *#\".。]{{0,2}}{_AND}(?!其)(?=[^ ]{{2,60}}{_JOINED}(?:$|等|[^{HAN}]))"
)
AND_COMPANY: Final = re.compile(rf"{_AND}(?!其)(?=[^ ]{{2,60}}{_JOINED}(?:$|等|[^{HAN}]))")
SHORT_AND_COMPANY: Final = re.compile(rf"[^ ]{{3,8}}{_AND}(?!其)[^ ]{{3,60}}{_JOINED}(?:$|等|[^{HAN}])")
LEADING_AND: Final = re.compile(rf"{_AND}(?!其)(?P<name>.{{4,}})")
_KIN: Final = _any("分支机构 关联公司 关联企业 关联方 子公司 分公司 下属公司 下属机构 会员单位 代理商")
_COUNTED: Final = _any("公司 机构 平台 企业 单位 交易场所")
AND_OTHERS: Final = re.compile(
    rf" ?(?:等(?:\d{{1,3}}|[一二三四五六七八九十两几多]{{1,3}})?[家个]?{_COUNTED}?|及其?{_KIN})$"
)

_NAME: Final = r"(?:为|是|系|叫|作|名)?[: ]?(?P<name>.{2,})"
NAMED_AS: Final = re.compile(r"(?:对外)?(?:以|冒用|假冒|借用|打着)[\"']?(?P<name>[^\"']{2,30}?)[\"']?的?名义.{0,10}")
FORMER_UNTIL: Final = re.compile(
    r"\d{4} ?年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:以前|之前|前)?(?:的?名称)?"
    r"(?:曾?[用名]?名为|称为|叫做?|为|是|系)[: ]?(?P<name>[^\d: ].{3,})"
)
FORMER_BY: Final = re.compile(
    r"(?:于?\d[\d年月日./-]{3,12})?[由系](?P<name>.{4,100}?)(?:于?\d[\d年月日./-]{3,12})?(?:更名|改名|变更名称|变更)(?:而来|而成|来)?"
)
OPERATED_BY: Final = re.compile(
    rf"由?(?P<name>.{{2,100}}?(?:公司|中心|市场|集团))(?:负责|实际)?"
    rf"{_any('运营 经营 营运 主办 开办 开发 运作 所有 管理')}"
)
NOW: Final = re.compile(r"[现今](?:系|为|是|名|称)?[: ]?(?P<name>.{4,})")
NOTED: Final = re.compile(r"(?:备?注|说明)\d?[: ]")
_ABOUT: Final = r"(?:为|是|系)?[: ]"
FORMER: Final = re.compile(
    _any(
        "原企业名称 原公司名称 原名称 原名 曾用名称 曾用名 曾名 曾用 前身 前名 前称 旧称 旧名 更名前 改名前 变更前名称"
        " 变更前"
    )
    + _NAME
)
FORMERLY: Final = re.compile(r"原(?:系|为|是)?[: ]?(?P<name>.{4,})")
_RENAMED: Final = _any("更名 改名 变更名称 名称变更 变更") + "[为成至]"
_NOW: Final = _any("现用名称 现用名 现名称 现名 现称 现为 新名称 新名 今名 今为 更名后 改名后 变更后")
RENAMED: Final = re.compile(
    rf"(?:{_any('已 现 后 现已 后已 又 再')}?[于在]?(?:\d[\d年月日./-]{{3,12}})?起?(?:已|正式)?{_RENAMED}"
    rf"|{_NOW}[为是]?|(?:已|现已|后已|后|现)(?:更名|改名|改称|改为|改))[: ]?(?P<name>.{{2,}})"
)
ALIAS: Final = re.compile(
    _any(
        "以下简称 下称 下简称 简称 又称 又名 别名 别称 俗称 亦称 也称 即 品牌名称 品牌名 品牌 商标 商号 对外名称"
        " 对外称 对外宣传名称 对外宣传 对外"
        " 平台名称 软件名称 店铺名称 商城名称 小程序名称 亦名 自称 以下称 又叫 也叫 俗名 別名 又稱 簡稱 亦稱"
    )
    + _NAME
)
ALIAS_MARKED: Final = re.compile(
    _any(
        "交易软件 软件 软件名称 软件名 小程序 小程序名称 商城 商城名称 商城名 店铺 店铺名称 店铺名 平台名称 平台名 品牌"
        " 视频号 抖音号 抖音 快手号 快手 客户端名称 应用名称 宣传名称 网名"
    )
    + r"(?:名称|名)?(?:[:为是] ?|(?=[\"']))[\"']?(?P<name>[^\"':]{2,30})[\"']?"
)
ENGLISH: Final = re.compile(r"(?:英文|外文)(?:全?名称?|简称)?[为是]?[: ]?(?P<name>[A-Za-z].{2,})")
OWN: Final = re.compile(
    _any(
        "交易平台名称 交易场所名称 平台名称 公司名称 企业名称 单位名称 机构名称 场所名称 主体名称 会员名称 会员单位"
        " 商户名称 全称 名称 平台 公司 平台名 公司名 企业名 单位名 企业全称 公司全称 单位全称 单位 企业 机构 交易场所"
        " 场所 开户名 开户名称 收款户名"
        " 网站名 网站名称 商户名 商户 户名 账户名称 收款户名 收款方 收款账户 收款人 主体 经营主体 运营主体 当事人"
        " 实际运营 实际经营 会员"
    )
    + r":(?P<name>.{2,})"
)
OPERATOR: Final = re.compile(
    rf"(?:实际)?{_any('运营 经营 营运 主办 开办 主管 管理 开发 承办 注册 运作 控股 责任')}"
    rf"{_any('公司 主体 单位 企业 商 方 机构 人')}"
    rf"(?:名称)?{_ABOUT}(?P<name>.{{2,}})"
)
PARENT: Final = re.compile(
    _any(
        "所属 所属交易场所 所属交易所 所属机构 所属平台 所属单位 隶属 隶属于 上级 上级单位 上级机构 母公司 挂靠"
        " 挂靠单位"
    )
    + r"(?:名称)?[为是]?[: ]?(?P<name>.{4,})"
)
MEMBER: Final = re.compile(
    rf"(?P<parent>.{{2,40}}?)(?:第 ?)?(?P<number>\d{{1,4}}) ?号?{_any('综合 综合类 经纪 经纪类 特别 普通')}?"
    r"会员(?:单位)?[: ](?P<name>.{4,})"
)

_STATES: Final = _any(
    "停业 歇业 休业 停止营业 停止运营 停运 停牌 停盘 停止交易 停摆 关闭 关停 关门 注销 吊销 撤销 撤并 清算 清退"
    " 解散 倒闭 破产 取缔 查处"
    " 查封 立案 移送 移交 整改 整改中 整改完毕 规范 整顿 验收 整合 合并 失联 跑路 失踪 不存在 无法联系 查无"
    " 查无此企业 查无此公司 查无此户"
    " 人去楼空 空壳 异常 经营异常 筹 筹建 筹备 筹建中 筹备中 筹办 在建 拟设 设立中 试运营 试营业 开业 营业 在业"
    " 存续 在营 正常 运营 运营中"
    " 经营中 暂停 停 更名前 更名后 改名前 改名后 更名 核实 待核实 待查 核查中 备案 未备案 批准 未批准 未经批准 无证"
    " 无照 无执照 许可 违规"
    " 违法 非法 重点 重点关注 新增 变更 删除 移出 重复 微盘 微交易 云交易 邮币卡 现货 大宗 贵金属 二元期权 交易场所"
    " 平台 会员 会员单位"
    " 代理商 代理 居间商 综合会员 经纪会员 授权服务机构 分支机构 运营中心 网站 公众号 手机 客户端 APP app App PC端"
    " 微信 官网 总部 本部"
    " 本级 下同 省内 省外 外省 境外 本省 本市 市属 省属 国有 民营 外资 独资 合资 个体 个人 自然人 法人 企业 公司"
)
REMARK: Final = re.compile(
    rf"{_any('已 未 拟 现 正 被 待 暂 均 曾 涉嫌 疑似 已被 现已')}?[于在]?(?:\d[\d年月日./-]{{0,12}})?(?:已|被)?"
    rf"{_STATES}{_any('状态 类 中 完毕 完成 待查 营业 企业 平台 期间 了')}?"
)
_ENDED: Final = _any(
    "停业 歇业 关闭 关停 注销 吊销 撤销 清算 清退 解散 取缔 查处 整改 失联 停止 列入 更名 变更 移送 立案 备案 批准"
)
NOT_A_NAME: Final = re.compile(rf"{_AND}|等$|等(?:\d|{_COUNTED})|及其")
REMARK_TAIL: Final = re.compile(
    rf"(?<=公司)(?:破产)?(?:管理人|清算组|筹备组)$|{_any('已 现 现已 被 未 正 拟 涉嫌 疑似')}{_ENDED}.{{0,18}}$"
)
DATE: Final = re.compile(r"于?\d{2,4} ?[年./-] ?\d{1,2} ?[月./-]?(?: ?\d{1,2})? ?日?[前后起止]?")
_POINT: Final = r"于?\d{4} ?(?:[年./-] ?\d{1,2} ?)?(?:[月./-] ?\d{1,2} ?)?[年月日]?"
SPAN: Final = re.compile(rf"自?{_POINT} ?(?:至|到|起?[-~～—–]+) ?(?:{_POINT}|今|现在)?[止间]?(?:使用|期间)?")
"""From when and until when a name was used."""

KEPT: Final = re.compile(_any("有限合伙 普通合伙 特殊普通合伙 特殊的普通合伙 个体工商户 个人独资 集团 中国 国际 控股"))

_NUMBER: Final = r"(?:证)?(?:号码?)?[为是]? ?[:#]? ?"
USCC: Final = re.compile(
    rf"(?:{_any('统一社会信用代码 社会信用代码 统一信用代码 信用代码 税号 纳税人识别号')}{_NUMBER})?"
    r"(?<![0-9A-Za-z])(?P<code>(?=[0-9A-Za-z]{0,11}\d{6})[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{18})(?![0-9A-Za-z])"
)
ORG_CODE: Final = re.compile(rf"组织机构代码{_NUMBER}(?P<code>[0-9A-Za-z]{{8}}-?[0-9Xx])(?![0-9A-Za-z])")
REG_NO: Final = re.compile(
    rf"(?:{_any('工商注册号 注册号 营业执照 营业执照号 营业执照注册号 执照号')}{_NUMBER})?"
    r"(?<!\d)(?P<code>\d{15})(?!\d)"
)
PHONE: Final = re.compile(
    rf"(?:(?:客服|联系|咨询|投诉|办公|服务)?{_any('电话 热线 手机 固话 传真 tel TEL Tel')}(?:号码?)?[为是]? ?[:.]? ?)?"
    r"(?<![\d-])(?P<code>0\d{2,3}-?\d{7,8}(?:-\d{1,5})?|1[3-9]\d{9}|[48]00-?\d{3,4}-?\d{3,4})(?![\d-])"
)
_TOP: Final = _any(
    "com cn net org gov edu cc tv info biz me top vip xyz club shop site online app io co hk tw wang ltd group"
    " example test"
)
DOMAIN: Final = re.compile(
    rf"(?:(?:官方)?{_any('网址 网站地址 网站 官网 域名 链接')}[为是]? ?:? ?)?(?P<code>(?:https?://)?"
    rf"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.){{1,4}}{_TOP}(?![A-Za-z0-9-])(?::\d{{2,5}})?"
    r"(?:/[A-Za-z0-9._~/?#@!$&*+=%-]{0,200})?)"
)
PERSON: Final = re.compile(
    rf"(?P<role>{_any('法定代表人 法人代表 法人 负责人 联系人 实际控制人 控制人 股东 投资人 董事长 总经理 经理 老板')})"
    rf"(?:姓名)?{_ABOUT} ?"
    rf"(?P<name>[{HAN}·]{{2,12}}(?:[、/][{HAN}·]{{2,4}}){{0,5}})(?![{HAN}])"
)
_HANDLE: Final = rf"(?:名称)?[为是]?(?:: ?[\"']?|[\"'])(?P<name>[{HAN}A-Za-z0-9_-]{{2,30}})[\"']?"
WECHAT: Final = re.compile(_any("微信公众号 公众号 微信号 微信") + _HANDLE)
APP: Final = re.compile(r"(?:手机)?(?:APP|app|App|应用|客户端)" + _HANDLE)
ACCOUNT: Final = re.compile(r"(?:收款|银行|结算|对公)?(?:账号|帐号|卡号)[为是]?[: ]? ?(?<!\d)(?P<code>\d{8,32})(?!\d)")
OTHER_FACT: Final = re.compile(
    r"(?:客服|联系)?(?:QQ|qq|Qq)(?:号码?|群)?[为是]?[: ]? ?\d{5,12}"
    r"|(?:电子)?邮箱[为是]?[: ]? ?[\w.+-]{1,64}@?[\w.-]{0,64}|(?:IP|ip)(?:地址)?[: ]? ?[\d.]{7,15}"
    r"|(?:开户行|开户银行|开户网点)(?:名称)?[为是]?[: ] ?[^;,()\n]{2,40}"
    r"|注册资[本金][为是]?[: ]? ?[\d.,]{1,12} ?[万亿]?元?(?:人民币)?"
    r"|(?:批准)?文号[为是]?[: ]? ?[^;,()\n]{0,12}(?:\([^()]{2,8}\))?[^;,()\n]{0,8}号"
)
ADDRESS_LABEL: Final = re.compile(
    _any("注册地址 经营地址 办公地址 经营场所 联系地址 地址 住所 住址 地点 位于")
    + r"[为是]? ?[: ]? ?(?P<name>[^;,()\n]{4,80})"
)
ADDRESS: Final = re.compile(
    rf".{{0,40}}{_any('路 街 道 巷 里 村 镇 乡 区 大厦 广场 园 小区 号楼 座 层')}[^ ]{{0,20}}\d{{1,5}} ?"
    rf"{_any('号 楼 室 层 单元 座 幢 栋 F 房')}.{{0,40}}"
)
ADDRESS_INSIDE: Final = re.compile(r"[路街道巷里] ?\d{1,5} ?号.{4,}")
CHANNEL_TAIL: Final = re.compile(
    rf" ?[-—_·:/ ] ?{_any('APP app App 微信公众号 公众号 网站 官网 手机端 客户端 PC端 H5 小程序 微盘 平台')}$"
)
LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9 .,&'()-]{2,}")
"""A name in Latin letters."""

LATIN_COMMA: Final = re.compile(
    rf",(?= ?{_any('Ltd LTD ltd Limited LIMITED Inc INC LLC Co CO Corp CORP Company PLC')}\b)"
)
NAME: Final = re.compile(rf"[{HAN}A-Za-z0-9][{HAN}A-Za-z0-9·•.&'+!@%_, ()-]*")
"""What a name is made of, brackets that belong to it included."""
