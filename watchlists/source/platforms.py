"""微盘 platforms, and venues and platforms without approval: refused at once, without a period of grace."""

from watchlists.source.cast import FUJIAN, PAYEE_TAILS, PLATFORM_TAILS, VENUE_TRADES, Cast, Row
from watchlists.source.sample_list import SampleList, determined, relative


def fj_weipan(cast: Cast) -> SampleList:
    """微盘 platforms of Fujian, with the companies that run them and the accounts that collect for them."""
    body = "福建省经济和信息化委员会"
    the_list = SampleList("fj-weipan", "福建省“微盘”交易平台名单（样例）", body, "350000", "FJ-WP")

    def platform(on: str = "2017-03-10", effective_from: str = "2017-03-20") -> Row:
        number = len(the_list.rows) + 1
        tail = PLATFORM_TAILS[number % len(PLATFORM_TAILS)]
        company = number % 3 == 0
        row = cast.organisation("WEIPAN_PLATFORM", FUJIAN, "网络科技有限公司" if company else "")
        brand = row["legal_name"][2:].removesuffix("网络科技有限公司") + tail
        if not company:
            row["legal_name"] = brand
            for column in ("uscc", "org_code", "reg_no_15"):
                row.pop(column, None)
        row |= {"aliases": brand} if company else {"name_en": f"Sample Platform {number}"}
        row |= cast.channels(brand.removesuffix(tail))
        row |= {
            "keyword": next((k for k in ("微盘", "微交易", "云交易") if k in tail), "微期权"),
            "keyword_fields": "名称",
            "discovery_channels": "公众号；APP；网站",
            "violation_codes": "V11",
        }
        if number % 2:
            row |= cast.payee(f"{row['reg_address'][:2]}{cast.person()}商行")
        return the_list.add(determined(row, "WEIPAN", body, on, effective_from))

    platforms = [platform() for _ in range(56)]
    relatives = [
        relative(cast, kind, platforms[parent - 1], status, "2017-03-20")
        for kind, parent, status in (
            *(("OPERATOR", parent, "CONFIRMED") for parent in (1, 2, 4, 5, 7, 8, 10)),
            *(("OPERATOR", parent, "INFERRED") for parent in (11, 13)),
            *(("MERCHANT", parent, "CONFIRMED") for parent in (1, 2, 4, 6, 8, 10, 12)),
            *(("MERCHANT", parent, "CLAIMED") for parent in (14, 16)),
            *(("AGENT", parent, "CONFIRMED") for parent in (1, 5, 9)),
            *(("INTRODUCER", parent, "INFERRED") for parent in (3, 17)),
            *(("PERSON", parent, "CONFIRMED") for parent in (1, 2, 3)),
        )
    ]
    the_list.issue("2017-03-20", [*platforms, *[the_list.add(row) for row in relatives]], file_format="xlsx")
    event = the_list.event
    the_list.issue(
        "2017-04-26",
        [
            *(event(n, "CLOSE", closed_on="2017-04-21", disposal="限期关闭") for n in (21, 22, 23, 24)),
            event(
                25, "UPDATE", effective_from="2017-04-20", wechat_name="易名样本商城服务号", app_name="易名样本商城通"
            ),
            platform("2017-04-18", "2017-04-26"),
            platform("2017-04-18", "2017-04-26"),
        ],
    )
    the_list.issue(
        "2017-09-01",
        [
            event(31, "WITHDRAW_ERROR", withdraw_reason="系小额支付产品，经核实有误"),
            event(32, "CLOSE", closed_on="2017-08-28", disposal="限期关闭"),
            platform("2017-08-28", "2017-09-01"),
        ],
    )
    the_list.issue(
        "2018-01-12",
        [event(22, "RELIST", determined_on="2018-01-10", effective_from="2018-01-12", remark="换名后恢复经营")],
    )
    return the_list


def fj_unapproved(cast: Cast) -> SampleList:
    """未经批准的非法交易场所 and 非法电子交易平台: refused at once, without a grace period."""
    body = "福建省金融工作办公室"
    the_list = SampleList(
        "fj-unapproved", "福建省未经批准交易场所与非法电子交易平台名单（样例）", body, "350000", "FJ-WZ"
    )

    def unapproved(on: str = "2017-03-16", effective_from: str = "2017-03-20") -> Row:
        number = len(the_list.rows) + 1
        trade = VENUE_TRADES[(5 * number + 1) % len(VENUE_TRADES)]
        if number % 2:
            row = cast.organisation("VENUE", FUJIAN, trade.tail)
            row |= {"venue_type": trade.venue_type, "violation_codes": f"V08；{trade.violations}"}
            category = "UNAPPROVED_VENUE"
        else:
            row = cast.organisation("OPERATOR", FUJIAN, PAYEE_TAILS[number % 3 + 1])
            row |= {"violation_codes": "V08", **cast.channels(row["legal_name"][2:6])}
            category = "ILLEGAL_EPLATFORM"
        row["authorisation"] = ("NOT_APPROVED_LICENSED", "NOT_APPROVED_UNLICENSED")[number % 2]
        return the_list.add(determined(row, category, body, on, effective_from, "专业认定"))

    rows = [unapproved() for _ in range(46)]
    relatives = [
        relative(cast, kind, rows[parent - 1], status, "2017-03-20")
        for kind, parent, status in (
            ("BRANCH", 1, "CONFIRMED"),
            ("MEMBER", 3, "CONFIRMED"),
            ("AGENT", 5, "CLAIMED"),
            ("AUTH_SERVICE", 7, "INFERRED"),
            ("MERCHANT", 2, "CONFIRMED"),
        )
    ]
    the_list.issue("2017-03-24", [*rows, *[the_list.add(row) for row in relatives]])
    event = the_list.event

    def approval(number: int, on: str) -> Row:
        return event(
            number,
            "APPROVE",
            approving_body="福建省人民政府",
            approval_doc_no=f"示例闽政文〔{on[:4]}〕{number}号",
            approval_date=on,
            approving_region_code="350000",
            authorisation="APPROVED",
        )

    the_list.issue(
        "2017-07-10",
        [
            approval(11, "2017-07-03"),
            event(13, "CLOSE", closed_on="2017-06-30", disposal="限期关闭"),
            event(12, "CLOSE", closed_on="2017-06-28", disposal="限期关闭"),
            event(15, "MERGE", closed_on="2017-06-30", merged_into=the_list.id(11), disposal="撤并"),
            event(17, "TRANSFER", determined_on="2017-07-06", effective_from="2017-07-06", disposal="移送司法"),
            unapproved("2017-07-06", "2017-07-10"),
        ],
    )
    the_list.issue(
        "2018-04-02",
        [approval(19, "2018-03-20"), event(21, "WITHDRAW_ERROR", withdraw_reason="经核实属现货批发市场，不在整顿范围")],
    )
    return the_list
