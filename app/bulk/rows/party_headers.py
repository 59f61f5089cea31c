"""Headers of names by their grammar: whose name it is, or nobody's, then a word for name, as 借款人名称 or buyer_name.

Tables of headers never end; these are the parties with which a bank or a payment processor deals.  People who act for a
party (法定代表人, 联系人, 经办人), products and places are none of them.
"""

import re
from typing import Final

_PARTIES_ZH: Final = """
客户 存款人? 结算 开户人? 对公 单位 企业 公司 机构 主体 商家 平台 场所 账户 帐户 账号 帐号 会员 用户 租户 业主 户主?
[本我己]方
对方 对手方? 交易对手方? 交易对方 交易方 交易场所 往来(?:方|对象)? [收付]款[人方]? 汇款[人方]? 汇[出入][人方]?
转[出入][人方]? [入出]账 [借贷]方 付费方 [代缴][发费]人? 签约[人方]? 申请[人方] 委托[人方] 受托[人方] 借款[人方] 贷款人
担保[人方] 保证人 抵押人 出质人 债[务权]人 承租[人方] 出租[人方] 承运[人方] 托运[人方] [发收]货[人方]
供应[商方] 供货[商方] 采购[商方] 销售[商方] 购买方 [销购卖买供需甲乙丙]方 合作[商方] 服务[商方]
经销商 代理商 分销商 渠道商 加盟商 经营者 出票人 收票人 持票人 承兑人 (?:被)?背书人
投资[人者] 持有人 持卡人 投保人 (?:被)?保险人 受益人 当事人 纳税人 被查询人
"""
_ZH: Final = re.compile(
    f"(?:{'|'.join(_PARTIES_ZH.split())})?(?:单位|企业|公司|机构|账户|帐户|主体|客户|商户)?(?:中文|注册|登记|法定)?"
    "(?:(?:开?户名|名称|姓名|全称|全名|名字|抬头)(?:全称|名称|姓名)?|名)"
)
_NO_PARTY: Final = frozenset({"名", "用户名", "账号名", "帐号名", "户姓名"})
"""A login, or nothing."""

_PARTIES_EN: Final = """
buyer seller vendor supplier merchant payer payee remitter beneficiary customer client cust company corp corporate
organi[sz]ation org entity ent account acct holder accountholder debtor creditor drawer drawee sender receiver recipient
counterparty counter cpty opp opponent party partner borrower guarantor applicant insured investor member consignee
consignor shipper tenant lessee lessor owner subscriber dealer distributor agent contractor principal depositor subject
"""
_EN: Final = re.compile(
    f"(?:{'|'.join(_PARTIES_EN.split())})(?:account|acct|acc|customer|company|corp|party)?"
    "(?:cn|zh|chn|chinese|full|legal|registered)?(?:name|nm|nme)(?:cn|zh|chn)?"
)


def is_party_name(key: str) -> bool:
    """Whether a header, in the form in which headers are compared, says that it is the name of a party."""
    return bool(_ZH.fullmatch(key) or _EN.fullmatch(key)) and key not in _NO_PARTY
