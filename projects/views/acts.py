"""The page of one act: what it does, the fields it asks, one button. Every act has an address of its own."""

from collections.abc import Callable

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from core.access import Actor
from core.acting import carry_out
from core.forms import Form


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
    template: str = "projects/_act.html",
    **context: object,
) -> ResponseReturnValue:
    """Show the form, or carry out `do` and go back; a refusal is shown on the form with what was typed."""

    def carry() -> str:
        do()
        return back

    if form.validate_on_submit():
        to = carry_out(form, carry, by=by)
        if to is not None:
            flash(done, "ok")
            return redirect(to)
    shown = {"title": title, "lead": lead, "button": button or title, "kind": kind, "back": back}
    return render_template(template, form=form, **shown, **context)
