"""What everyday words of headers and of coded columns most likely mean, as advice to people.

Likeness of letters misleads here: 未经批准的交易场所 is most like 经批准的交易场所, 不变 most like 变更, and 注销 like
误列撤销.  So words are told by their meaning; those that leave a choice are answered by all that it is between.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz

_ALIKE_MIN: Final = 80
_BRACKET: Final = re.compile(r"[(\[【〔].{0,40}[)\]】〕]")
_NEGATION: Final = re.compile("[未非不无]")

_Rules = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]


def _rules(pairs: Mapping[str, str]) -> _Rules:
    return tuple((re.compile(words), tuple(meant.split())) for words, meant in pairs.items())


_MEANT: Final[Mapping[str, _Rules]] = {
    "action": _rules(
        {
            "不变|维持|保留|续列|仍在|继续列|无变化|在册|原有": "新增",
            "重新|再次|恢复列|复燃|复列": "重新列入",
            "整改(?:完|到位|合格|规范|验收)|(?:完成|已|通过)整改|已规范|规范完": "规范 验收",
            "验收": "验收",
            "整改": "整改中",
            "移送|移交|司法|公安|立案": "移送",
            "移|删|剔除|取消|解除|撤[销回除]|退出|摘|除名|出列|作废|注销": "规范 验收 关闭 解除通报 误列撤销",
            "更[新名正改]|修[改正订]|变动|改名|调整|补充|完善": "变更",
            "关|取缔|停业|歇业|清退": "关闭",
            "合并|并入|整合": "撤并",
            "补办|批准|核准": "补办批准",
            "逾期|确认": "逾期整改确认",
            "新|增|列入|纳入|添加|首次|登记|录入|通报": "新增",
        }
    ),
    "category": _rules(
        {
            "非法.{0,20}(?:电子|平台)|电子.{0,20}平台": "非法电子交易平台",
            "未.{0,3}批|无.{0,2}批|非法": "未经批准的非法交易场所",
            "微[盘交]|云交易|二元期权": "微盘平台",
            "合法|批准|获批|白名单|持牌": "经批准的交易场所",
            "通报": "监管通报",
            "关联|会员|代理|居间|服务机构|分支": "关联主体",
            "违[法规]|黑名单": "违法违规交易场所",
        }
    ),
    "entity_kind": _rules(
        {
            "会员.{0,20}代理|代理.{0,20}会员": "会员 代理商",
            "分公司|分支|办事处|代表处|营业部|分部|分中心": "分支机构",
            "会员": "会员",
            "代理": "代理商",
            "服务|授权|运营中心": "授权服务机构",
            "居间|介绍": "居间商",
            "微[盘交]": "微盘平台",
            "商户|收款|收单": "收款商户",
            "运营|主办|技术公司": "运营公司",
            "清算": "统一清算机构",
            "个人|自然人|人员": "自然人",
            "交易|场所": "交易场所",
            "平台": "交易场所 微盘平台",
        }
    ),
    "relation_status": _rules(
        {
            "解除|结束|到期|不再|终止": "终止",
            "未.{0,2}(?:认定|确认)|疑似|推|待": "推定",
            "自|宣称": "自称",
            "认定|确认|属实|查实": "认定",
        }
    ),
    "authorisation": _rules(
        {
            "撤销|吊销|取消|收回": "批准已撤销",
            "未.{0,3}批|无.{0,2}批": "未批准有执照 未批准无执照",
            "外省|省外": "外省批准",
            "批": "已批准",
        }
    ),
    "disposal": _rules(
        {"司法|移|公安|立案": "移送司法", "并": "撤并", "关|取缔": "限期关闭", "规范|整改|保留": "规范"}
    ),
}


QUALIFIERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "所属",
                "上级",
                "母公司",
                "parent",
                "挂靠",
                "隶属",
                "合作",
                "代理的",
                "代理交",
            ),
            "parent",
        ),
        **dict.fromkeys(("服务的", "展业"), "parent"),
        **dict.fromkeys(("监管单", "监管部", "监管机", "公布单", "公布机", "发布", "主管", "填报", "报送"), "office"),
        **dict.fromkeys(("日期", "时间", "期限", "时限", "日"), "date"),
        **dict.fromkeys(("失效", "到期", "终止", "退出", "解除", "移出", "结束"), "ending"),
        **dict.fromkeys(("电话", "联系方式", "phone"), "phone"),
        **dict.fromkeys(("代码", "编码", "code"), "code"),
        **dict.fromkeys(("状态", "现状"), "state"),
        **dict.fromkeys(("文号", "doc_no"), "document"),
        **dict.fromkeys(("收款", "payee", "账户", "账号", "户名"), "payee"),
        **dict.fromkeys(("曾用", "原名", "更名前", "former"), "former"),
        **dict.fromkeys(("简称", "品牌", "别名", "alias"), "alias"),
        **dict.fromkeys(("英文", "外文", "english", "name_en"), "english"),
        **dict.fromkeys(("公众号", "微信", "wechat"), "wechat"),
        **dict.fromkeys(("app", "应用"), "app"),
        **dict.fromkeys(("法定代表人", "法人代表", "控制人", "股东", "负责人", "联系人"), "person"),
        **dict.fromkeys(("会员注册地", "member_approval"), "member"),
        **dict.fromkeys(("批准", "approv"), "approval"),
        **dict.fromkeys(("书面意见", "opinion"), "opinion"),
        **dict.fromkeys(("验收", "jmc"), "acceptance"),
        **dict.fromkeys(("清退", "winddown"), "wind-down"),
        **dict.fromkeys(("撤销", "撤并", "withdraw", "merged"), "withdrawal"),
        **dict.fromkeys(("认定", "determin"), "determination"),
        **dict.fromkeys(("关闭", "closed"), "closing"),
    }
)
"""Words that make a column one of another party, document or way of writing.

A header that has one is never taken, or advised, for a column that does not, nor the other way round.
"""


def likely_meant(alias: str, text: str, codes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the coded values, in Chinese, that a text of a column may mean; none where nobody could tell.

    ``codes`` maps the Chinese values of the column to the English ones.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    bare = _BRACKET.sub("", folded).strip()
    if bare in codes:
        return (bare,)
    for words, meant in _MEANT.get(alias, ()):
        if words.search(bare):
            return meant
    alike = max(
        ((fuzz.ratio(bare.casefold(), word.casefold()), zh) for zh, code in codes.items() for word in (zh, str(code))),
        default=(0.0, ""),
    )
    is_near = alike[0] >= _ALIKE_MIN and bool(_NEGATION.search(bare)) is bool(_NEGATION.search(alike[1]))
    return (alike[1],) if is_near else ()
