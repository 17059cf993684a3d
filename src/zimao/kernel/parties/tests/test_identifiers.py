"""Identifiers: each scheme's good and bad values, and the code that says what is wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric
from stdnum.iso7064 import mod_97_10

from zimao.kernel.errors import Refused
from zimao.kernel.parties import identifiers
from zimao.kernel.parties.identifiers import check

GOOD = [
    ("uscc", "91110000600037341L", "91110000600037341L"),
    ("uscc", "9111 0000 6000-37341l", "91110000600037341L"),
    ("uscc", "９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
    ("resident_id", "360426199101010071", "360426199101010071"),
    ("resident_id", "35010219900307001" + ric.calc_check_digit("350102199003070010"), "350102199003070012"),
    ("resident_id", "35010219600101001" + ric.calc_check_digit("350102196001010010"), "350102196001010012"),  # born before the district
    ("passport", "e12345678", "E12345678"),
    ("imo", "IMO 9319466", "9319466"),
    ("imo", "8814275", "8814275"),
    ("container", "csqu 305438 3", "CSQU3054383"),
    ("iban", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"),
    ("mmsi", "413 123 456", "413123456"),
    ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
]
BAD = [
    ("uscc", "9111000060003734", "uscc.length"),
    ("uscc", "", "uscc.length"),
    ("uscc", "91110000600037341I", "uscc.characters"),
    ("uscc", "A1110000600037341L", "uscc.characters"),
    ("uscc", "91110000600037342L", "uscc.check_digit"),
    ("resident_id", "36042619910101007", "resident_id.length"),
    ("resident_id", "36042619910101007A", "resident_id.characters"),
    ("resident_id", "360426199101010072", "resident_id.check_digit"),
    ("resident_id", "36042619910230007" + ric.calc_check_digit("360426199102300070"), "resident_id.birth_date"),
    ("resident_id", "99042619910101007" + ric.calc_check_digit("990426199101010070"), "resident_id.area"),
    ("resident_id", "46042619910101007" + ric.calc_check_digit("460426199101010070"), "resident_id.area"),
    ("passport", "E1", "passport.length"),
    ("passport", "E1234_67", "passport.characters"),
    ("imo", "931946", "imo.length"),
    ("imo", "931946A", "imo.characters"),
    ("imo", "9319467", "imo.check_digit"),
    ("container", "CSQU305438", "container.length"),
    ("container", "CSQX3054383", "container.characters"),
    ("container", "C_QU3054383", "container.characters"),
    ("container", "CSQU3054384", "container.check_digit"),
    ("iban", "GB82WEST123456", "iban.length"),
    ("iban", "GB82 WEST 1234 5698 7654 33", "iban.check_digit"),
    ("iban", "8282WEST12345698765432", "iban.characters"),
    ("mmsi", "41312345", "mmsi.length"),
    ("mmsi", "41312345A", "mmsi.characters"),
    ("mmsi", "999123456", "mmsi.mid"),
    ("lei", "213800KUD8LAJWSQ9D1", "lei.length"),
    ("lei", "213800KUD8LXJWSQ9D15", "lei.check_digit"),
    ("lei", "213800KUD8LAJWSQ9DXX", "lei.characters"),
    ("tax", "1", "identifier.scheme"),
]


@pytest.mark.parametrize(("scheme", "given_", "kept"), GOOD)
def test_good_identifier_is_normalised(scheme, given_, kept):
    assert check(scheme, given_, "number") == kept


@pytest.mark.parametrize(("scheme", "given_", "code"), BAD)
def test_bad_identifier_says_what_is_wrong(scheme, given_, code):
    with pytest.raises(Refused) as refused:
        check(scheme, given_, "owner.number")
    assert (refused.value.code, refused.value.field) == (code, "owner.number")
    assert refused.value.sentence.zh != refused.value.sentence.en


def test_iban_of_a_country_without_iban():
    number = "CN" + mod_97_10.calc_check_digits("12345678901CN") + "12345678901"
    with pytest.raises(Refused) as refused:
        check("iban", number, "account")
    assert refused.value.code == "iban.country"


@pytest.mark.parametrize(
    ("value", "mids", "good"),
    [("413123456", {"412", "413", "414"}, True), ("440123456", {"412", "413", "414"}, False), ("440123456", (), True)],
)
def test_mmsi_takes_the_countries_as_a_parameter(value, mids, good):
    if good:
        assert identifiers.mmsi(value, mids=mids) == value
    else:
        with pytest.raises(Refused, match=r"mmsi\.mid"):
            identifiers.mmsi(value, mids=mids)


def test_birth_date_in_the_future():
    assert identifiers.resident_id("360426199101010071", on=date(1991, 1, 1)) == "360426199101010071"
    with pytest.raises(Refused, match=r"resident_id\.birth_date"):
        identifiers.resident_id("360426199101010071", on=date(1990, 12, 31))


def test_every_scheme_has_words_and_a_check():
    for scheme in identifiers.SCHEMES:
        with pytest.raises(Refused):
            check(scheme, "?", "f")


@given(st.sampled_from(sorted(identifiers.SCHEMES)), st.text(max_size=40))
def test_any_text_is_kept_or_refused_and_never_an_error(scheme, text):
    try:
        kept = check(scheme, text, "f")
    except Refused as refused:
        kept, code = "", refused.code
    else:
        code = f"{scheme}.good"
    assert code.startswith(f"{scheme}.")
    assert not kept or check(scheme, kept, "f") == kept


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_changed_digit_of_a_resident_id_is_refused(place, step):
    good = "360426199101010071"
    changed = good[:place] + str((int(good[place]) + step) % 10) + good[place + 1 :]
    with pytest.raises(Refused):
        check("resident_id", changed, "f")


@given(st.sampled_from([2, 3, 4, 5, 6, 7, 9, 11, 12, 14, 15]), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_changed_character_of_a_credit_code_is_refused(place, new):
    good = "91110000600037341L"
    if good[place] == new:
        return
    with pytest.raises(Refused):
        check("uscc", good[:place] + new + good[place + 1 :], "f")
