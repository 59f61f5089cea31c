"""Codes of an organisation: USCC, organisation code, registration number, LEI (docs/law.md 9)."""

import random

import pytest
from stdnum.cn import uscc as standard

from app.identifiers import Identifier, IdentifierError, Scheme, comparable, parse, uscc_warning

PILOT = ["91350203M0001QAY9B", "91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"]
SYNTHETIC = ["Y1350100DEM000014U", "Y1350200DEM000022U", "Y1350128DEM0000304", "Y1350500DEM0000493"]


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110108551385082Q", *SYNTHETIC])
def test_a_uscc_with_the_right_check_character_is_clean(code: str) -> None:
    identifier = parse(Scheme.USCC, code)
    assert identifier == Identifier(Scheme.USCC, code, checksum_ok=True)
    assert uscc_warning(identifier) is None


@pytest.mark.parametrize("code", PILOT)
def test_a_code_of_the_fujian_pilot_fails_its_own_check_and_passes_that_of_the_organisation_code(code: str) -> None:
    identifier = parse(Scheme.USCC, code)
    assert identifier.checksum_ok is False
    warning = uscc_warning(identifier)
    assert warning is not None
    assert warning.code == "USCC_CHECKSUM_LEGACY_M0"
    assert comparable(identifier) == (identifier, Identifier(Scheme.ORG, code[8:17], checksum_ok=True))


@pytest.mark.parametrize("code", ["91110108551385082R", "91350100M000100A43"])
def test_a_wrong_check_character_is_a_warning_and_the_code_is_kept(code: str) -> None:
    identifier = parse(Scheme.USCC, code)
    assert (identifier.value, identifier.checksum_ok) == (code, False)
    warning = uscc_warning(identifier)
    assert warning is not None
    assert warning.code == "USCC_CHECKSUM"


def test_the_check_character_is_that_of_the_standard() -> None:
    draw = random.Random(32100)
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for _ in range(500):
        code = "91350100" + "".join(draw.choices(letters, k=9))
        right = standard.calc_check_digit(code)
        wrong = draw.choice(letters.replace(right, ""))
        assert parse(Scheme.USCC, code + right).checksum_ok
        assert not parse(Scheme.USCC, code + wrong).checksum_ok


def test_only_codes_of_fujian_are_excused_as_pilot() -> None:
    elsewhere = parse(Scheme.USCC, "91310203M0001QAY9B")
    warning = uscc_warning(elsewhere)
    assert warning is not None
    assert warning.code == "USCC_CHECKSUM"


@pytest.mark.parametrize(
    "written",
    [
        " y1350100dem000014u ",
        "Y1 350100 DEM000014 U",
        "Y1350100-DEM00001-4-U",
        "Ｙ１３５０１００ＤＥＭ００００１４Ｕ",
        "Y1350100\u200bDEM000014U\ufeff",
        "'Y1350100DEM000014U",
        "Y1350100—DEM000014U",
    ],
)
def test_ways_of_writing_do_not_change_a_code(written: str) -> None:
    assert parse(Scheme.USCC, written).value == "Y1350100DEM000014U"


def test_a_slip_of_hand_is_suggested_and_not_applied() -> None:
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.USCC, "Y1350100DEMOO0014U")
    assert error.value.suggestion == "Y1350100DEM000014U"
    assert "18位" in error.value.text_zh
    assert error.value.family == "invalid"


def test_no_suggestion_is_made_that_would_not_pass_its_own_check() -> None:
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.USCC, "Y1350100DEMOO0015U")
    assert error.value.suggestion is None


@pytest.mark.parametrize(
    ("scheme", "raw"),
    [
        (Scheme.USCC, "Y1350100DEM000014"),
        (Scheme.USCC, "Y1350100DEM000014UU"),
        (Scheme.USCC, "Y13501A0DEM000014U"),
        (Scheme.USCC, "9.135E+17"),
        (Scheme.USCC, ""),
        (Scheme.USCC, "无"),
        (Scheme.ORG, "DEM00001"),
        (Scheme.ORG, "DEM00001A"),
        (Scheme.REG15, "11010800000001"),
        (Scheme.REG15, "11010800000001X"),
        (Scheme.LEI, "5493001KJTIIGC8Y1R1"),
        (Scheme.LEI, "5493001KJTIIGC8Y1RXX"),
    ],
)
def test_a_wrong_format_is_an_error(scheme: Scheme, raw: str) -> None:
    with pytest.raises(IdentifierError) as error:
        parse(scheme, raw)
    assert error.value.scheme is scheme
    assert error.value.text_zh
    assert error.value.text_en


@pytest.mark.parametrize(
    ("scheme", "length"),
    [(Scheme.USCC, 18), (Scheme.ORG, 9), (Scheme.REG15, 15), (Scheme.ACCOUNT, 16), (Scheme.MERCHANT, 15)],
)
def test_a_placeholder_never_joins_two_parties_although_its_check_digit_may_be_right(
    scheme: Scheme, length: int
) -> None:
    with pytest.raises(IdentifierError):
        parse(scheme, "0" * length)


def test_a_placeholder_inside_a_uscc_is_no_organisation_code() -> None:
    identifier = parse(Scheme.USCC, "91350100000000000A")
    assert comparable(identifier) == (identifier,)


@pytest.mark.parametrize("raw", ["551385082", "55138508-2", "55138508－2"])
def test_an_organisation_code_is_read_with_and_without_hyphen(raw: str) -> None:
    assert parse(Scheme.ORG, raw) == Identifier(Scheme.ORG, "551385082", checksum_ok=True)


def test_check_characters_ten_and_eleven_of_an_organisation_code_are_x_and_zero() -> None:
    assert parse(Scheme.ORG, "M0001TGQX").checksum_ok
    assert parse(Scheme.ORG, "DEM000030").checksum_ok
    assert parse(Scheme.ORG, "551385083").checksum_ok is False


def test_an_organisation_code_joins_the_uscc_that_contains_it() -> None:
    code = parse(Scheme.USCC, "91110108551385082Q")
    assert parse(Scheme.ORG, "55138508-2") in comparable(code)


def test_registration_number_of_fifteen_digits() -> None:
    assert parse(Scheme.REG15, "110108000000016") == Identifier(Scheme.REG15, "110108000000016", checksum_ok=True)
    assert parse(Scheme.REG15, "110108000000017").checksum_ok is False
    with pytest.raises(IdentifierError) as error:
        parse(Scheme.REG15, "II0108000000016")
    assert error.value.suggestion == "110108000000016"


def test_lei() -> None:
    assert parse(Scheme.LEI, "5493001KJTIIGC8Y1R12") == Identifier(Scheme.LEI, "5493001KJTIIGC8Y1R12", checksum_ok=True)
    assert parse(Scheme.LEI, "5493001KJTIIGC8Y1R13").checksum_ok is False
