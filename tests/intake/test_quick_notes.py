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
        "home_visit",
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
    ("niet komen opdagen op kantoor, maandag bellen", "desk", "not_reached", date(2026, 11, 30)),
    ("via buurtwerker bereikt op de vindplaats", "outreach", "reached", None),
    ("voedselbank: gesproken", "outreach", "reached", None),
    ("beeldbellen, alles besproken", "video", "reached", None),
    ("gebeld, bezet, straks opnieuw", "phone", "not_reached", None),
    ("gebeld, bereikt, huisbezoek do", "phone", "reached", date(2026, 11, 26)),
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
    ("mail gestuurd, antwoord afwachten tot 3 dec", "mail", "left_message", date(2026, 12, 3)),
    (
        "langs geweest, was niet thuis, volgende week dinsdag opnieuw",
        "home_visit",
        "not_reached",
        date(2026, 12, 1),
    ),
    ("gebeld niet bereikt vrijdag terug", "phone", "not_reached", date(2026, 11, 27)),
    ("GEBELD - NIET BEREIKT - VRIJDAG TERUG", "phone", "not_reached", date(2026, 11, 27)),
    ("3x gebeld, telkens bezet, do opnieuw", "phone", "not_reached", date(2026, 11, 26)),
    ("vrijdag gebeld, niet bereikt", "phone", "not_reached", None),
    ("gebeld, meteen voicemail, morgen nog eens", "phone", "not_reached", date(2026, 11, 25)),
    ("niet kunnen bereiken per telefoon, na het weekend opnieuw", "phone", "not_reached", date(2026, 11, 30)),
    (
        "kaartje in de bus gestoken bij huisbezoek, eind volgende week terug",
        "home_visit",
        "left_message",
        date(2026, 12, 4),
    ),
    ("brief verstuurd, antwoord tegen 15 december", "letter", "left_message", date(2026, 12, 15)),
    ("heeft teruggebeld, komt donderdag langs", "phone", "reached", date(2026, 11, 26)),
    ("kwam niet opdagen op de zitdag, eind van de week bellen", "desk", "not_reached", date(2026, 11, 27)),
    ("gezien op straat, gaat goed, volgende maand nog eens", "outreach", "reached", date(2026, 12, 1)),
    ("wil geen huisbezoek", "home_visit", "refused", None),
    ("attest binnen de week opvragen", None, None, date(2026, 12, 1)),
    ("attest nakijken de 15de", None, None, date(2026, 12, 15)),
    ("goede morgen gewenst aan het loket, gesproken", "desk", "reached", None),
    ("2/3 van de huur betaald", None, None, None),
    ("tevergeefs gebeld, over 3 d opnieuw", "phone", "not_reached", date(2026, 11, 27)),
    ("gebeld, wordt vrijdag teruggebeld", "phone", None, date(2026, 11, 27)),
    ("tel gehad met zoon, komt morgen naar het loket", "phone", "reached", date(2026, 11, 25)),
    ("mevrouw langs geweest aan loket", "desk", "reached", None),
    ("hb 14u: deur bleef dicht, ma 30/11 opnieuw", "home_visit", "not_reached", date(2026, 11, 30)),
    # French
    ("appelé, pas de réponse, rappeler vendredi", "phone", "not_reached", date(2026, 11, 27)),
    ("téléphoné, laissé un message sur la boîte vocale, demain", "phone", "left_message", date(2026, 11, 25)),
    ("mail envoyé, attendre la réponse jusqu'au 3 déc", "mail", "left_message", date(2026, 12, 3)),
    ("visite à domicile, absente, mardi prochain", "home_visit", "not_reached", date(2026, 12, 1)),
    ("parlé avec monsieur au guichet, revoir dans deux semaines", "desk", "reached", date(2026, 12, 8)),
    ("appelé, refuse toute aide", "phone", "refused", None),
    ("courrier envoyé, à suivre la semaine prochaine", "letter", "left_message", date(2026, 11, 30)),
    ("sms envoyé à madame, après-demain", "sms", "left_message", date(2026, 11, 26)),
    # English
    ("called, no answer, try again friday", "phone", "not_reached", date(2026, 11, 27)),
    ("called, left a message, call back tomorrow", "phone", "left_message", date(2026, 11, 25)),
    ("emailed, waiting for a reply until 3 dec", "mail", "left_message", date(2026, 12, 3)),
    ("home visit, not in, next week tuesday again", "home_visit", "not_reached", date(2026, 12, 1)),
    ("spoke with her on the phone, nothing to do", "phone", "reached", None),
    ("sent a letter, check in two weeks", "letter", "left_message", date(2026, 12, 8)),
    ("came by at the desk, talked about the rent", "desk", "reached", None),
    # German
    ("angerufen, nicht erreicht, Freitag wieder", "phone", "not_reached", date(2026, 11, 27)),
    ("Hausbesuch, niemand zu Hause, in zwei Wochen", "home_visit", "not_reached", date(2026, 12, 8)),
    ("mit Frau Maes am Schalter gesprochen, am 3. Dezember wieder", "desk", "reached", date(2026, 12, 3)),
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


@pytest.mark.parametrize(
    ("text", "result", "day"),
    [
        ("parlé avec une personne au téléphone", "reached", None),
        ("appelé madame, c'est une personne âgée, rendez-vous fixé", "reached", None),
        ("appelé, la personne ne comprend pas, parlé avec son fils", "reached", None),
        ("sonné à la porte, personne, revenir vendredi", "not_reached", date(2026, 11, 27)),
        ("appelé, personne ne répond", "not_reached", None),
        ("He is out of work, called and spoke with him", "reached", None),
        ("called, he will go away next week", None, date(2026, 11, 30)),
        ("called, she is out, try again friday", "not_reached", date(2026, 11, 27)),
        ("gebeld, jan 3 keer niet thuis", "not_reached", None),
        ("gesproken met mevrouw, zoon mei 12 geworden", "reached", None),
        ("called, no answer, try again dec 3", "not_reached", date(2026, 12, 3)),
        ("niet bereikt, gebeld op 20/11", "not_reached", None),
        ("gebeld op 20/11, niet bereikt, opvolgen op 3/12", "not_reached", date(2026, 12, 3)),
        ("gesproken met meneer, geboren op 3 mei 1980", "reached", None),
        ("gesproken met meneer, geboren op 3 mei", "reached", None),
        ("gesproken, opvolgen op 3 mei 2027", "reached", date(2027, 5, 3)),
        ("5 jan gebeld, niet bereikt", "not_reached", None),
        ("gesproken, ze was zo blij met haar huis", "reached", None),
        ("gesproken, zo 29/11 komt haar zoon", "reached", date(2026, 11, 29)),
        ("3 maal gebeld, niet bereikt", "not_reached", None),
        ("gesproken, over 3 maanden opnieuw", "reached", date(2027, 2, 24)),
        ("angerufen, mit ihr gesprochen, so geht es gut", "reached", None),
    ],
)
def test_words_that_look_like_a_result_or_a_day(text: str, result: str | None, day: date | None) -> None:
    note = read(text, today=TODAY)
    assert (note.result, note.follow_up_on) == (result, day)


def test_in_january_a_call_in_december_is_no_task_of_next_winter() -> None:
    january = date(2027, 1, 11)
    assert read("niet bereikt, gebeld op 20/12", today=january).follow_up_on is None
    assert read("gebeld, wordt gebeld op 15/1", today=january).follow_up_on == date(2027, 1, 15)
    assert read("attest opvragen op 1 september", today=january).follow_up_on == date(2027, 9, 1)
