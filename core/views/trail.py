"""The trail, for the data protection officer of an organization."""

import contextlib
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import audit, kept_filters, policy, trail, trail_words
from core.access import Actor, requires
from core.asking import PARAM, asks
from core.i18n import _
from core.models.accounts import Tenant
from core.views import bp


@bp.route("/trail", methods=["GET", "POST"])
@requires(policy.can_read_trail)
@asks("person", "number")
def list_trail(*, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    """Who read or did what. That the officer looked is itself in the trail."""
    days = {"from": kept_filters.DAY, "until": kept_filters.DAY}
    chosen = kept_filters.of_list("core.list_trail", kind=trail.KINDS, **days)
    filters = trail.Filters(
        kind=chosen["kind"],
        number=asked["number"][:100],
        person=asked["person"],
        from_on=chosen.day("from"),
        until_on=chosen.day("until"),
        after=_number(request.args.get("after", "")),
    )
    rows, after = trail.page(filters, by=by)
    audit.read(Tenant(id=by.tenant_id), by=by, action="trail.read")
    sought = {PARAM: request.args.get(PARAM)}
    more = chosen.url(after=after, **sought) if after is not None else None
    kinds = {
        "all": _("All"),
        "looks": _("Who looked"),
        "acts": _("Who did"),
        "refused": _("What was refused"),
    }
    chips: list[Any] = [
        {"label": label, "url": chosen.url(kind=code, **sought), "current": code == filters.kind}
        for code, label in kinds.items()
    ]
    typed = {name: chosen.typed(name) for name in days}
    return render_template(
        "core/list_trail.html", rows=rows, more=more, asked={**asked, **typed},
        chosen=chosen, chips=chips, what=trail_words.what,
    )  # fmt: skip


def _number(text: str) -> int | None:
    with contextlib.suppress(ValueError):
        return int(text) if len(text) < 19 else None
    return None
