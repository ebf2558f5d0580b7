"""What `workflows` hands to the application and to the packages below."""

from flask import Flask, Response

import core.cli
import workflows.models  # noqa: F401 -- registers the tables
from core import clock, navigation, outbox
from core.i18n import _l
from workflows import cli, definitions, incident_texts, incidents, instances, jobs, policy, task_forms, turns
from workflows.engine import functions
from workflows.engine.times import parse_moment
from workflows.views import bp
from workflows.views.converters import SubjectConverter
from workflows.views.failures import keep_typed


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
    app.url_map.converters["subject"] = SubjectConverter
    app.register_blueprint(bp)
    app.cli.add_command(cli.process_group)
    core.cli.register_reference(30, definitions.sync_library)
    outbox.register(turns.MESSAGE, instances.take_message, local=True)
    outbox.register(incidents.ALERT, incidents.alert)
    app.jinja_env.globals.update(incident_text=incident_texts.text)
    functions.register("add_working_days", _add_working_days)
    task_forms.register(task_forms.TaskForm("workflows.confirm", _l("Confirm that something was done")))
    jobs.register()
    navigation.register_administration(
        navigation.Entry(
            "workflows.list_incidents",
            _l("Incidents of processes"),
            "warning",
            policy.can_manage_processes,
            40,
        )
    )
    navigation.register(
        navigation.Entry(
            "workflows.list_processes",
            _l("Processes"),
            "process",
            policy.can_manage_processes,
            80,
            "workflows.",
        )
    )

    @app.after_request
    def write_incidents(response: Response) -> Response:
        keep_typed()
        incidents.write_noted()
        return response

    @app.teardown_appcontext
    def write_left_over(_error: BaseException | None) -> None:
        """What failed where nothing answers: a message that the worker could not deliver."""
        incidents.write_noted()


def _add_working_days(day: str, days: int) -> str:
    """Belgian working days, for expressions in diagrams."""
    functions.few_working_days(days)
    start = clock.brussels(parse_moment(day)).date()
    return clock.add_working_days(start, days).isoformat()
