"""违法违规交易场所: the lists with a cutoff date, a period of grace and ways back.

The dates are chosen round the deadlines (2017-02-27, 2017-05-31 in Xi'an, 2017-06-30 in Fujian), so that each row
of the decision table can be seen on some sample.
"""

from watchlists.source.cast import FUJIAN, VENUE_TRADES, XIAN, Cast, Row, lei, uscc
from watchlists.source.sample_list import LEADING_GROUP, LEADING_OFFICE, SampleList, determined, opinion, relative


def fj_violating(cast: Cast) -> SampleList:
    """违法违规交易场所 of Fujian: the one list with a cutoff date and ways back."""
    the_list = SampleList("fj-violating", "福建省违法违规交易场所名单（样例）", LEADING_OFFICE, "350000", "FJ")

    def venue(on: str = "2017-03-15", effective_from: str = "2017-03-20", **cells: str) -> Row:
        number = len(the_list.rows) + 1
        trade = VENUE_TRADES[number % len(VENUE_TRADES)]
        row = cast.organisation("VENUE", FUJIAN, trade.tail, head="福建" if number % 3 == 0 else "")
        row |= {
            "venue_type": trade.venue_type,
            "authorisation": ("NOT_APPROVED_LICENSED", "APPROVED", "UNKNOWN")[number % 3],
            "products": trade.products,
            "violation_codes": trade.violations,
            "legal_rep": cast.person(),
            "business_scope": f"{trade.tail.split('交易')[0].split('合约')[0]}交易服务（样例）",
        }
        if number % 6 == 0:
            row |= {"actual_controller": cast.person(), "shareholders": f"{cast.person()} 60%；{cast.person()} 40%"}
        if number % 4 == 0:
            row |= {"domains": f"v{number:03d}.example", "phones": f"0591-0000{number:04d}"}
        if number % 9 == 0:
            row["lei"] = lei(number)
        if trade.venue_type == "金融资产":
            row["holder_count"] = str(180 + 7 * number)
        return the_list.add(determined(row, "VIOLATING", LEADING_OFFICE, on, effective_from) | cells)

    first = the_list.add(
        determined(
            {
                "entity_kind": "VENUE",
                "legal_name": "福建示例大宗商品交易中心有限公司",
                "uscc": uscc("350100", 1),
                "reg_region_code": "350100",
                "jurisdiction": "福州市",
                "venue_type": "大宗商品",
            },
            "VIOLATING",
            LEADING_OFFICE,
            "2017-03-15",
            "2017-03-20",
        )
    )
    venues = [first] + [venue() for _ in range(52)]
    venues[11]["rectify_deadline"] = "2017-05-31"
    venues[12]["rectify_deadline"] = "2017-09-30"
    venues[44]["determined_on"], venues[44]["effective_from"] = "2016-11-28", "2016-12-01"
    venues[45]["former_names"] = "福建旧名示例文化产权交易所有限公司@2013-05-02~2015-08-17"
    relatives = [
        relative(cast, kind, venues[parent - 1], status, "2017-03-20")
        for kind, parent, status in (
            *(("BRANCH", parent, "CONFIRMED") for parent in (1, 2, 3, 15, 24, 30)),
            *(("MEMBER", parent, "CONFIRMED") for parent in (1, 1, 2, 4, 5, 9, 15, 16, 29, 31)),
            *(("MEMBER", parent, "CLAIMED") for parent in (1, 6, 7, 15, 33)),
            *(("AGENT", parent, "CONFIRMED") for parent in (1, 3, 8, 12, 17)),
            *(("AGENT", parent, "INFERRED") for parent in (2, 10, 24)),
            *(("AUTH_SERVICE", parent, "CONFIRMED") for parent in (1, 5, 20)),
            *(("AUTH_SERVICE", parent, "CLAIMED") for parent in (11, 18)),
            *(("INTRODUCER", parent, "CONFIRMED") for parent in (1, 2, 13)),
            *(("PERSON", parent, "CONFIRMED") for parent in (1, 3, 14)),
            *(("MERCHANT", parent, "CONFIRMED") for parent in (1, 4)),
            ("MERCHANT", 7, "INFERRED"),
            ("OPERATOR", 45, "CONFIRMED"),
        )
    ]
    the_list.issue("2017-03-20", [*venues, *[the_list.add(row) for row in relatives]])
    event = the_list.event
    the_list.issue(
        "2017-04-12",
        [
            *(event(n, "RECTIFY", effective_from="2017-04-05", remark="已报整改方案") for n in (9, 10, 15, 16, 17)),
            event(23, "CLOSE", closed_on="2017-04-10", disposal="限期关闭"),
            event(
                24,
                "CLOSE",
                closed_on="2017-04-10",
                disposal="限期关闭",
                winddown_doc_no="示例清退〔2017〕1号",
                winddown_account="000000******2401",
                winddown_until="2017-12-31",
            ),
        ],
    )
    renamed = the_list.rows[the_list.id(37)]["legal_name"]
    the_list.issue(
        "2017-05-19",
        [
            event(26, "MERGE", closed_on="2017-05-12", merged_into=the_list.id(14), disposal="撤并"),
            event(28, "TRANSFER", determined_on="2017-05-15", effective_from="2017-05-15", disposal="移送司法"),
            event(30, "CLOSE", closed_on="2017-05-10", disposal="限期关闭"),
            event(
                37,
                "UPDATE",
                effective_from="2017-05-16",
                legal_name="福建易名示例供应链服务有限公司",
                former_names=f"{renamed}@~2017-05-15",
            ),
            event(70, "UPDATE", effective_from="2017-05-16", relation_status="CONFIRMED"),
        ],
    )
    the_list.issue(
        "2017-06-28",
        [
            event(15, "CLEAR", **opinion(1, "2017-06-16", "2017-06-19")),
            event(16, "CLEAR", **opinion(2, "2017-06-20", "2017-06-22")),
            event(29, "CLEAR", **opinion(3, "2017-06-20", "2017-06-22")),
            event(32, "CLEAR", **opinion(4, "2017-06-20", "2017-06-22")),
            event(38, "CLEAR", **opinion(5, "2017-06-21", "2017-06-23")),
            event(20, "ACCEPT", jmc_doc_no="示例联席验收〔2017〕1号", jmc_date="2017-06-25", disposal="规范"),
        ],
    )
    the_list.issue(
        "2017-07-05",
        [
            event(17, "CLEAR", **opinion(6, "2017-06-30", "2017-07-03")),
            event(38, "ACCEPT", jmc_doc_no="示例联席验收〔2017〕2号", jmc_date="2017-06-29", disposal="规范"),
        ],
    )
    late = venue("2017-06-29", "2017-07-01")
    the_list.issue("2017-07-08", [late])
    the_list.issue(
        "2017-07-21",
        [
            event(18, "CLEAR", **opinion(7, "2017-07-15", "2017-07-18")),
            event(19, "CLEAR", **opinion(8, "2017-07-15", "2017-07-18")),
            event(21, "ACCEPT", jmc_doc_no="示例联席验收〔2017〕3号", jmc_date="2017-07-20", disposal="规范"),
        ],
    )
    the_list.issue(
        "2017-09-01",
        [
            event(31, "WITHDRAW_ERROR", withdraw_reason="同名误列，经核实有误"),
            event(32, "WITHDRAW_ERROR", withdraw_reason="重复列入，经核实有误"),
            event(
                19,
                "CONFIRM_LATE",
                determining_body=LEADING_GROUP,
                determination_doc_no="示例闽清整函〔2017〕9号",
                determined_on="2017-08-25",
                effective_from="2017-08-25",
            ),
        ],
    )
    the_list.issue(
        "2018-01-05",
        [
            event(29, "RELIST", determined_on="2018-01-04", effective_from="2018-01-05", remark="死灰复燃"),
            event(30, "RELIST", determined_on="2018-01-04", effective_from="2018-01-05", remark="死灰复燃"),
        ],
    )
    the_list.issue("2018-03-01", [venue("2018-02-26", "2018-03-01"), venue("2018-02-26", "2018-06-01")])
    return the_list


def xa_violating(cast: Cast) -> SampleList:
    """违法违规交易场所 of another jurisdiction, whose cutoff is 2017-05-31."""
    body = "西安市清理整顿各类交易场所工作领导小组"
    the_list = SampleList("xa-violating", "西安市违法违规交易场所名单（样例）", body, "610100", "XA")

    def venue() -> Row:
        number = len(the_list.rows) + 1
        trade = VENUE_TRADES[(9 * number + 3) % len(VENUE_TRADES)]
        row = cast.organisation("VENUE", XIAN, trade.tail, head="陕西" if number % 4 == 0 else "")
        row |= {"venue_type": trade.venue_type, "products": trade.products, "violation_codes": trade.violations}
        return the_list.add(determined(row, "VIOLATING", body, "2017-04-14", "2017-04-20"))

    rows = [venue() for _ in range(22)]
    relatives = [relative(cast, "MEMBER", rows[0], "CONFIRMED", "2017-04-20") for _ in range(2)]
    the_list.issue("2017-04-20", [*rows, *[the_list.add(row) for row in relatives]])
    event = the_list.event
    the_list.issue(
        "2017-05-26",
        [
            event(5, "ACCEPT", jmc_doc_no="示例联席验收〔2017〕21号", jmc_date="2017-05-24", disposal="规范"),
            event(6, "CLOSE", closed_on="2017-05-22", disposal="限期关闭"),
            event(8, "CLEAR", **opinion(9, "2017-05-24", "2017-05-25", "陕西省清理整顿各类交易场所工作领导小组")),
        ],
    )
    the_list.issue(
        "2017-06-23",
        [event(7, "ACCEPT", jmc_doc_no="示例联席验收〔2017〕22号", jmc_date="2017-06-20", disposal="规范")],
    )
    return the_list
