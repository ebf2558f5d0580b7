"""A session that ends in mid-form: what was typed comes back after signing in again."""

from flask import Flask, Response, g, request
from werkzeug.datastructures import MultiDict

from core import drafts
from core.access import current_actor
from core.db import transaction

# Never kept, whatever form it was.
SECRET_FIELDS = {
    "csrf_token",
    "password",
    "current_password",
    "new_password",
    "repeat_password",
    "command_id",
}
MAX_CHARACTERS = 200_000


def keep_typed() -> bool:
    """Keep the fields of this POST for the person whose session has expired; whether there was one.

    `core.accounts` puts that person's id in `g.expired_user_id` when the cookie names a session that timed
    out; one that was ended on purpose keeps nothing.
    """
    user_id = g.get("expired_user_id")
    typed = typed_fields(request.form)
    if user_id is None or not typed:
        return False
    if sum(len(value) for values in typed.values() for value in values) > MAX_CHARACTERS:
        return False
    drafts.save(user_id, f"form:{request.path}", typed)
    return True


def typed_fields(form: MultiDict[str, str]) -> dict[str, list[str]]:
    """The fields of a form that may be kept: no passwords, no tokens."""
    return {name: values for name, values in form.lists() if name not in SECRET_FIELDS}


def init_app(app: Flask) -> None:
    """Throw away what was given back, once the form it was for has been sent well."""

    @app.after_request
    def discard_when_sent(response: Response) -> Response:
        actor = current_actor()
        is_sent = request.method == "POST" and "kept" in request.args and response.status_code in {302, 303}
        if is_sent and actor is not None and actor.user_id is not None and request.endpoint != "core.sign_in":
            with transaction():
                drafts.discard(actor.user_id, f"form:{request.path}")
        return response
