"""Saving of what is being typed, every few seconds, by the script of the page."""

from flask import abort, request
from flask.typing import ResponseReturnValue

from core import drafts
from core.access import Actor, signed_in
from core.expired import MAX_CHARACTERS, typed_fields
from core.views import bp


@bp.post("/drafts")
@signed_in
def save_draft(*, by: Actor) -> ResponseReturnValue:
    """Keep the fields of the form on `?page=/path`; `drafts.find(user_id, "form:/path")` gives them back."""
    page = request.args.get("page", "")
    typed = typed_fields(request.form)
    if not page.startswith("/") or len(page) > 150 or by.user_id is None:
        abort(400)
    if sum(len(value) for values in typed.values() for value in values) > MAX_CHARACTERS:
        abort(413)
    drafts.save(by.user_id, f"form:{page}", typed)
    return "", 204
