"""Venues that a regulator gave notice of, and venues that are approved."""

from watchlists.source.cast import FUJIAN, VENUE_TRADES, Cast, Row
from watchlists.source.sample_list import SampleList, determined, relative


def fj_notified(cast: Cast) -> SampleList:
    """监管通报: blocked from the notice on, lifted only by the regulator that gave it."""
    bodies = ("中国证券监督管理委员会福建监管局", "中国证券监督管理委员会厦门监管局")
    the_list = SampleList("fj-notified", "监管部门通报违规交易场所名单（样例）", bodies[0], "350000", "FJ-TB")

    def notified(on: str = "2017-03-28", effective_from: str = "2017-03-30") -> Row:
        number = len(the_list.rows) + 1
        trade = VENUE_TRADES[(3 * number + 2) % len(VENUE_TRADES)]
        row = cast.organisation("VENUE", FUJIAN, trade.tail, head="福建" if number % 5 == 0 else "")
        row |= {"venue_type": trade.venue_type, "products": trade.products, "violation_codes": trade.violations}
        body = bodies[row["reg_region_code"].startswith("3502")]
        return the_list.add(determined(row, "NOTIFIED", body, on, effective_from, "通报"))

    rows = [notified() for _ in range(24)]
    rows[6]["aliases"], rows[8]["name_en"] = "七号样本交易中心；样本七号", "Sample Commodity Exchange Nine Co., Ltd."
    relatives = [
        relative(cast, kind, rows[parent - 1], status, "2017-03-30")
        for kind, parent, status in (("MEMBER", 1, "CONFIRMED"), ("MEMBER", 2, "CLAIMED"), ("AGENT", 4, "CONFIRMED"))
    ]
    the_list.issue("2017-04-01", [*rows, *[the_list.add(row) for row in relatives]])
    event = the_list.event

    def lifted(number: int, on: str) -> Row:
        body = the_list.rows[the_list.id(number)]["determining_body"]
        doc_no = f"示例解除通报〔{on[:4]}〕{number}号"
        return event(
            number, "LIFT", determining_body=body, determination_doc_no=doc_no, determined_on=on, effective_from=on
        )

    the_list.issue(
        "2017-08-14",
        [
            lifted(6, "2017-08-10"),
            lifted(7, "2017-08-10"),
            event(9, "CLOSE", closed_on="2017-08-08", disposal="限期关闭"),
            notified("2017-08-09", "2017-08-14"),
        ],
    )
    the_list.issue(
        "2018-06-11",
        [event(7, "RELIST", determined_on="2018-06-07", effective_from="2018-06-11", remark="再次通报")],
    )
    return the_list


def fj_approved(cast: Cast, violating: SampleList) -> SampleList:
    """经批准的交易场所, which never blocks, and parties whose parent stands on another list."""
    body = "福建省人民政府"
    the_list = SampleList("fj-approved", "福建省经批准交易场所名单（样例）", "福建省金融工作办公室", "350000", "FJ-PZ")

    def approved(kind: str = "VENUE", approved_on: str = "2014-09-18", **cells: str) -> Row:
        number = len(the_list.rows) + 1
        trade = VENUE_TRADES[(3 * number) % len(VENUE_TRADES)]
        row = cast.organisation(kind, FUJIAN, "交易清算服务有限公司" if kind == "CLEARING" else trade.tail, head="福建")
        row |= {
            "venue_type": "其他" if kind == "CLEARING" else trade.venue_type,
            "authorisation": "APPROVED",
            "approving_body": body,
            "approval_doc_no": f"示例闽政文〔{approved_on[:4]}〕{number}号",
            "approval_date": approved_on,
            "approving_region_code": "350000",
        }
        return the_list.add(determined(row, "APPROVED", body, approved_on, approved_on, "") | cells)

    rows = [approved() for _ in range(20)]
    rows += [
        approved("CLEARING"),
        approved(approved_on="2017-03-01"),
        approved(holder_count="236"),
        approved(violation_codes="V06", products="票据收益权"),
        approved(violation_codes="V12"),
        approved(
            authorisation="OTHER_PROVINCE_APPROVED",
            approving_body="广东省人民政府",
            approval_doc_no="示例粤府函〔2014〕22号",
            approving_region_code="440000",
            reg_region_code="440100",
            jurisdiction="省外",
            legal_name="广东样本岭表商品交易中心有限公司",
        ),
    ]
    parents = [(rows[0], "MEMBER"), (rows[1], "AGENT"), (rows[2], "MEMBER"), (rows[3], "BRANCH")]
    relatives = [relative(cast, kind, parent, "CONFIRMED", "2017-03-06") for parent, kind in parents]
    # Both provinces agreed to this member (rule D21).
    relatives[2] |= {
        "approving_body": body,
        "approval_doc_no": "示例闽政文〔2015〕77号",
        "approval_date": "2015-06-01",
        "approving_region_code": "350000",
        "member_approval_doc_no": "示例闽政函〔2015〕78号",
        "member_approval_date": "2015-06-08",
    }
    abroad = relative(cast, "BRANCH", rows[-1], "CONFIRMED", "2017-03-06")
    abroad["is_out_of_province_unit"] = "是"
    # The parent of this one stands on another list, and is named by its code.
    across = relative(cast, "MEMBER", violating.rows[violating.id(1)], "CONFIRMED", "2017-03-06")
    del across["parent_external_id"]
    across["parent_uscc"] = violating.rows[violating.id(1)]["uscc"]
    the_list.issue("2017-03-06", [*rows, *[the_list.add(row) for row in (*relatives, abroad, across)]])
    the_list.issue(
        "2018-06-20",
        [
            approved(approved_on="2018-06-08"),
            the_list.event(15, "UPDATE", effective_from="2018-06-15", authorisation="REVOKED", remark="批准已撤销"),
            the_list.event(16, "UPDATE", effective_from="2018-06-11", products="版权；专利", remark="新增品种已报同意"),
        ],
    )
    return the_list
