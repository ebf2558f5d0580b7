"""What `projects` hands to the application and to the packages below."""

from flask import Flask

from core import navigation
from core.i18n import _l
from projects import labels, mails, policy, steps, subjects
from projects import models as models
from projects.cli import group
from projects.views import bp
from workflows import steps as local_steps


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
    app.register_blueprint(bp)
    app.cli.add_command(group)
    app.jinja_env.globals.update(status_tag=labels.status_tag)
    local_steps.register(steps.STEPS)
    subjects.register()
    mails.register()
    navigation.register(
        navigation.Entry(
            "projects.list_needs", _l("Needs"), "need", policy.is_officer, 30, "projects.list_needs"
        ),
        navigation.Entry(
            "projects.list_calls", _l("Calls"), "call", policy.takes_part, 40, "projects.list_calls"
        ),
        navigation.Entry("projects.list_applications", _l("Applications"), "folder", policy.takes_part, 50),
        navigation.Entry("projects.list_projects", _l("Projects"), "project", policy.follows_projects, 60),
        navigation.Entry("projects.list_payments", _l("Payments"), "money", policy.is_finance, 70),
    )
