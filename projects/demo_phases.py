"""A call in three phases in the demo, idea, pitch and full file, with a file in every stage of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core import clock
from projects import applications, calls, demo_texts, phases, submissions
from projects.demo_time import pass_days, realign_versions, recompute_receipts, whole_days
from projects.models.applications import Application
from projects.models.calls import Call

if TYPE_CHECKING:
    from projects.demo import Stage

TITLE = "Elk dorp een huiskamer"
TEXT = (
    "We steunen plekken waar dorpsbewoners elkaar weer tegenkomen. Een idee van één bladzijde volstaat om te "
    "beginnen.",
    "In veel dorpen sloot het laatste café. Wie alleen woont, ziet dagen niemand.\n\n"
    "Dien eerst een idee in. Wie mag verder gaan, stelt het voor in een pitch. Pas daarna vragen we een "
    "volledig dossier met begroting.",
)
QUESTIONS: list[dict[str, Any]] = [
    {
        "phase": "idea", "section": "idee", "code": "idea", "title": "Wat is je idee, voor welk dorp?",
        "max_words": 150, "why": "De dossierbeheerder ziet hieraan of je idee bij de oproep past.",
    },
    {
        "phase": "pitch", "section": "pitch", "code": "who", "title": "Wie doet er mee, en wie trekt het?",
        "max_words": 200, "why": "In de pitch willen we de trekkers leren kennen.",
    },
    {
        "phase": "pitch", "section": "pitch", "code": "first", "title": "Wat staat er na drie maanden?",
        "max_words": 150, "why": "De jury toetst hieraan of het haalbaar is.",
    },
    {
        "phase": "full", "section": "aanpak", "code": "plan", "title": "Hoe pak je het aan?",
        "max_words": 400, "why": "De jury scoort hierop de aanpak.",
    },
    {
        "phase": "full", "section": "verankering", "code": "after", "title": "Wat blijft er na het project?",
        "max_words": 200, "why": "De deputatie wil weten wat er na de steun gebeurt.",
    },
]  # fmt: skip
FITS = "Het idee past bij de oproep en het dorp trekt het zelf."
CONVINCES = "De pitch overtuigt: de trekkers staan klaar en het lokaal is er."
DECLINED = "Een app brengt mensen niet op één plek samen. Dat is het doel van deze oproep."
PITCH = {
    "who": "Twaalf bewoners, de buurtwinkel en de kaartersclub. Lies, de dorpsverpleegkundige, trekt het.",
    "first": "Elke woensdag open, met soep. Dertig vaste bezoekers, en een ploeg van acht die de deur opent.",
}
PLAN = "We openen de pastorie drie dagen per week, met een vaste gastvrouw en een beurtrol van vrijwilligers."


@dataclass(frozen=True)
class Idea:
    """What an organization proposed, and how far it came: idea, pitch, pitched, full, declined."""

    organization: str
    title: str
    text: str
    stage: str


IDEAS = [
    Idea(
        "vzw De Brug", "De pastorie open",
        "De lege pastorie van Oosteeklo wordt de huiskamer van het dorp.", "full",
    ),
    Idea(
        "OCMW Kaprijke", "Soep op woensdag",
        "In Lembeke koken bewoners elke week soep in de oude school.", "pitched",
    ),
    Idea(
        "OCMW Assenede", "De kaai leeft",
        "Een sluiswachtershuis aan het kanaal wordt een plek voor wie vist, kaart of praat.", "pitch",
    ),
    Idea("OCMW Zelzate", "Dorpsapp", "Een app waarin buren elkaar berichten sturen.", "declined"),
    Idea(
        "OCMW Eeklo", "Bank voor de deur",
        "In elke straat van Balgerhoeke een bank, met op zondag een gastheer.", "idea",
    ),
]  # fmt: skip


def phased_call(stage: "Stage") -> None:
    """Ideas are in and looked at; one file pitches, one has pitched, one writes its full file."""
    by = stage.officer
    need = stage.need(TITLE, "rural", demo_texts.SECOND_FACTS)
    call = stage.draft(TITLE, "rural", TEXT, 90_000_00, by, [need], phases=list(phases.ORDER))
    calls.set_questions(call, [dict(row) for row in QUESTIONS], by=by)
    stage.publish(call, need)
    files = {idea.stage: _propose(stage, call, idea) for idea in IDEAS}
    pass_days(call, 31)
    recompute_receipts(call)
    for name in ("full", "pitched"):
        _invite(stage, files[name], days=20, reason=FITS)
    phases.turn_down(files["declined"], motivation=DECLINED, by=by)
    for idea in IDEAS:
        if idea.stage in ("full", "pitched"):
            _answer(stage, files[idea.stage], idea, PITCH)
            submissions.submit_application(
                files[idea.stage], received_at=clock.now(), by=stage.applicant(idea.organization).by
            )
    pass_days(call, 21)
    recompute_receipts(call)
    _invite(stage, files["pitch"], days=16, reason=FITS)
    _invite(stage, files["full"], days=30, reason=CONVINCES)
    _answer(stage, files["full"], IDEAS[0], {"plan": PLAN})
    pass_days(call, 2)
    whole_days(call)
    realign_versions(call)
    recompute_receipts(call)


def _propose(stage: "Stage", call: Call, idea: Idea) -> Application:
    applicant = stage.applicant(idea.organization)
    application = applications.start_application(call, applicant.organization, by=applicant.by)
    _answer(stage, application, idea, {"idea": idea.text})
    submissions.submit_application(application, received_at=clock.now(), by=applicant.by)
    return application


def _answer(stage: "Stage", application: Application, idea: Idea, answers: dict[str, str]) -> None:
    by = stage.applicant(idea.organization).by
    applications.save_answers(application, by=by, title=idea.title, answers=answers)


def _invite(stage: "Stage", application: Application, *, days: int, reason: str) -> None:
    closes_at = clock.end_of(clock.today() + timedelta(days=days)) - timedelta(minutes=1)
    phases.invite(application, closes_at=closes_at, reason=reason, by=stage.officer)
