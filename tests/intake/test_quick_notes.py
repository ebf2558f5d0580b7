"""One line of a worker is read into contact, result and date, as it was meant."""

from datetime import date

import pytest

from intake.quick_notes import read

TODAY = date(2026, 11, 24)  # a Tuesday

# text -> channel, result, follow-up day
SENTENCES = [
    ("gebeld, niet bereikt, vrijdag terug", "phone", "not_reached", date(2026, 11, 27)),
    ("Gebeld, geen gehoor", "phone", "not_reached", None),
    ("gebeld, ingesproken op voicemail, morgen opnieuw", "phone", "left_message", date(2026, 11, 25)),
    ("tel. geen antwoord, vr terugbellen", "phone", "not_reached", date(2026, 11, 27)),
    ("belde terug, afspraak gemaakt voor 3/12", "phone", "reached", date(2026, 12, 3)),
    ("telefoongesprek, alles besproken", "phone", "reached", None),
    ("opgebeld, nam niet op, overmorgen nog eens", "phone", "not_reached", date(2026, 11, 26)),
    ("gebeld: hing op", "phone", "refused", None),
    ("gebeld, wil geen hulp", "phone", "refused", None),
    (
        "gebeld met mevrouw, gesproken over de factuur, volgende week opvolgen",
        "phone",
        "reached",
        date(2026, 11, 30),
    ),
    (
        "huisbezoek, niet thuis, briefje achtergelaten, maandag terug",
        "letter",
        "left_message",
        date(2026, 11, 30),
    ),
    ("huisbezoek, niemand thuis", "home_visit", "not_reached", None),
    ("hb: goed gesprek, binnen 2 weken terug", "home_visit", "reached", date(2026, 12, 8)),
    ("aangebeld, deed niet open", "home_visit", "not_reached", None),
    ("huisbezoek, wel thuis, gesproken over de huur", "home_visit", "reached", None),
    ("aan de deur geweest, geen gehoor, donderdag opnieuw", "home_visit", "not_reached", date(2026, 11, 26)),
    ("thuis langs geweest, gesproken met dochter", "home_visit", "reached", None),
    ("sms gestuurd, wacht op antwoord, vrijdag nakijken", "sms", "left_message", date(2026, 11, 27)),
    ("ge-smst", "sms", "left_message", None),
    ("whatsapp gestuurd", "sms", "left_message", None),
    ("mail gestuurd naar mevrouw, over 3 dagen herinneren", "mail", "left_message", date(2026, 11, 27)),
    ("gemaild", "mail", "left_message", None),
    ("e-mail met formulier, opvolgen op 15/12/2026", "mail", "left_message", date(2026, 12, 15)),
    ("brief gestuurd, over twee weken nakijken", "letter", "left_message", date(2026, 12, 8)),
    ("aangetekend verstuurd", "letter", "left_message", None),
    ("kwam langs aan het loket, gesproken", "desk", "reached", None),
    ("langsgekomen op kantoor met factuur", "desk", "reached", None),
    ("zitdag: gesproken met meneer, 10 december terug", "desk", "reached", date(2026, 12, 10)),
    ("niet komen opdagen op kantoor, maandag bellen", "phone", "not_reached", date(2026, 11, 30)),
    ("via buurtwerker bereikt op de vindplaats", "outreach", "reached", None),
    ("voedselbank: gesproken", "outreach", "reached", None),
    ("beeldbellen, alles besproken", "video", "reached", None),
    ("gebeld, bezet, straks opnieuw", "phone", "not_reached", None),
    ("gebeld, bereikt, huisbezoek do", "home_visit", "reached", date(2026, 11, 26)),
    ("geen gehoor", None, "not_reached", None),
    ("niet thuis", "home_visit", "not_reached", None),
    ("weigert elk contact", None, "refused", None),
    ("factuur ontvangen, in de map gelegd", None, None, None),
    ("wacht op attest, volgende week vragen", None, None, date(2026, 11, 30)),
    ("attest vragen aan mutualiteit, woensdag", None, None, date(2026, 11, 25)),
    ("vorige vrijdag kwam de factuur", None, None, None),
    ("dossier nakijken over een maand", None, None, date(2026, 12, 24)),
    ("gebeld, nb, 27/11", "phone", "not_reached", date(2026, 11, 27)),
    ("gebeld om 10.15 uur, niet bereikt", "phone", "not_reached", None),
    ("opvolgen op 5 jan", None, None, date(2027, 1, 5)),
    ("gebeld, boodschap gelaten bij dochter", "phone", "left_message", None),
    ("Gebeld. Niet bereikt. Dinsdag terug.", "phone", "not_reached", date(2026, 12, 1)),
    ("gebeld, niet opgenomen, volgende week dinsdag opnieuw", "phone", "not_reached", date(2026, 12, 1)),
    ("mevrouw belde, afspraak gemaakt op vrijdag 4 december", "phone", "reached", date(2026, 12, 4)),
    ("getelefoneerd, gesproken met zoon, binnen een week terug", "phone", "reached", date(2026, 12, 1)),
]


def test_nine_of_ten_lines_are_read_as_meant() -> None:
    wrong = []
    for text, channel, result, day in SENTENCES:
        note = read(text, today=TODAY)
        if (note.channel, note.result, note.follow_up_on) != (channel, result, day):
            wrong.append((text, note))
    assert len(SENTENCES) >= 50
    assert len(wrong) <= len(SENTENCES) // 10, wrong


@pytest.mark.parametrize("text", ["", "   ", "32/13/2026", "99 jan", "\u202egebeld", "x" * 5000])
def test_odd_lines_are_plain_notes(text: str) -> None:
    assert read(text, today=TODAY).follow_up_on is None


def test_the_text_is_kept_whole() -> None:
    assert read("  gebeld, niet bereikt  ", today=TODAY).text == "gebeld, niet bereikt"
