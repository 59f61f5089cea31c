"""What is written once for a turn is byte for byte what each answer would be by itself."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from asking import asked

from app.identifiers import Scheme, parse
from app.policy.vocabulary import CounterpartyKind, Service
from app.screening import service as screening
from app.screening.quiet_turn import QuietTurn
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


def test_answers_of_a_turn_are_those_of_each_by_itself(
    screening_service: ScreeningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = _questions()
    context = screening_service._context(screening_service.snapshots.current)
    monkeypatch.setattr(ScreeningService, "_context", lambda _self, _current: context)
    same = [f"00000000-0000-4000-8000-{at:012}" for at in range(len(questions))]
    ids = iter(["", *same, *same])
    monkeypatch.setattr(screening, "uuid", SimpleNamespace(uuid4=lambda: next(ids)))
    screening_service.decide_now(questions[:1])
    alone = [one for question in questions for one in screening_service.decide_now([question])]
    used = []
    decided = QuietTurn.decided

    def counted(turn: QuietTurn, *arguments: Any) -> Any:
        found = decided(turn, *arguments)
        used.append(found is not None)
        return found

    monkeypatch.setattr(QuietTurn, "decided", counted)
    together = screening_service.decide_now(questions)
    assert [_told(one) for one in together] == [_told(one) for one in alone]
    assert used.count(True) > len(questions) / 4
    assert used.count(False) > len(questions) / 8
