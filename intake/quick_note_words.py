"""The words of a contact note, per language: how somebody was tried, how it went, when something follows.

Only the words of the language that a line is in are looked for: `do` is a Thursday in Dutch, not in English.
Of the ways in a line the first one counts; of the results the first one of the list that is said.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from intake.models.contacts import AttemptResult
from intake.models.vocabulary import Channel

Code = TypeVar("Code")


@dataclass(frozen=True)
class Words:
    """A language. `plain`: small words by which it is known. `later`: ways that are as often a plan."""

    plain: re.Pattern[str]
    ways: tuple[tuple[Channel, re.Pattern[str]], ...]
    later: tuple[tuple[Channel, re.Pattern[str]], ...]
    results: tuple[tuple[AttemptResult, re.Pattern[str]], ...]
    weekdays: tuple[str, ...]  # Monday first, as alternatives of a pattern
    months: tuple[str, ...]  # January first, whole or short
    numbers: dict[str, int]
    tomorrow: re.Pattern[str]
    after_tomorrow: re.Pattern[str]
    within: re.Pattern[str]  # groups: count, unit
    units: tuple[str, str, str]  # how the words for day, week and month begin
    next_week: re.Pattern[str]
    end_of: str  # before this week or next week: its Friday
    this_week: re.Pattern[str]
    next_month: re.Pattern[str]
    after_weekend: re.Pattern[str]
    past: str  # before a weekday: it has been
    done: str  # after a weekday: it has been
    ordinal: str  # after the number of a day
    born: str  # before the day of a birth
    month_first: bool = False  # "May 12" is a day


def _any(words: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def _each(pairs: Iterable[tuple[Code, str]]) -> tuple[tuple[Code, re.Pattern[str]], ...]:
    return tuple((code, _any(words)) for code, words in pairs)


NL = Words(
    plain=_any("de|het|een|met|niet|geen|op|terug|opnieuw|naar|van|voor|weer|mevrouw|meneer|mijnheer|en|"
    "te"),
    ways=_each((
        (Channel.SMS, "sms|ge-?smst|sms'?je|whats?app(?:je)?|app(?:je)? gestuurd|geappt|"
         "bericht(?:je)? gestuurd"),
        (Channel.MAIL, "e-?mail|mail(?:tje|s)?|gemaild|ge-?e-?maild"),
        (Channel.VIDEO, "video(?:gesprek|call)?|teams|beeldbellen|beeldgesprek"),
        (Channel.OUTREACH, "vindplaats|op straat|in de school|voedselbank|buurtwerk(?:er)?|buurthuis"),
        (Channel.HOME_VISIT, "huisbezoek|hb|thuis (?:langs|geweest|bezocht)|aangebeld|aan de deur|"
         "langs ?geweest(?! (?:aan|op) )|langs ?gegaan|op bezoek (?:geweest|gegaan)|ter plaatse|niet thuis|"
         "niemand thuis|wel thuis"),
        (Channel.LETTER, "brief(?:je)?|aangetekend(?:e)?|schrijven verstuurd"),
        (Channel.PHONE, "(?:op|terug|na)?gebeld|belde(?: (?:terug|op))?|tel\\.?|telefoon(?:gesprek|tje)?|"
         "getelefoneerd|telefonisch(?: contact)?|ingesproken|voicemail|antwoordapparaat"),
        (Channel.DESK, "loket|langsgekomen|kwam langs|aan de balie|op kantoor|zitdag|permanentie|onthaal"),
    )),
    later=_each((
        (Channel.PHONE, "bellen|telefoneren"), (Channel.MAIL, "mailen"), (Channel.LETTER, "schrijven"),
    )),
    results=_each((
        (AttemptResult.REFUSED, "weigert?|weigerde|geweigerd|wil geen (?:hulp|contact|huisbezoek)|"
         "wenst geen \\w+|hoeft geen hulp|hing op|ingehaakt|haakte in|stuurde (?:me|ons|mij) weg"),
        (AttemptResult.NOT_REACHED, "(?:kreeg|krijg|viel op|meteen) (?:de |alleen (?:de )?)?voicemail"),
        (AttemptResult.LEFT_MESSAGE, "ingesproken|voicemail|antwoordapparaat|boodschap|"
         "bericht (?:achter)?gelaten|(?:brief|kaart)je (?:achter)?gelaten|"
         "(?:brief|kaart)(?:je)? in de bus"),
        (AttemptResult.NOT_REACHED, "niet (?:te |kunnen |kunnen te )?bereik(?:t|en|baar)|niet thuis|"
         "geen (?:gehoor|antwoord|reactie)|neemt niet op|nam niet op|niet opgenomen|onbereikbaar|"
         "niet (?:komen )?opdagen|niet komen opdagen|kwam niet(?: opdagen)?|niemand (?:thuis|opgenomen)|"
         "(?:deed|doet) niet open|bezet|afwezig|was er niet|niet aanwezig|nb|gsm (?:staat )?(?:af|uit)|"
         "tevergeefs|deur (?:bleef |is )?(?:gesloten|dicht)|"
         "(?:nummer|nr) (?:bestaat niet|niet in gebruik|klopt niet)|niet (?:kunnen )?(?:spreken|gesproken)"),
        (AttemptResult.REACHED, "gesproken|bereikt|gesprek|telefoongesprek|nam op|thuis aangetroffen|"
         "besproken|"
         "kwam langs|langsgekomen|langs ?geweest (?:aan|op)|gehad met|aan de lijn|"
         "afspraak gemaakt|afgesproken|antwoordde|wel thuis|gezien|ontmoet|"
         "gehoord|(?:heeft|hebben|had) (?:\\w+ )?teruggebeld|belde (?:zelf )?terug"),
    )),
    weekdays=("maandag|ma", "dinsdag|di", "woensdag|wo", "donderdag|do", "vrijdag|vr", "zaterdag|"
    "za", r"zondag|zo(?= \d{1,2}[/-])|(?<=op )zo(?= ?[,;.]| $)"),  # "zo" is mostly no day
    months=("jan(?:uari)?", "feb(?:ruari)?", "maart|mrt", "apr(?:il)?", "mei", "juni?", "juli?",
    "aug(?:ustus)?", "sept?(?:ember)?", "okt(?:ober)?", "nov(?:ember)?", "dec(?:ember)?"),
    numbers={"een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "acht": 8, "tien": 10},
    tomorrow=re.compile(r"(?<!goeie )(?<!goede )(?<!van )(?<!deze )(?<!'s )\bmorgen\b"),
    after_tomorrow=_any("overmorgen"),
    within=re.compile(r"\b(?:over|binnen|na) (de|\d{1,2}|[a-zé]+) (d(?:ag(?:en)?)?\b|we(?:ek|ken)\b|maand)"),
    units=("d", "we", "maand"),
    next_week=_any("(?:volgende|komende) week"),
    end_of="eind(?:e)?(?: van(?: de)?)?",
    this_week=_any("eind(?:e)? (?:van )?(?:de|deze) week"),
    next_month=_any("volgende maand"),
    after_weekend=_any("na (?:het )?weekend"),
    past="vorige|afgelopen|voorbije|laatste",
    done="(?:al |nog )?(?:gebeld|langs ?geweest|geweest|gemaild|gestuurd|gesproken|langsgekomen)",
    ordinal="(?:de|ste|e)",
    born="geboren|geb\\.?",
)  # fmt: skip

FR = Words(
    plain=_any("le|la|les|un|une|avec|pas|de|du|au|aux|à|pour|monsieur|madame|mme|mr|et|est|je|jusqu'au"),
    ways=_each((
        (Channel.SMS, "sms|texto|whats?app"),
        (Channel.MAIL, "e-?mails?|mails?|courriels?|mailée?"),
        (Channel.VIDEO, "vidéo|visio(?:conférence)?|teams"),
        (Channel.OUTREACH, "dans la rue|à l'école|banque alimentaire|maraude|éducateur de rue"),
        (Channel.HOME_VISIT, "visite (?:à|au) domicile|vad|passée? (?:chez|à (?:la maison|"
         "son domicile))|sonné|"
         "à la porte|pas (?:à la maison|chez (?:elle|lui)) "),
        (Channel.LETTER, "lettre|courrier|recommandé|petit mot"),
        (Channel.PHONE, "(?:r)?appelée?|téléphonée?|tél\\.?|téléphone|par téléphone|coup de fil|"
         "boîte vocale|messagerie|répondeur|a rappelé"),
        (Channel.DESK, "guichet|accueil|au bureau|permanence|est (?:venue?|passée?)"),
    )),
    later=_each(((Channel.PHONE, "(?:r)?appeler|téléphoner"),)),
    results=_each((
        (AttemptResult.REFUSED, "refuse|a refusé|refusée?|ne (?:veut|souhaite) pas|ne veut plus|"
         "a raccroché"),
        (AttemptResult.LEFT_MESSAGE, "(?:laissée?|déposée?) un (?:petit )?(?:message|mot)|(?:message|"
         "mot) laissé|"
         "boîte vocale|messagerie|répondeur|mot dans la boîte"),
        (AttemptResult.NOT_REACHED, "pas (?:de réponse|joint|jointe|atteinte?|répondu|décroché|là|"
         "venue?|présente?|"
         "à la maison|chez (?:elle|lui)|ouvert)|sans réponse|injoignable|absente?|occupé|"
         "(?<!la )(?<!une )(?<!cette )(?<!autre )personne (?:ne|n'\\w+|à la maison|chez (?:elle|lui))|"
         "(?:(?<=[,.;:] )|(?<=sonné )|(?<=appelé )|(?<=téléphoné )|(?<= a )|(?<=avait ))"
         "personne(?= ?[,.;]| $)|"
         "ne (?:répond|décroche|s'est) pas(?: présentée?)?"),
        (AttemptResult.REACHED, "parlée?|jointe?|eue? (?:au téléphone|en ligne)|discuté|entretien|"
         "rencontrée?|vue?|"
         "rendez-vous (?:pris|fixé)|a rappelé|est (?:venue?|passée?)|a répondu"),
    )),
    weekdays=("lundi|lun", "mardi", "mercredi", "jeudi", "vendredi|ven", "samedi", "dimanche"),
    months=("janv(?:ier)?", "f[ée]vr?(?:ier)?", "mars", "avr(?:il)?", "mai", "juin", "juil(?:let)?",
    "ao[ûu]t", "sept(?:embre)?", "oct(?:obre)?", "nov(?:embre)?", "d[ée]c(?:embre)?"),
    numbers={"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "dix": 10},
    tomorrow=re.compile(r"(?<!après-)(?<!après )\bdemain\b"),
    after_tomorrow=_any("après[- ]demain"),
    within=re.compile(r"\b(?:dans|d'ici|après) (\d{1,2}|[a-z]+) (jour|semaine|mois)"),
    units=("jour", "semaine", "mois"),
    next_week=_any("(?:la )?semaine prochaine"),
    end_of="fin(?: de(?: la)?)?",
    this_week=_any("fin de (?:la |cette )?semaine"),
    next_month=_any("(?:le )?mois prochain"),
    after_weekend=_any("après le week-?end"),
    past="dernier",
    done="dernier|passé",
    ordinal="(?:er)?",
    born="née?|naissance",
)  # fmt: skip

EN = Words(
    plain=_any("the|a|an|with|not|no|on|again|to|of|for|back|and|is|he|she|him|her|until|by|waiting"),
    ways=_each((
        (Channel.SMS, "texted|text(?: message)?|sms|whats?app(?:ed)?"),
        (Channel.MAIL, "e-?mail(?:ed|s)?|mailed"),
        (Channel.VIDEO, "video(?: call)?|teams|zoom"),
        (Channel.OUTREACH, "in the street|at school|food bank|outreach"),
        (Channel.HOME_VISIT, "home visit|visited|went (?:by|round|over)|at the door|rang the bell|"
         "not (?:at )?home|nobody home|not in"),
        (Channel.LETTER, "letter|registered (?:mail|letter)|left a note"),
        (Channel.PHONE, "(?:called|phoned|rang)(?: back| up)?|phone(?: call)?|on the phone|by phone|"
         "voice ?mail"),
        (Channel.DESK, "at the (?:desk|office|counter)|came (?:by|in)|walked in|dropped in"),
    )),
    later=_each(((Channel.PHONE, "call|phone|ring"),)),
    results=_each((
        (AttemptResult.REFUSED, "refuse[sd]?|(?:does not|doesn't|do not|don't) want|hung up|declined"),
        (AttemptResult.LEFT_MESSAGE, "left (?:a |him a |her a )?(?:message|note|voice ?mail)|voice ?mail"),
        (AttemptResult.NOT_REACHED, "no (?:answer|reply|response|show)|not (?:reached|in|home|at home|"
         "there|available)|"
         "nobody (?:home|in|there|answered)|(?:did not|didn't|does not|doesn't) (?:answer|pick up|"
         "show up|come)|"
         "could(?: not|n't) reach|unreachable|engaged|busy|"
         "(?:(?<=[,.;:] )|(?<=is )|(?<=was ))(?:away|out)(?= ?[,.;]| $| (?:until|till|today)\\b)"),
        (AttemptResult.REACHED, "spoke(?:n)?|talked|reached|met|saw|discussed|appointment (?:made|set)|"
         "came (?:by|in)|walked in|dropped in|answered|called back|agreed"),
    )),
    weekdays=("monday", "tuesday|tues?", "wednesday", "thursday|thurs?", "friday|"
    "fri", "saturday", "sunday"),
    months=("jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?",
    "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?"),
    numbers={"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10},
    tomorrow=re.compile(r"(?<!after )\btomorrow\b"),
    after_tomorrow=_any("(?:the )?day after tomorrow"),
    within=re.compile(r"\b(?:in|within|after) (\d{1,2}|[a-z]+) (day|week|month)"),
    units=("day", "week", "month"),
    next_week=_any("next week"),
    end_of="end of",
    this_week=_any("end of (?:the |this )?week"),
    next_month=_any("next month"),
    after_weekend=_any("after the weekend"),
    past="last|past",
    done="(?:called|phoned|visited|was)",
    ordinal="(?:st|nd|rd|th)",
    born="born|birth",
    month_first=True,
)  # fmt: skip

DE = Words(
    plain=_any("der|das|den|dem|ein|eine|mit|nicht|kein|keine|am|zurück|wieder|nach|von|für|und|ist|"
    "frau|herr|bis"),
    ways=_each((
        (Channel.SMS, "sms|whats?app"),
        (Channel.MAIL, "e-?mail|mail|gemailt"),
        (Channel.VIDEO, "video(?:anruf|gespräch)?|teams"),
        (Channel.OUTREACH, "auf der straße|in der schule|tafel|streetwork(?:er)?"),
        (Channel.HOME_VISIT, "hausbesuch|an der tür|geklingelt|vorbeigegangen|vorbei gewesen|"
         "nicht zu hause|niemand zu hause"),
        (Channel.LETTER, "brief|einschreiben|zettel"),
        (Channel.PHONE, "angerufen|zurückgerufen|rief (?:an|zurück)|tel\\.?|telefoniert|telefonat|"
         "telefon(?:isch)?|"
         "anrufbeantworter|mailbox"),
        (Channel.DESK, "schalter|im büro|sprechstunde|vorbeigekommen|kam vorbei"),
    )),
    later=_each(((Channel.PHONE, "anrufen|telefonieren|zurückrufen"),)),
    results=_each((
        (AttemptResult.REFUSED, "verweigert|abgelehnt|lehnt \\w+ ab|will keine \\w+|legte auf|aufgelegt"),
        (AttemptResult.LEFT_MESSAGE, "nachricht hinterlassen|anrufbeantworter|mailbox|"
         "zettel (?:hinterlassen|eingeworfen)"),
        (AttemptResult.NOT_REACHED, "nicht (?:erreicht|erreichbar|zu hause|da|erschienen|abgenommen|"
         "geöffnet)|"
         "keine antwort|niemand(?: zu hause| da)?|unerreichbar|besetzt|abwesend|ging nicht ran"),
        (AttemptResult.REACHED, "gesprochen|erreicht|gespräch|besprochen|getroffen|termin vereinbart|"
         "vorbeigekommen|kam vorbei|zurückgerufen|rief zurück"),
    )),
    weekdays=("montag|mo", "dienstag|di", "mittwoch|mi", "donnerstag|do", "freitag|fr", "samstag|"
    "sa", r"sonntag|so(?= \d{1,2}\.)|(?<=am )so(?= ?[,;.]| $)"),
    months=("jan(?:uar)?|jän(?:ner)?", "feb(?:ruar)?", "märz?|mrz", "apr(?:il)?", "mai", "juni?", "juli?",
    "aug(?:ust)?", "sept?(?:ember)?", "okt(?:ober)?", "nov(?:ember)?", "dez(?:ember)?"),
    numbers={"einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "zehn": 10},
    tomorrow=re.compile(r"(?<!heute )(?<!guten )\bmorgen\b"),
    after_tomorrow=_any("übermorgen"),
    within=re.compile(r"\b(?:in|binnen|nach) (\d{1,2}|[a-zü]+) (tag|woche|monat)"),
    units=("tag", "woche", "monat"),
    next_week=_any("nächste woche"),
    end_of="ende(?: der)?",
    this_week=_any("ende (?:der|dieser) woche"),
    next_month=_any("nächsten monat"),
    after_weekend=_any("nach dem wochenende"),
    past="letzten|vorigen|vergangenen",
    done="(?:angerufen|gesprochen|gewesen|vorbeigekommen)",
    ordinal="\\.",
    born="geboren|geb\\.?",
)  # fmt: skip

LANGUAGES = (NL, FR, EN, DE)


def of_line(line: str) -> Words:
    """The language of most of its words; Dutch where none says more."""
    return max(LANGUAGES, key=lambda words: _weight(words, line))


def _weight(words: Words, line: str) -> int:
    own = [pattern for _code, pattern in (*words.ways, *words.later, *words.results)]
    days = re.findall(rf"\b(?:{'|'.join(words.weekdays)})\b", line)
    return len(words.plain.findall(line)) + 2 * sum(bool(one.search(line)) for one in own) + len(days)
