"""Texts of findings about files: (nl, fr, en, de)."""

from __future__ import annotations

XML_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "xml-too-large": (
        "Het bestand is te groot: {bytes} bytes, hoogstens {limit}.",
        "Le fichier est trop grand\u00a0: {bytes} octets, {limit} au plus.",
        "The file is too large: {bytes} bytes, {limit} at most.",
        "Die Datei ist zu groß: {bytes} Bytes, höchstens {limit}.",
    ),
    "xml-empty": (
        "Het bestand is leeg.",
        "Le fichier est vide.",
        "The file is empty.",
        "Die Datei ist leer.",
    ),
    "xml-doctype": (
        "Het bestand bevat een DOCTYPE of entiteit. Dat is niet veilig. Haal dit weg.",
        "Le fichier contient un DOCTYPE ou une entité. Ce n’est pas sûr. Supprimez-le.",
        "The file has a DOCTYPE or entity. That is not safe. Take it out.",
        "Die Datei enthält einen DOCTYPE oder eine Entität. Das ist nicht sicher. Entfernen Sie dies.",
    ),
    "xml-entity": (
        "Het bestand gebruikt een entiteit die niet bekend is.",
        "Le fichier utilise une entité inconnue.",
        "The file uses an entity that is not known.",
        "Die Datei verwendet eine unbekannte Entität.",
    ),
    "xml-encoding": (
        "De tekens in het bestand kloppen niet met de opgegeven codering: {detail}",
        "Les caractères du fichier ne correspondent pas au codage indiqué\u00a0: {detail}",
        "The characters in the file do not match the encoding it states: {detail}",
        "Die Zeichen der Datei passen nicht zur angegebenen Kodierung: {detail}",
    ),
    "xml-broken": (
        "Dit is geen geldige XML: {detail}",
        "Ce n’est pas du XML valide\u00a0: {detail}",
        "This is not valid XML: {detail}",
        "Das ist kein gültiges XML: {detail}",
    ),
    "xml-too-deep": (
        "De elementen zitten te diep in elkaar.",
        "Les éléments sont imbriqués trop profondément.",
        "The elements are nested too deep.",
        "Die Elemente sind zu tief verschachtelt.",
    ),
    "xml-too-many-nodes": (
        "Het bestand heeft te veel elementen: hoogstens {limit}.",
        "Le fichier a trop d’éléments\u00a0: {limit} au plus.",
        "The file has too many elements: {limit} at most.",
        "Die Datei hat zu viele Elemente: höchstens {limit}.",
    ),
    "xml-too-many-attributes": (
        "Een element heeft te veel attributen: hoogstens {limit}.",
        "Un élément a trop d’attributs\u00a0: {limit} au plus.",
        "An element has too many attributes: {limit} at most.",
        "Ein Element hat zu viele Attribute: höchstens {limit}.",
    ),
    "xml-name-too-long": (
        "Een id is te lang: hoogstens {limit} tekens.",
        "Un identifiant est trop long\u00a0: {limit} caractères au plus.",
        "An id is too long: {limit} characters at most.",
        "Eine Kennung ist zu lang: höchstens {limit} Zeichen.",
    ),
    "not-bpmn": (
        "Dit is geen BPMN 2.0-bestand.",
        "Ce n’est pas un fichier BPMN 2.0.",
        "This is not a BPMN 2.0 file.",
        "Das ist keine BPMN-2.0-Datei.",
    ),
    "no-process": (
        "Het bestand bevat geen proces.",
        "Le fichier ne contient aucun processus.",
        "The file has no process.",
        "Die Datei enthält keinen Prozess.",
    ),
    "file-unreadable": (
        "Het bestand kan niet worden gelezen: {detail}",
        "Le fichier ne peut pas être lu\u00a0: {detail}",
        "The file cannot be read: {detail}",
        "Die Datei kann nicht gelesen werden: {detail}",
    ),
    "internal": (
        "Dit bestand kan niet worden nagekeken ({detail}). Meld het aan de beheerder.",
        "Ce fichier ne peut pas être vérifié ({detail}). Signalez-le à l’administrateur.",
        "This file cannot be checked ({detail}). Report it to the administrator.",
        "Diese Datei kann nicht geprüft werden ({detail}). Melden Sie es der Verwaltung.",
    ),
}
