"""What equal and different identifiers say, and what holds for every scheme."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifiers import (
    CONFIRMING,
    ONE_PER_ORGANISATION,
    SUPPORTING,
    Identifier,
    IdentifierError,
    Scheme,
    comparable,
    conflicts,
    parse,
)


def _uscc(code: str) -> Identifier:
    return parse(Scheme.USCC, code)


def _read(scheme: Scheme, raw: str) -> Identifier | IdentifierError:
    try:
        return parse(scheme, raw)
    except IdentifierError as error:
        return error


def test_every_scheme_either_confirms_or_supports() -> None:
    assert set(Scheme) == CONFIRMING | SUPPORTING
    assert not CONFIRMING & SUPPORTING
    assert {Scheme.PHONE, Scheme.MERCHANT, Scheme.TERMINAL, Scheme.ICP, Scheme.APP_STORE} == SUPPORTING
    assert ONE_PER_ORGANISATION <= CONFIRMING


def test_two_valid_codes_of_different_organisations_conflict() -> None:
    assert conflicts(_uscc("Y1350100DEM000014U"), _uscc("Y1350200DEM000022U"))


def test_a_code_conflicts_with_the_organisation_code_of_another() -> None:
    code, other = _uscc("91110108551385082Q"), parse(Scheme.ORG, "DEM000014")
    assert conflicts(code, other)
    assert conflicts(other, code)
    assert not conflicts(code, parse(Scheme.ORG, "551385082"))


def test_a_moved_organisation_does_not_conflict_with_itself() -> None:
    here = _uscc("91350203M0001QAY9B")
    moved = next(
        code for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if (code := _uscc("91350211M0001QAY9" + last)).checksum_ok
    )
    assert not conflicts(here, moved)


def test_a_pilot_code_is_valid_enough_to_conflict() -> None:
    assert conflicts(_uscc("91350203M0001QAY9B"), _uscc("91350211M0000XUF46"))


def test_a_code_is_compared_as_it_is_written_even_where_its_check_digit_is_wrong() -> None:
    assert conflicts(_uscc("91110108551385083Q"), _uscc("91110108551385082Q"))


def test_schemes_of_which_one_may_have_many_never_conflict() -> None:
    assert not conflicts(parse(Scheme.DOMAIN, "a.example"), parse(Scheme.DOMAIN, "b.example"))
    assert not conflicts(parse(Scheme.ACCOUNT, "6222001234567890"), parse(Scheme.ACCOUNT, "6222001234567891"))


def test_different_schemes_say_nothing_about_each_other() -> None:
    assert not conflicts(_uscc("91110108551385082Q"), parse(Scheme.REG15, "110108000000016"))


@pytest.mark.parametrize("scheme", list(Scheme))
@given(raw=st.text(max_size=60) | st.from_regex(r"[0-9A-Za-z_.\-*]{1,34}", fullmatch=True))
def test_a_text_is_refused_with_a_reason_or_has_a_normal_form_that_stays_itself(scheme: Scheme, raw: str) -> None:
    identifier = _read(scheme, raw)
    if isinstance(identifier, Identifier):
        assert parse(scheme, identifier.value) == identifier
        assert not conflicts(identifier, identifier)
        assert len(set(comparable(identifier))) == len(comparable(identifier))
    else:
        assert identifier.text_zh
        assert identifier.text_en
        suggestion = identifier.suggestion
        assert suggestion is None or parse(scheme, suggestion).value == suggestion


@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize(
    "hostile", ["\u0301" * 10_000, "\ud800" * 50, "9" * 20_000, "a." * 5_000, "http://" + "。" * 999]
)
def test_hostile_texts_are_refused(scheme: Scheme, hostile: str) -> None:
    with pytest.raises(IdentifierError):
        parse(scheme, hostile)
