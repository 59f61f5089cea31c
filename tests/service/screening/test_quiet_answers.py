"""What is written once for a state of the lists is byte for byte what each answer would be by itself."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from asking import asked

from app.identifiers import Scheme, parse
from app.policy.vocabulary import CounterpartyKind, Service
from app.screening import service as screening
from app.screening.quiet_answers import QuietAnswers
from app.screening.request import Counterparty, ScreeningInput
from app.screening.service import ScreeningService

_QUIET = [
    Counterparty(name="福州样本贸易有限公司"),
    Counterparty(name="某某粮油商行", kind=CounterpartyKind.ORGANISATION),
    Counterparty(name="王样本", kind=CounterpartyKind.PERSON),
    Counterparty(name="某某文化传播有限公司", products=("茶叶",), remark="货款"),
    Counterparty(name="某某微盘软件有限公司"),
    Counterparty(name="样本股权交易所有限公司"),
    Counterparty(name="某某建材有限公司", identifiers=(parse(Scheme.PHONE, "059100000000"),)),
]
_REFERENCES = [None, "", 'r"1\\', "参考\u2028号", "core-20170703-000123"]


def _questions() -> list[ScreeningInput]:
    return [
        replace(asked(), counterparty=party, reference=reference, service=service, service_date=day)
        for party in _QUIET
        for reference in _REFERENCES
        for service in (Service.FUND_SETTLEMENT, Service.ACCOUNT_OPEN)
        for day in (date(2017, 7, 3), date(2017, 6, 1))
    ]


def _told(sealed: Any) -> Any:
    return sealed.text, sealed.request, sealed.answer, list(sealed.answer)


def test_shared_answers_are_those_of_each_by_itself(
    screening_service: ScreeningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = _questions()
    context = screening_service._context(screening_service.snapshots.current)
    moments = [context.screened_at, context.screened_at.replace(microsecond=0), context.screened_at.replace(year=2031)]
    used = []
    decided = QuietAnswers.decided

    def counted(answers: QuietAnswers, *arguments: Any) -> Any:
        found = decided(answers, *arguments)
        used.append(found is not None)
        return found

    monkeypatch.setattr(QuietAnswers, "decided", counted)
    for moment in moments:
        then = replace(context, screened_at=moment)
        monkeypatch.setattr(ScreeningService, "_context", lambda _self, _current, then=then: then)
        same = [f"00000000-0000-4000-8000-{at:012}" for at in range(len(questions))]
        ids = iter([*same, *same])
        monkeypatch.setattr(screening, "uuid", SimpleNamespace(uuid4=lambda ids=ids: next(ids)))
        alone = [screening_service.decide(question) for question in questions]
        together = screening_service.decide_now(questions)
        assert [_told(one) for one in together] == [_told(one) for one in alone]
    assert used.count(True) > len(questions) / 2
    assert used.count(False) > len(questions) / 4
