"""What the authority finds in the demo after a closing: files to check, to score and to decide on."""

from typing import TYPE_CHECKING

from core.access import Actor
from projects import closings, demo_texts
from projects.demo_time import pass_days, recompute_receipts, renumber
from projects.models.applications import Application
from projects.models.calls import Call

if TYPE_CHECKING:
    from projects.demo import Stage


def judged_now(stage: "Stage") -> None:
    """A call in assessment: the first juror has one file left to begin, the second has judged all."""
    call, files = _submitted(stage, demo_texts.FOURTH, demo_texts.FOURTH_TEXT, demo_texts.FOURTH_PLANS)
    stage.hand_to_jury(call, files)
    pass_days(call, 5)
    for application, rows in zip(files, demo_texts.FOURTH_SCORES, strict=True):
        stage.score_file(application, rows)
    renumber(call)


def decided_soon(stage: "Stage") -> None:
    """A ranking that is fixed: the deciding body has the files on its agenda."""
    call, files = _submitted(stage, demo_texts.FIFTH, demo_texts.FIFTH_TEXT, demo_texts.FIFTH_PLANS)
    stage.judge(call, files, demo_texts.FIFTH_SCORES)
    renumber(call)


def closed_now(stage: "Stage") -> None:
    """A call of which the only round has closed: the officer has to begin the assessment."""
    call, _files = _submitted(stage, demo_texts.SIXTH, demo_texts.SIXTH_TEXT, demo_texts.SIXTH_PLANS)
    pass_days(call, 19)  # it was open for thirty days, twelve of which went by before its publication
    recompute_receipts(call)
    closings.close(call)
    pass_days(call, 1)
    renumber(call)


def _submitted(
    stage: "Stage", title: str, text: tuple[str, str], plans: list[demo_texts.Plan]
) -> tuple[Call, list[Application]]:
    by: Actor = stage.officer
    need = stage.need(title, "rural", demo_texts.SECOND_FACTS)
    call = stage.draft(title, "rural", text, 60_000_00, by, [need])
    stage.publish(call, need)
    return call, [stage.apply(call, plan) for plan in plans]
