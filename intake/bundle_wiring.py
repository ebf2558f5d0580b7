"""What bundles hand to the application: the source of sheets, the mail to taggers, menu entries, the demo."""

import uuid
from typing import Any

from core import cli, mail, navigation, outbox
from core.db import session
from core.i18n import _l
from intake import bundle_demo, bundles, policy
from intake.models.bundles import Bundle
from intake.views import bundles as pages
from workflows import signal_source


def register() -> None:
    """Register the seams; the pages register themselves by being imported before the blueprint is."""
    signal_source.register(bundles.Sheets())
    outbox.register("mail.policy_feedback", _tell_taggers)
    cli.register_demo(bundle_demo.ORDER, bundle_demo.load)
    navigation.register_start("intake.list_bundles", pages.bundles_signals, order=55)
    navigation.register(
        navigation.Entry(
            "intake.list_bundles", _l("Bundles of notices"), "need", pages.bundles_signals, order=25
        ),
        navigation.Entry(
            "intake.list_tags", _l("My policy themes"), "need", policy.is_intake_worker, order=45
        ),
    )


def _tell_taggers(payload: dict[str, Any]) -> None:
    bundle = session.get(Bundle, uuid.UUID(payload["bundle_id"]))
    if bundle is not None:
        path = mail.path_to("intake.list_tags")
        for user_id in sorted(bundles.taggers(bundle)):
            mail.put("policy_feedback", user_id, path=path)
