"""Texts of findings about decision tables: (nl, fr, en, de)."""

from __future__ import annotations

DMN_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "dmn-not-dmn": (
        "Dit is geen DMN-bestand.",
        "Ce n’est pas un fichier DMN.",
        "This is not a DMN file.",
        "Das ist keine DMN-Datei.",
    ),
    "dmn-no-decision": (
        "Het bestand bevat geen beslissing.",
        "Le fichier ne contient aucune décision.",
        "The file has no decision.",
        "Die Datei enthält keine Entscheidung.",
    ),
    "dmn-no-rules": (
        "De tabel “{name}” heeft geen regels.",
        "La table «\u00a0{name}\u00a0» n’a pas de règles.",
        "The table “{name}” has no rules.",
        "Die Tabelle „{name}“ hat keine Regeln.",
    ),
    "dmn-no-output": (
        "De tabel “{name}” heeft geen resultaat.",
        "La table «\u00a0{name}\u00a0» n’a pas de résultat.",
        "The table “{name}” has no output.",
        "Die Tabelle „{name}“ hat kein Ergebnis.",
    ),
    "dmn-no-logic": (
        "De beslissing “{name}” heeft geen tabel en geen uitdrukking.",
        "La décision «\u00a0{name}\u00a0» n’a ni table ni expression.",
        "The decision “{name}” has no table and no expression.",
        "Die Entscheidung „{name}“ hat weder Tabelle noch Ausdruck.",
    ),
    "dmn-columns": (
        "Regel {rule} van “{name}” heeft {found} cellen, de tabel heeft er {expected}.",
        "La règle {rule} de «\u00a0{name}\u00a0» a {found} cellules, la table en a {expected}.",
        "Rule {rule} of “{name}” has {found} cells, the table has {expected}.",
        "Regel {rule} von „{name}“ hat {found} Zellen, die Tabelle hat {expected}.",
    ),
    "dmn-cell": (
        "Een cel van “{name}” kan niet worden gelezen: “{text}”. {detail}",
        "Une cellule de «\u00a0{name}\u00a0» ne peut pas être lue\u00a0: «\u00a0{text}\u00a0». {detail}",
        "A cell of “{name}” cannot be read: “{text}”. {detail}",
        "Eine Zelle von „{name}“ kann nicht gelesen werden: „{text}“. {detail}",
    ),
    "dmn-hit-policy": (
        "De tabel “{name}” heeft een keuzeregel die niet bestaat: {policy}.",
        "La table «\u00a0{name}\u00a0» a une règle de choix qui n’existe pas\u00a0: {policy}.",
        "The table “{name}” has a hit policy that does not exist: {policy}.",
        "Die Tabelle „{name}“ hat eine unbekannte Trefferregel: {policy}.",
    ),
    "dmn-unused-policy": (
        "De tabel “{name}” met PRIORITY moet zeggen welke resultaten voorgaan.",
        "La table «\u00a0{name}\u00a0» avec PRIORITY doit dire quels résultats passent d’abord.",
        "The table “{name}” with PRIORITY must say which outputs come first.",
        "Die Tabelle „{name}“ mit PRIORITY muss sagen, welche Ergebnisse Vorrang haben.",
    ),
    "dmn-overlap": (
        "Regels {first} en {second} van “{name}” passen samen op: {example}.",
        "Les règles {first} et {second} de «\u00a0{name}\u00a0» valent toutes deux pour\u00a0: {example}.",
        "Rules {first} and {second} of “{name}” both match: {example}.",
        "Die Regeln {first} und {second} von „{name}“ passen beide auf: {example}.",
    ),
    "dmn-gap": (
        "Geen enkele regel van “{name}” past op: {example}.",
        "Aucune règle de «\u00a0{name}\u00a0» ne vaut pour\u00a0: {example}.",
        "No rule of “{name}” matches: {example}.",
        "Keine Regel von „{name}“ passt auf: {example}.",
    ),
    "dmn-not-analysed": (
        "De tabel “{name}” is te groot om op gaten en overlap na te kijken.",
        "La table «\u00a0{name}\u00a0» est trop grande pour chercher les trous et les recouvrements.",
        "The table “{name}” is too large to look for gaps and overlaps.",
        "Die Tabelle „{name}“ ist zu groß, um Lücken und Überschneidungen zu suchen.",
    ),
    "dmn-cycle": (
        "De beslissing “{name}” hangt van zichzelf af.",
        "La décision «\u00a0{name}\u00a0» dépend d’elle-même.",
        "The decision “{name}” depends on itself.",
        "Die Entscheidung „{name}“ hängt von sich selbst ab.",
    ),
    "dmn-requirement": (
        "“{name}” vraagt een beslissing die er niet is: {reference}.",
        "«\u00a0{name}\u00a0» demande une décision qui n’existe pas\u00a0: {reference}.",
        "“{name}” requires a decision that is not there: {reference}.",
        "„{name}“ verlangt eine Entscheidung, die es nicht gibt: {reference}.",
    ),
    "dmn-duplicate": (
        "De naam “{name}” komt meer dan eens voor.",
        "Le nom «\u00a0{name}\u00a0» apparaît plusieurs fois.",
        "The name “{name}” occurs more than once.",
        "Der Name „{name}“ kommt mehrfach vor.",
    ),
    "dmn-name-unknown": (
        "“{name}” gebruikt een naam die niet bekend is: {unknown}.",
        "«\u00a0{name}\u00a0» utilise un nom inconnu\u00a0: {unknown}.",
        "“{name}” uses a name that is not known: {unknown}.",
        "„{name}“ verwendet einen unbekannten Namen: {unknown}.",
    ),
    "dmn-arguments": (
        "“{name}” geeft een functie te veel of te weinig waarden: {unknown}.",
        "«\u00a0{name}\u00a0» donne trop ou trop peu de valeurs à une fonction\u00a0: {unknown}.",
        "“{name}” gives a function too many or too few values: {unknown}.",
        "„{name}“ gibt einer Funktion zu viele oder zu wenige Werte: {unknown}.",
    ),
    "dmn-literal": (
        "“{name}” bevat een dag of duur die niet bestaat: {unknown}.",
        "«\u00a0{name}\u00a0» cite un jour ou une durée qui n’existe pas\u00a0: {unknown}.",
        "“{name}” names a day or duration that does not exist: {unknown}.",
        "„{name}“ nennt einen Tag oder eine Dauer, die es nicht gibt: {unknown}.",
    ),
    "dmn-range-empty": (
        "Een bereik van “{name}” bevat niets: {unknown}.",
        "Un intervalle de «\u00a0{name}\u00a0» ne contient rien\u00a0: {unknown}.",
        "A range of “{name}” holds nothing: {unknown}.",
        "Ein Bereich von „{name}“ enthält nichts: {unknown}.",
    ),
    "dmn-too-many": (
        "“{name}” bevat te veel beslissingen: hoogstens {limit}.",
        "«\u00a0{name}\u00a0» contient trop de décisions\u00a0: {limit} au plus.",
        "“{name}” has too many decisions: {limit} at most.",
        "„{name}“ enthält zu viele Entscheidungen: höchstens {limit}.",
    ),
    "dmn-too-large": (
        "De tabel “{name}” is te groot: hoogstens {limit} cellen.",
        "La table «\u00a0{name}\u00a0» est trop grande\u00a0: {limit} cellules au plus.",
        "The table “{name}” is too large: {limit} cells at most.",
        "Die Tabelle „{name}“ ist zu groß: höchstens {limit} Zellen.",
    ),
}
