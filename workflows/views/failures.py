"""A form whose turn failed is not lost: it comes back to the same person on the same page."""

from flask import request

from core import drafts
from core.access import current_actor
from core.db import session

SECRET_FIELDS = {"csrf_token", "password", "command_id", "version"}


def keep_typed() -> None:
    """Keep the form of this request as draft when a turn failed in it."""
    actor = current_actor()
    if not session.info.get("faults") or request.method != "POST" or actor is None or actor.user_id is None:
        return
    typed = {name: values for name, values in request.form.lists() if name not in SECRET_FIELDS}
    if typed:
        drafts.save(actor.user_id, f"form:{request.path}", typed)
