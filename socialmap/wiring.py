"""What `socialmap` hands to the application and to the packages below."""

from flask import Flask

from core import cli as commands
from core import navigation, outbox, parameters, scheduler
from core import search as everywhere
from core.i18n import _l
from socialmap import confirmations, deliveries, demo, derivations, index_version, local_entries, reference
from socialmap.cli import cli
from socialmap.views import bp, finding


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
    app.register_blueprint(bp)
    app.cli.add_command(cli)
    outbox.register(confirmations.KIND, confirmations.send, external=True)
    scheduler.register("deliveries", deliveries.work, deliveries.SWEEP_SECONDS)
    scheduler.register("local-entries", local_entries.sweep, local_entries.SWEEP_SECONDS)
    scheduler.register("socialmap", confirmations.sweep, confirmations.SWEEP_SECONDS)
    parameters.declare(
        confirmations.MONTHS_KEY,
        _l("Ask keepers of the social map to confirm after so many months (0 is never)"),
        confirmations.MONTHS,
    )
    commands.register_reference(10, reference.load_reference_data)
    commands.register_reference(15, deliveries.seal_kept)
    commands.register_reference(16, derivations.settle_secrets)
    commands.register_reference(20, index_version.catch_up)
    commands.register_demo(10, demo.load)
    navigation.register(
        navigation.Entry(
            "socialmap.search_services",
            _l("Social map"),
            "place",
            lambda by: True,
            order=40,
            section="socialmap.",
        )
    )
    everywhere.register(
        everywhere.Source(
            "services",
            _l("Services"),
            finding.find,
            lambda by: True,
            more=finding.all_results,
            order=60,
            things=(_l("service"),),
        )
    )
