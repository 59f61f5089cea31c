"""Listed names, made up, and what people put around one in a field for a name."""

import itertools
import random
from typing import Final

_PLACES: Final = ("福建", "福州", "厦门", "泉州市", "漳州市", "莆田", "三明市", "龙岩", "南平市", "宁德")
_BRANDS: Final = ("样聚", "样鼎", "样恒", "样海峡", "样远", "样汇", "样丰", "样澜", "样瑞", "样联", "样珏", "样榕")
_TRADES: Final = (
    "大宗商品交易中心有限公司",
    "文化产权交易所有限公司",
    "贵金属经营有限公司",
    "商品现货交易市场有限公司",
    "邮币卡交易中心有限公司",
    "农产品电子交易市场股份有限公司",
    "金融资产交易服务有限公司",
    "石油化工交易中心",
    "艺术品交易所",
    "茶叶交易市场",
)
COUNT: Final = 179


def names() -> list[str]:
    """Return 179 names, the same in every run."""
    every = ["".join(parts) for parts in itertools.product(_PLACES, _BRANDS, _TRADES)]
    return random.Random(179).sample(every, COUNT)


SURROUNDINGS: Final = (
    # an authority, a clearing house or a fund office before or behind
    *(
        "统一清算机构{}",
        "{}住房公积金管理中心",
        "国家税务总局{}",
        "{}税务所",
        "{}人民法院",
        "中国人民银行{}",
        "{}财政局",
    ),
    # a body of it, or beside it
    *("{}委员会", "{}管理委员会", "{}工会委员会", "{}党支部", "{}筹备组", "{}筹备处", "{}清算组", "{}破产管理人"),
    # an address before or behind
    *("福建省福州市鼓楼区五四路128号{}", "厦门市思明区软件园二期观日路1号{}", "{}福州市台江区广达路68号"),
    # a unit of it
    *("{}厦门分公司", "{}财务部", "{}第二营业部", "{}会员服务中心", "{}结算部"),
    # relations in words
    *("受益人为{}的关联方", "{}的关联公司", "{}下属机构", "{}代理商", "{}会员单位", "{}实际控制人", "代{}收款"),
    # former and other names
    *(
        "ABC Trading (formerly {})",
        "甲商贸公司（原{}）",
        "甲商贸公司（曾用名：{}）",
        "甲公司/{}",
        "甲公司、{}",
        "甲公司（{}）",
    ),
    # what forms and statements put around
    *("户名：{}", "收款人:{}", "付款方 {} 转账", "{}（已注销）", "{}（基本户）", "*{}*", "【{}】", "“{}”"),
    # other words before or behind
    *("致{}", "{}先生", "关于{}的函"),
)
