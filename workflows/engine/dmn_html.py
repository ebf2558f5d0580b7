"""A decision table as accessible HTML: caption, headers with scope, plain words for the hit policy."""

from __future__ import annotations

from collections.abc import Callable, Collection

from markupsafe import Markup

from workflows.engine.dmn_tables import Model, Rule, Table
from workflows.engine.dmn_words import Codes, asked_in_words, condition_in_words, value_in_words
from workflows.engine.feel import Cell, Expression
from workflows.engine.languages import column

Translate = Callable[[str], str]
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "rule": ("Regel", "Règle", "Rule", "Regel"),
    "if": ("Als", "Si", "If", "Wenn"),
    "then": ("Dan", "Alors", "Then", "Dann"),
    "fits": ("(past)", "(s’applique)", "(applies)", "(passt)"),
    "note": ("Uitleg", "Explication", "Note", "Erklärung"),
    "any": ("om het even", "peu importe", "anything", "beliebig"),
    "meaning": ("Betekenis", "Signification", "Meaning", "Bedeutung"),
    "name": ("Begrip", "Notion", "Term", "Begriff"),
    "terms": (
        "Begrippen in de regels",
        "Notions dans les règles",
        "Terms in the rules",
        "Begriffe in den Regeln",
    ),
    "UNIQUE": (
        "Precies één regel past.",
        "Une seule règle s’applique.",
        "Exactly one rule applies.",
        "Genau eine Regel passt.",
    ),
    "FIRST": (
        "De eerste regel die past, beslist.",
        "La première règle qui s’applique décide.",
        "The first rule that applies decides.",
        "Die erste passende Regel entscheidet.",
    ),
    "three_valued": (
        "De eerste regel die niet onwaar is, beslist. Ontbreekt er iets, dan is het: na te kijken.",
        "La première règle qui n’est pas fausse décide. S’il manque quelque chose\u00a0: à vérifier.",
        "The first rule that is not false decides. When something is missing, the answer is: to check.",
        "Die erste Regel, die nicht falsch ist, entscheidet. Fehlt etwas, ist die Antwort: zu prüfen.",
    ),
    "ANY": (
        "Regels die samen passen, geven hetzelfde antwoord.",
        "Les règles qui s’appliquent ensemble donnent la même réponse.",
        "Rules that apply together give the same answer.",
        "Regeln, die gemeinsam passen, geben dieselbe Antwort.",
    ),
    "PRIORITY": (
        "Het belangrijkste antwoord telt.",
        "La réponse la plus importante compte.",
        "The most important answer counts.",
        "Die wichtigste Antwort zählt.",
    ),
    "COLLECT": (
        "Alle regels die passen, tellen mee.",
        "Toutes les règles qui s’appliquent comptent.",
        "All rules that apply count.",
        "Alle passenden Regeln zählen.",
    ),
    "RULE ORDER": (
        "Alle regels die passen, in volgorde van de tabel.",
        "Toutes les règles qui s’appliquent, dans l’ordre de la table.",
        "All rules that apply, in the order of the table.",
        "Alle passenden Regeln in der Reihenfolge der Tabelle.",
    ),
    "OUTPUT ORDER": (
        "Alle regels die passen, de belangrijkste eerst.",
        "Toutes les règles qui s’appliquent, les plus importantes d’abord.",
        "All rules that apply, the most important first.",
        "Alle passenden Regeln, die wichtigsten zuerst.",
    ),
}


def _word(key: str, locale: str) -> str:
    return _WORDS[key][column(locale)]


def as_html(
    table: Table,
    locale: str = "nl",
    matched: Collection[str] = (),
    codes: Codes | None = None,
    translated: Translate = str,
) -> Markup:
    """Return a table for people: readable by a screen reader, safe to put in a page.

    `matched` are the ids of rules to point out, `codes` says what codes are called, `translated` puts the
    texts of the table in the reader's language. Comparisons are in words, what is worked out is in its code.
    """
    notes = any(rule.note for rule in table.rules)
    policy = "three_valued" if table.three_valued else table.policy
    parts = [
        Markup(
            '<table class="ds-table ds-decision"><caption>{} <span class="ds-hint">{}</span></caption>'
        ).format(translated(table.name), _word(policy, locale)),
        Markup("<thead><tr>"),
        Markup('<th scope="col" rowspan="2">{}</th>').format(_word("rule", locale)),
        _group("if", len(table.inputs), locale),
        _group("then", len(table.outputs), locale),
        Markup('<th scope="col" rowspan="2">{}</th>').format(_word("note", locale)) if notes else Markup(""),
        Markup("</tr><tr>"),
        *(Markup('<th scope="col">{}</th>').format(translated(each.label)) for each in table.inputs),
        *(Markup('<th scope="col">{}</th>').format(translated(each.label)) for each in table.outputs),
        Markup("</tr></thead><tbody>"),
    ]
    for rule in table.rules:
        parts.append(_row(rule, locale, matched, translated(rule.note) if notes else None, codes))
    return Markup("").join([*parts, Markup("</tbody></table>")])


def _row(rule: Rule, locale: str, matched: Collection[str], note: str | None, codes: Codes | None) -> Markup:
    if rule.id in matched:
        head = Markup('<tr data-state="matched" aria-current="true"><th scope="row">{} {}</th>')
        parts = [head.format(rule.id, _word("fits", locale))]
    else:
        parts = [Markup('<tr><th scope="row">{}</th>').format(rule.id)]
    parts += [_cell(cell, locale, codes) for cell in rule.cells]
    parts += [_result(cell, locale, codes) for cell in rule.outputs]
    parts += [] if note is None else [Markup("<td>{}</td>").format(note)]
    return Markup("").join([*parts, Markup("</tr>")])


def _group(word: str, columns: int, locale: str) -> Markup:
    if columns == 0:
        return Markup("")
    return Markup('<th scope="colgroup" colspan="{}">{}</th>').format(columns, _word(word, locale))


def _cell(cell: Cell, locale: str, codes: Codes | None) -> Markup:
    if cell.tree.anything:
        return Markup('<td><span aria-hidden="true">–</span><span class="ds-vh">{}</span></td>').format(
            _word("any", locale)
        )
    return _said(asked_in_words(cell.tree, locale, codes), cell.text)


def _result(cell: Expression, locale: str, codes: Codes | None) -> Markup:
    return _said(value_in_words(cell.tree, locale, codes), cell.text)


def _meaning(expression: Expression | None, locale: str, codes: Codes) -> Markup:
    if expression is None:
        return Markup("<td></td>")
    return _said(condition_in_words(expression.tree, locale, codes), expression.text)


def _said(words: str | None, text: str) -> Markup:
    if words is None:
        return Markup("<td><code>{}</code></td>").format(text)
    return Markup('<td title="{}">{}</td>').format(text, words)


def model_as_html(
    model: Model,
    locale: str = "nl",
    matched: Collection[str] = (),
    codes: Codes | None = None,
    translated: Translate = str,
) -> Markup:
    """Return all tables of a model, and the terms that their rules use with their expressions."""
    called = {
        item.name: translated(item.label)
        for item in model.definitions.values()
        if item.expression is not None
    }
    codes = {**called, **(codes or {})}
    tables = [item.table for item in model.definitions.values() if item.table is not None]
    parts = [as_html(table, locale, matched, codes, translated) for table in tables]
    terms = [item for item in model.definitions.values() if item.expression is not None]
    if terms:
        parts.append(
            Markup(
                '<table class="ds-table ds-decision"><caption>{}</caption><thead><tr><th scope="col">{}</th>'
                '<th scope="col">{}</th></tr></thead><tbody>'
            ).format(_word("terms", locale), _word("name", locale), _word("meaning", locale))
        )
        for item in terms:
            head = Markup('<tr><th scope="row">{}<br><code>{}</code></th>').format(
                translated(item.label), item.name
            )
            parts += [head, _meaning(item.expression, locale, codes), Markup("</tr>")]
        parts.append(Markup("</tbody></table>"))
    return Markup("").join(parts)
