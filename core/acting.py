"""How a view carries out one operation: once per command, in one transaction, refusals on the form."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from core import commands
from core.access import Actor
from core.db import transaction
from core.errors import DomainError
from core.forms import Form
from core.i18n import _


def carry_out(
    form: Form, do: Callable[[], object], *, by: Actor, record: Any = None, to: str = ""
) -> str | None:
    """Run `do`; the address to go to, or None when the form has to be shown again.

    The address is `to`; where that is not known beforehand, `do` returns it. A repeat of the command (a
    double click) finds the address of the first time and changes nothing. After a conflict the form carries
    the new version of `record`, so that sending it again is a choice, not a loss.
    """
    found: list[str] = []
    with form.errors_from_domain(), transaction():
        earlier = commands.once(form.sent_command, by, result={"to": to} if to else None)
        if earlier is not None:
            found.append(str(earlier.get("to") or "/"))
        elif to:
            do()
            found.append(to)
        else:
            found.append(str(do()))
            commands.done(form.sent_command, {"to": found[0]})
    if not found:
        if record is not None:
            form.version.data = str(record.version)
        form.command_id.data = str(uuid.uuid4())
        return None
    return found[0]


def act(form: Form, do: Callable[[], str], *, by: Actor, said: str = "") -> ResponseReturnValue:
    """Carry out a one-button act and go on; a refusal becomes the page that says who was first."""
    if not form.validate_on_submit():
        raise DomainError(_("This page was open too long. Load it again and repeat what you did."))
    with transaction():
        earlier = commands.once(form.sent_command, by)
        to = do() if earlier is None else str(earlier.get("to") or "/")
        if earlier is None:
            commands.done(form.sent_command, {"to": to})
    if said and earlier is None:
        flash(said, "ok")
    return redirect(to)


def perform(
    form: Form,
    do: Callable[[], object],
    *,
    by: Actor,
    title: str,
    back: str,
    done: str,
    lead: str = "",
    button: str = "",
    kind: str = "",
    template: str = "layouts/act.html",
    record: Any = None,
    **context: object,
) -> ResponseReturnValue:
    """The page of one act: show its form, or carry out `do` and go back; a refusal keeps what was typed."""

    if form.validate_on_submit():
        to = carry_out(form, do, by=by, record=record, to=back)
        if to is not None:
            flash(done, "ok")
            return redirect(to)
    shown = {"title": title, "lead": lead, "button": button or title, "kind": kind, "back": back}
    return render_template(template, form=form, **shown, **context), 422 if form.errors else 200
