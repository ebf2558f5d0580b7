"""Errors that say what is wrong in the language of whoever reads them; the English text is the key."""

from __future__ import annotations

from typing import Any

from workflows.engine.languages import column

# English: (nl, fr, de). What stands in braces is filled in.
TEXTS: dict[str, tuple[str, str, str]] = {
    "longer than {limit} characters": (
        "langer dan {limit} tekens",
        "plus de {limit} caractères",
        "länger als {limit} Zeichen",
    ),
    "unexpected character {found}": (
        "onverwacht teken {found}",
        "caractère inattendu {found}",
        "unerwartetes Zeichen {found}",
    ),
    "no such character: {found}": (
        "dit teken bestaat niet: {found}",
        "ce caractère n’existe pas\u00a0: {found}",
        "dieses Zeichen gibt es nicht: {found}",
    ),
    "expected {wanted} but found {found}": (
        "verwacht {wanted} maar er staat {found}",
        "attendu {wanted} mais trouvé {found}",
        "erwartet {wanted}, aber da steht {found}",
    ),
    "expected {wanted} but it ends here": (
        "verwacht {wanted} maar hier houdt het op",
        "attendu {wanted} mais cela s’arrête ici",
        "erwartet {wanted}, aber hier endet es",
    ),
    "expected a name but found {found}": (
        "verwacht een naam maar er staat {found}",
        "attendu un nom mais trouvé {found}",
        "erwartet einen Namen, aber da steht {found}",
    ),
    "expected a name but it ends here": (
        "verwacht een naam maar hier houdt het op",
        "attendu un nom mais cela s’arrête ici",
        "erwartet einen Namen, aber hier endet es",
    ),
    "did not expect {found}": (
        "{found} hoort hier niet",
        "{found} n’a pas sa place ici",
        "{found} gehört nicht hierher",
    ),
    "it ends too soon": ("het houdt te vroeg op", "cela s’arrête trop tôt", "es endet zu früh"),
    "nested too deep": ("te diep in elkaar", "trop imbriqué", "zu tief verschachtelt"),
    "too many operations in a row": (
        "te veel bewerkingen na elkaar",
        "trop d’opérations à la suite",
        "zu viele Operationen nacheinander",
    ),
    "a range without its end": ("een bereik zonder einde", "un intervalle sans fin", "ein Bereich ohne Ende"),
    "{found} is no date, moment or duration": (
        "{found} is geen dag, moment of duur",
        "{found} n’est ni un jour, ni un moment, ni une durée",
        "{found} ist kein Tag, Zeitpunkt und keine Dauer",
    ),
    "too much work for one decision": (
        "te veel rekenwerk voor één beslissing",
        "trop de calculs pour une seule décision",
        "zu viel Rechenarbeit für eine Entscheidung",
    ),
    "functions that call each other too deep": (
        "functies die elkaar te diep aanroepen",
        "des fonctions qui s’appellent trop profondément",
        "Funktionen, die sich zu tief aufrufen",
    ),
    "a function of {wanted} parameters got {found}": (
        "een functie met {wanted} waarden kreeg er {found}",
        "une fonction à {wanted} valeurs en a reçu {found}",
        "eine Funktion mit {wanted} Werten bekam {found}",
    ),
    "expected {wanted} arguments": (
        "verwacht {wanted} waarden",
        "attendu {wanted} valeurs",
        "erwartet {wanted} Werte",
    ),
    "a list of more than {limit} items": (
        "een lijst van meer dan {limit} elementen",
        "une liste de plus de {limit} éléments",
        "eine Liste mit mehr als {limit} Einträgen",
    ),
    "a text that is too long": ("een tekst die te lang is", "un texte trop long", "ein zu langer Text"),
    "a number that is too large": ("een getal dat te groot is", "un nombre trop grand", "eine zu große Zahl"),
    "open list() needs a path": (
        "open list() heeft een pad nodig",
        "open list() demande un chemin",
        "open list() braucht einen Pfad",
    ),
    "{name} depends on itself": (
        "{name} hangt van zichzelf af",
        "{name} dépend d’elle-même",
        "{name} hängt von sich selbst ab",
    ),
    "a value of type {found}": (
        "een waarde van het type {found}",
        "une valeur de type {found}",
        "ein Wert vom Typ {found}",
    ),
    "there is no decision {name}": (
        "de beslissing {name} bestaat niet",
        "la décision {name} n’existe pas",
        "die Entscheidung {name} gibt es nicht",
    ),
    "{name}: decisions that ask each other too deeply": (
        "{name}: beslissingen die elkaar te diep bevragen",
        "{name}\u00a0: des décisions qui s’interrogent trop profondément",
        "{name}: Entscheidungen, die sich zu tief befragen",
    ),
    "{name}: rules {rules} match together": (
        "{name}: regels {rules} passen samen",
        "{name}\u00a0: les règles {rules} s’appliquent ensemble",
        "{name}: Regeln {rules} passen zugleich",
    ),
    "{name}: rules {rules} give different results": (
        "{name}: regels {rules} geven een verschillend resultaat",
        "{name}\u00a0: les règles {rules} donnent des résultats différents",
        "{name}: Regeln {rules} ergeben Verschiedenes",
    ),
    "“is” asks for None, True or False; compare with ==.": (
        "“is” vraagt naar None, True of False; vergelijk met ==.",
        "«\u00a0is\u00a0» demande None, True ou False\u00a0; comparez avec ==.",
        "„is“ fragt nach None, True oder False; vergleichen Sie mit ==.",
    ),
    "An empty expression.": ("Een lege uitdrukking.", "Une expression vide.", "Ein leerer Ausdruck."),
    "Too long or nested too deeply.": (
        "Te lang of te diep in elkaar.",
        "Trop long ou trop imbriqué.",
        "Zu lang oder zu tief verschachtelt.",
    ),
    "One name is assigned at a time.": (
        "Geef één naam tegelijk een waarde.",
        "Donnez une valeur à un seul nom à la fois.",
        "Geben Sie immer nur einem Namen einen Wert.",
    ),
    "Only names and their entries are assigned.": (
        "Alleen namen en wat erin zit, krijgen een waarde.",
        "Seuls les noms et leurs éléments reçoivent une valeur.",
        "Nur Namen und ihre Einträge bekommen einen Wert.",
    ),
    "Objects are written out.": (
        "Schrijf een object voluit.",
        "Écrivez un objet en entier.",
        "Schreiben Sie ein Objekt aus.",
    ),
    "Only named functions are called.": (
        "Alleen functies met een naam worden aangeroepen.",
        "Seules les fonctions qui ont un nom sont appelées.",
        "Nur Funktionen mit einem Namen werden aufgerufen.",
    ),
    "Functions take plain arguments.": (
        "Geef aan functies gewone waarden mee.",
        "Donnez aux fonctions de simples valeurs.",
        "Geben Sie Funktionen einfache Werte.",
    ),
    "A number that is not finite.": (
        "Een getal zonder einde.",
        "Un nombre qui n’est pas fini.",
        "Eine Zahl, die nicht endlich ist.",
    ),
    "{name}: {error}": ("{name}: {error}", "{name}\u00a0: {error}", "{name}: {error}"),
}


class Said(Exception):
    """An error with its words: `text` is a key of the table above, `values` are filled in."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(say(text, values, "en"))
        self.text, self.values = text, values

    def message(self, locale: str) -> str:
        """Return what is wrong in nl, fr, en or de; English for any other language."""
        return say(self.text, self.values, locale)


def say(text: str, values: dict[str, Any], locale: str) -> str:
    """Fill in a text of the table in a language; errors among the values in theirs."""
    dutch, french, german = TEXTS.get(text, (text, text, text))
    words = (dutch, french, text, german)[column(locale)]
    told = {
        name: value.message(locale) if isinstance(value, Said) else value for name, value in values.items()
    }
    return words.format(**told)
