"""What still has to be mended before an application can be submitted: every finding at once, where it is."""

from dataclasses import dataclass
from datetime import date

from core.i18n import _, euro
from projects import dossiers, phases
from projects.models.applications import FULL, Application, FundingKind
from projects.models.calls import Question
from projects.money import WHOLE, share_of


@dataclass(frozen=True)
class Problem:
    """Something to mend before submitting; `field` is where."""

    field: str
    message: str


def questions(application: Application) -> list[Question]:
    """The questions of the phase that the file is in: each phase asks its own."""
    return [question for question in application.call.questions if question.phase == application.phase]


def questions_so_far(application: Application) -> list[Question]:
    """The questions of this phase and of those before it, as readers see them."""
    reached = phases.reached(application)
    return [question for question in application.call.questions if question.phase in reached]


def missing(application: Application) -> list[Problem]:
    """What still has to be answered or mended before submitting; all at once, in the order of the form."""
    found = [Problem("title", _("Give the project a title."))] if not application.title.strip() else []
    for question in questions(application):
        text = str(application.answers.get(question.code, "")).strip()
        if question.required and not text:
            found.append(Problem(question.code, _("Answer “%(title)s”.", title=question.title)))
        elif len(text.split()) > question.max_words:
            found.append(_too_long(question, len(text.split())))
    if application.phase != FULL:
        return found
    found += _missing_facts(application)
    return found + budget_problems(application)


def _too_long(question: Question, words: int) -> Problem:
    text = _(
        "“%(title)s” has %(words)s words; %(most)s is the most.",
        title=question.title,
        words=words,
        most=question.max_words,
    )
    return Problem(question.code, text)


def _missing_facts(application: Application) -> list[Problem]:
    call, found = application.call, []
    if len(application.municipalities) < call.min_municipalities:
        text = _("Choose at least %(count)s municipalities.", count=call.min_municipalities)
        found.append(Problem("municipalities", text))
    if call.municipalities and not set(application.municipalities) <= set(call.municipalities):
        text = _("Choose municipalities within the territory of the call only.")
        found.append(Problem("municipalities", text))
    if len(application.partners) < call.min_partners:
        found.append(Problem("partner", _("Name at least %(count)s partners.", count=call.min_partners)))
    if application.starts_on is None or application.ends_on is None:
        found.append(Problem("starts_on", _("Enter the first and the last day of the project.")))
    elif application.ends_on <= application.starts_on:
        found.append(Problem("ends_on", _("The project ends before it begins.")))
    elif _months(application.starts_on, application.ends_on) > call.max_months:
        found.append(
            Problem("ends_on", _("A project lasts %(months)s months at most.", months=call.max_months))
        )
    if not application.iban:
        found.append(Problem("iban", _("Enter the account number for the payment.")))
    if not application.signatory_name.strip():
        found.append(Problem("signatory_name", _("Name who signs for the organization.")))
    elif not dossiers.may_sign(dossiers.of_application(application), application.signatory_name):
        text = _("%(name)s is not on your list of who may sign.", name=application.signatory_name)
        found.append(Problem("signatory_name", text))
    return found


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month + (end.day >= start.day)


def budget_problems(application: Application) -> list[Problem]:
    """What is wrong with the budget, all at once; an empty list means it can be submitted."""
    found: list[Problem] = []
    costs, asked, funding = application.cost_cents, application.asked_cents, application.funding_cents
    if costs <= 0:
        return [Problem("budget", _("Enter at least one cost."))]
    if asked <= 0:
        found.append(Problem("asked", _("Enter the amount you ask.")))
    if asked + funding != costs:
        text = _(
            "The amount asked and the other money together are %(sum)s, the costs are %(costs)s.",
            sum=euro(asked + funding),
            costs=euro(costs),
        )
        found.append(Problem("budget", text))
    _check_limits(application, found)
    _check_own(application, found)
    _check_categories(application, found)
    return found


def _check_limits(application: Application, found: list[Problem]) -> None:
    call, asked = application.call, application.asked_cents
    highest = share_of(application.cost_cents, call.max_share_bp)
    if asked > highest:
        found.append(
            Problem(
                "asked",
                _(
                    "You ask more than %(share)s percent of the costs. The most is %(most)s.",
                    share=f"{call.max_share_bp * 100 / WHOLE:g}",
                    most=euro(highest),
                ),
            )
        )
    if asked > call.max_grant_cents:
        found.append(
            Problem("asked", _("The most one can ask is %(most)s.", most=euro(call.max_grant_cents)))
        )
    if 0 < asked < call.min_grant_cents:
        found.append(
            Problem("asked", _("The least one can ask is %(least)s.", least=euro(call.min_grant_cents)))
        )


def _check_own(application: Application, found: list[Problem]) -> None:
    """The regulation may ask that a part comes out of the applicant's own means."""
    least = share_of(application.cost_cents, application.call.min_own_bp)
    own = sum(line.amount_cents for line in application.funding if line.kind == FundingKind.OWN)
    if own < least:
        text = _(
            "Your own contribution is %(own)s; at least %(least)s is asked.", own=euro(own), least=euro(least)
        )
        found.append(Problem("budget", text))


def _check_categories(application: Application, found: list[Problem]) -> None:
    known = {category.code: category for category in application.call.cost_categories}
    totals: dict[str, int] = {}
    for line in application.budget:
        if line.category not in known:
            found.append(
                Problem("budget", _("The cost “%(what)s” has no accepted category.", what=line.description))
            )
        if line.amount_cents <= 0:
            found.append(Problem("budget", _("The cost “%(what)s” has no amount.", what=line.description)))
        totals[line.category] = totals.get(line.category, 0) + line.amount_cents
    for code, total in totals.items():
        category = known.get(code)
        if category and category.max_share_bp is not None:
            most = share_of(application.cost_cents, category.max_share_bp)
            if total > most:
                text = _("%(title)s may be %(most)s at most.", title=category.title, most=euro(most))
                found.append(Problem("budget", text))
