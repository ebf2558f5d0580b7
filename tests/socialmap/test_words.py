"""Dutch words become the same tokens, however they are written."""

import pytest

from socialmap import numbers, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("schulden", "schuld"),
        ("daklozen", "dakloosheid"),
        ("O.C.M.W.", "ocmw"),
        ("o c m w", "OCMW"),
        ("Geïntegreerd", "geintegreerd"),
        ("woningen", "woning"),
        ("brieven", "brief"),
    ],
)
def test_spellings_meet_in_one_token(one, other):
    assert words.tokens(one) & words.tokens(other)


@pytest.mark.parametrize(
    ("compound", "part"),
    [
        ("schuldbemiddeling", "schulden"),
        ("huurachterstand", "huur"),
        ("voedselhulp", "voedsel"),
        ("opvoedingsondersteuning", "opvoeding"),
        ("jongerenonthaal", "jongeren"),
    ],
)
def test_a_compound_is_found_by_its_part(compound, part):
    assert words.stem(part) in words.tokens(compound)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("voedselbank", "noodpakket"),
        ("mijn huur niet betaald", "huurachterstand"),
        ("psycholoog", "centrum geestelijke gezondheidszorg"),
        ("sociaal huis", "ocmw"),
        ("mutualiteit", "dienst maatschappelijk werk"),
    ],
)
def test_synonyms_share_a_token(typed, meant):
    assert words.groups_in(words.tokens(typed)).keys() & words.groups_in(words.tokens(meant)).keys()


def test_fillers_leave_nothing():
    assert words.tokens("ik wil graag de het een") == set()


@pytest.mark.parametrize(
    "text", ["", "  ", "!!!", "\u0000", "漢字", "a" * 50_000, "<script>alert(1)</script>"]
)
def test_odd_text_is_no_error(text):
    words.tokens(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [("0566.988.259", "0566988259"), ("BE 0566 988 259", "0566988259"), ("1010784540", "1010784540")],
)
def test_a_valid_enterprise_number_is_taken_in_any_spelling(text, digits):
    assert numbers.kbo(text) == digits


@pytest.mark.parametrize("text", ["0566988258", "2199299410", "123", "", "abc", "05669882590"])
def test_an_invalid_enterprise_number_is_refused(text):
    with pytest.raises(ValueError, match="enterprise number"):
        numbers.kbo(text)


def test_an_establishment_number_starts_with_two_to_eight():
    assert numbers.establishment("2.199.299.410") == "2199299410"
    with pytest.raises(ValueError, match="establishment"):
        numbers.establishment("0566988259")
