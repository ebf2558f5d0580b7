"""What `projects` hands to the application and to the packages below."""

from flask import Flask

from core import cli, navigation, scheduler, search
from core.i18n import _l
from projects import (
    assessment_turns,
    bank_files,
    closings,
    demo,
    duties,
    finding,
    jobs,
    labels,
    panels,
    policy,
    reports,
    state_aid,
    step_forms,
    steps,
)
from projects import models as models
from projects.cli import group
from projects.views import bp, mails, subjects
from workflows import steps as local_steps
from workflows import task_forms


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
    app.register_blueprint(bp)
    app.cli.add_command(group)
    app.jinja_env.globals.update(status_tag=labels.status_tag)
    local_steps.register(steps.STEPS)
    task_forms.register(*step_forms.FORMS)
    bank_files.declare_parameters()
    duties.declare_parameters()
    reports.declare_parameters()
    state_aid.declare_parameters()
    closings.register()
    subjects.register()
    panels.register()
    mails.register()
    finding.register(search.register)
    cli.register_demo(demo.ORDER, demo.load)
    cli.register_demo(demo.ORDER + 1, demo.finish)
    jobs.register()
    scheduler.register("projects.closings", closings.sweep, closings.EVERY_SECONDS)
    scheduler.register("projects.assessment_turns", assessment_turns.sweep, closings.EVERY_SECONDS)
    navigation.register_start("projects.show_day", policy.takes_part, order=60)
    navigation.register(
        navigation.Entry("projects.show_day", _l("My work"), "check", policy.takes_part, 12),
        navigation.Entry(
            "projects.list_needs", _l("Needs"), "need", policy.is_officer, 30, "projects.list_needs"
        ),
        navigation.Entry(
            "projects.list_calls", _l("Calls"), "call", policy.takes_part, 40, "projects.list_calls"
        ),
        navigation.Entry(
            "projects.list_applications", _l("Applications"), "folder", policy.sees_applications, 50
        ),
        navigation.Entry("projects.list_projects", _l("Projects"), "project", policy.follows_projects, 60),
        navigation.Entry("projects.list_payments", _l("Payments"), "money", policy.is_finance, 70),
    )
