"""How we read what the notice and the table leave open: where two rows meet or none holds, the stricter outcome."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One reading: the rows it is about, and what we do."""

    rows: str
    text_zh: str
    text_en: str


READINGS: Final[tuple[Interpretation, ...]] = (
    Interpretation(
        "D01",
        "误列撤销的匹配仍列出（PASS、ERR_WITHDRAWN），但不算匹配：字样、批准等各行照常适用；"
        "撤销之后再次列入的，重新计算。",
        "A withdrawn match is shown (PASS, ERR_WITHDRAWN) and counts for nothing: keywords and approvals are still "
        "looked at. A listing made after the withdrawal counts.",
    ),
    Interpretation(
        "D01, D19",
        "成员自身的列入被误列撤销、其所属场所仍受限的，仍按关系承接；关联主体（RELATED）的行被撤销的，关系一并无效。",
        "A member whose own listing is withdrawn still inherits; withdrawing a RELATED row voids its relation.",
    ),
    Interpretation(
        "D24",
        "自然人只在名称相近时不属规则对象；统一社会信用代码、账号、域名等标识相同的，按名单主体处理。"
        "法院、税务机关按名称结尾识别，且所给信用代码不得与机关身份矛盾（须以11开头）。",
        "A natural person is out of scope only where the name is alike; an equal identifier is of the listed entity "
        "itself. Courts and tax offices are told by the end of the name, unless a given code is none of an authority.",
    ),
    Interpretation(
        "D05, D02, D03, D23",
        "匹配放行但不是因为整改、解除、批准或场所放行（例如尚未生效、未确认的匹配），字样和申报品种照常检查："
        "多一项证据不会使结论变轻。",
        "Where a match passes for another reason than a clearing event (not yet listed, or not confirmed), "
        "keywords and declared products are looked at all the same: more evidence never makes an answer milder.",
    ),
    Interpretation(
        "D03, D25",
        "只有确认匹配（CONFIRMED）到批准名单，才免于字样和“交易所”字样复核；与经批准场所相似不等于经批准。",
        "Only a CONFIRMED hit on an approved list frees from keyword review; likeness to an approved venue is "
        "no approval.",
    ),
    Interpretation(
        "D10",
        "已规范、验收、解除、补办批准之后又关闭、撤并、移送的，按D10。关闭日期早于列入生效日期的，自列入之日起按D10。",
        "A venue that was cleared, lifted or approved and then closed, merged or transferred is under D10; a "
        "closing dated before the listing counts from the listing's first day.",
    ),
    Interpretation(
        "D14",
        "补办批准之后重新列入的，按重新列入；已结束的列入之后日期更晚的“新增”，按重新列入。移送之后不再变为其他状态。",
        "An approved listing may be relisted; an ADD of a later date after an end is a relisting. What was "
        "transferred to justice stays so.",
    ),
    Interpretation(
        "D10b",
        "补办批准的机关所在地与名单辖区不在同一省的，不解除该名单的列入；未填机关所在地的，视为本省。",
        "An approval by another province lifts nothing here; one without a region is read as the list's own province.",
    ),
    Interpretation(
        "D11, D13",
        "书面意见出具机关不在该辖区认可名单内的，不产生规范的效果（录入时即报错）；"
        "没有认可名单的辖区不认可任何书面意见。",
        "An opinion of an issuer that the jurisdiction's data does not accept clears nothing; a jurisdiction "
        "without such data accepts none.",
    ),
    Interpretation(
        "D08, D11",
        "整改期限早于截止日的，只提前首个停止日；文件是否及时仍按截止日判断。",
        "A deadline before the cutoff date moves the first blocked day only; documents still compare with the "
        "cutoff date.",
    ),
    Interpretation(
        "D08, D18",
        "没有单独截止日数据的辖区，适用默认辖区（福建）的截止日。首次列入以第一次“新增”的生效日期为准，变更不移动它。",
        "A jurisdiction without a date of its own has the default's. First listed is the first ADD; an UPDATE "
        "never moves it.",
    ),
    Interpretation(
        "D15",
        "西安的通知对微盘也写“逐步停止”；本产品对微盘一律没有过渡期。",
        "The notice of Xi'an speaks of weipan stopping step by step; here weipan has no grace anywhere.",
    ),
    Interpretation(
        "D17, D28",
        "通报日晚于列入生效日期、业务日期在两者之间的：人工复核（UNDECIDED）。",
        "A service between the listing's first day and a later date of the notice: review (UNDECIDED).",
    ),
    Interpretation(
        "D06",
        "清退截止日之后，三种特殊服务一律停止；已规范的场所不适用D06。",
        "After the last day of the winding down all three special services are blocked; a cleared venue is not "
        "under D06.",
    ),
    Interpretation(
        "D19",
        "未填关系认定的，按认定（CONFIRMED）。关系在业务日期尚未生效的，按尚未生效的列入（D05）。",
        "A relation without a status is read as CONFIRMED; one not yet in force is as a listing not yet in "
        "force (D05).",
    ),
    Interpretation(
        "D19, D28",
        "承接不超过两级；更远的、循环的、所属场所不在任何名单的、未填所属场所的关联主体：人工复核（UNDECIDED）。"
        "列为关联主体的、已在本地或外省批准的交易场所本身不作限制。",
        "Outcomes are inherited two steps; a longer way, a circle, a venue that no list has, or none stated: review "
        "(UNDECIDED). A venue listed as RELATED that is approved somewhere is not restricted itself.",
    ),
    Interpretation(
        "D19, D21",
        "已规范或经批准场所的会员、代理商、授权服务机构（不论是否认定）适用D21；分支机构适用D19放行。"
        "批准日期在暂停批设期间的，不算两地均已批准。",
        "Members, agents and service organisations of a cleared venue are under D21, confirmed or not; a branch "
        "passes with it. An approval given while approvals were suspended does not count for D21.",
    ),
    Interpretation(
        "D20",
        "运营公司、收款商户、法定代表人等其他关系，与居间商一样最多人工复核。",
        "Operators, collecting merchants, legal representatives and other ties are reviewed at most, as brokers are.",
    ),
    Interpretation(
        "D22",
        "批准名单上的省外场所机构，批准机关不在其所在省的，人工复核。",
        "A unit on an approved list whose approval is of another province than its own is reviewed.",
    ),
    Interpretation(
        "D23",
        "暂停批设期间按2017-02-27至2017-09-10（总结报送日）；申报违禁品种的任何客户都人工复核，不限于交易场所。",
        "Approvals count as suspended from 2017-02-27 to 2017-09-10; a banned product declared by any party is "
        "reviewed.",
    ),
    Interpretation(
        "D08–D18",
        "“适用金融服务”一栏只展示，不缩小停止的范围。",
        "The column services_scope is shown and narrows nothing.",
    ),
    Interpretation(
        "CUTOFF_DAY, IN_FLIGHT",
        "业务日期是任一所用名单辖区的截止日的，标记 CUTOFF_DAY；首个停止日之前发起、当日或之后结算而停止的，"
        "标记 IN_FLIGHT。",
        "CUTOFF_DAY is flagged on the cutoff date of any list screened; IN_FLIGHT where a blocked service was "
        "initiated before the first blocked day.",
    ),
    Interpretation(
        "名称与标识 names and identifiers",
        "名称一律保留并继续匹配；信用代码、机构代码、注册号、LEI 变更视为更正，旧值不再匹配；"
        "域名、账号、应用等变更视为更换，旧值继续匹配。",
        "Every name goes on matching. A new USCC, organisation code, registration number or LEI corrects the old one, "
        "which matches no more; a new domain, account or app is a move, and the old one matches on.",
    ),
)
