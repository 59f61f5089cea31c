"""The course of an entity says on every date what a decision on that date says."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.policy.course import course
from app.policy.evaluate import EvaluationContext, evaluate_match
from app.policy.model import MatchedEntity, ServiceQuestion
from app.policy.parameters import Parameters
from app.policy.tables import CURRENT
from app.policy.vocabulary import Outcome, Service
from app.watchlists.history.projection import fold, link
from app.watchlists.history.version import VersionRows

ADD = {
    "external_id": "FJ-1",
    "action": "ADD",
    "category": "VIOLATING",
    "entity_kind": "VENUE",
    "legal_name": "福建示例交易中心有限公司",
    "reg_region_code": "350100",
    "jurisdiction": "350100",
    "determined_on": "2017-03-15",
    "effective_from": "2017-03-20",
}
MEMBER = ADD | {
    "external_id": "FJ-2",
    "category": "RELATED",
    "entity_kind": "MEMBER",
    "legal_name": "福建样本会员有限公司",
    "parent_external_id": "FJ-1",
    "relation_type": "MEMBER_OF",
    "relation_status": "CONFIRMED",
    "effective_from": "2017-04-10",
}
CLEAR = {
    "external_id": "FJ-1",
    "action": "CLEAR",
    "category": "VIOLATING",
    "legal_name": ADD["legal_name"],
    "opinion_date": "2017-06-20",
    "opinion_issuer": "福建省清理整顿各类交易场所工作领导小组办公室",
    "opinion_doc_no": "示例〔2017〕9号",
}
CASES = {
    "venue": [[ADD]],
    "deadline": [[ADD | {"rectify_deadline": "2017-05-31"}]],
    "cleared": [[ADD], [CLEAR]],
    "member": [[ADD, MEMBER]],
    "member of a cleared venue": [[ADD, MEMBER], [CLEAR]],
    "weipan": [[ADD | {"category": "WEIPAN", "entity_kind": "WEIPAN_PLATFORM"}]],
}


@pytest.mark.parametrize("service", [Service.FUND_SETTLEMENT, Service.INVESTOR_PAYOUT, Service.ACCOUNT_OPEN])
@pytest.mark.parametrize("versions", CASES.values(), ids=list(CASES))
def test_every_day_has_the_outcome_of_its_stretch(versions: list[list[dict[str, str]]], service: Service) -> None:
    known = datetime(2017, 3, 20, 1, tzinfo=UTC)
    lineage = [
        VersionRows(number, known + timedelta(days=100 * number), False, "DELTA", tuple(rows))
        for number, rows in enumerate(versions, start=1)
    ]
    dossiers = link(fold("fj", "350000", lineage))
    parameters = Parameters()
    for dossier in dossiers.values():
        question = ServiceQuestion(service, date(2017, 7, 3))
        stretches = course(dossier, question, dossiers, parameters, CURRENT)
        assert stretches[0].first is None
        assert len(stretches) > 1
        day = date(2016, 12, 1)
        while day < date(2018, 6, 1):
            context = EvaluationContext(ServiceQuestion(service, day), dossiers, parameters, CURRENT)
            decided = [
                one.outcome
                for one in evaluate_match(context, MatchedEntity(dossier, "CONFIRMED", 100))
                if one.is_listed and not one.is_ignored
            ]
            expected = max(decided, key=lambda one: one.severity, default=Outcome.PASS)
            stretch = [one for one in stretches if one.first is None or one.first <= day][-1]
            assert stretch.outcome == expected, day
            day += timedelta(days=1)
