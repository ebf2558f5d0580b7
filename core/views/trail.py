"""The trail, for the data protection officer of an organization."""

import contextlib
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit, policy, trail, trail_words
from core.access import Actor, requires
from core.fields import parse_day
from core.i18n import _
from core.models.accounts import Tenant
from core.views import bp


@bp.get("/trail")
@requires(policy.can_read_trail)
def list_trail(*, by: Actor) -> ResponseReturnValue:
    """Who read or did what. That the officer looked is itself in the trail."""
    asked: dict[str, Any] = {
        key: request.args.get(key, "")[:100] for key in ("kind", "number", "person", "from", "until")
    }
    wrong: dict[str, str] = {}
    filters = trail.Filters(
        kind=asked["kind"] if asked["kind"] in trail.KINDS else "all",
        number=asked["number"],
        person=asked["person"],
        from_on=_day("from", asked["from"], wrong),
        until_on=_day("until", asked["until"], wrong),
        after=_number(request.args.get("after", "")),
    )
    rows, after = trail.page(filters, by=by)
    audit.read(Tenant(id=by.tenant_id), by=by, action="trail.read")
    more = url_for("core.list_trail", **{**asked, "after": after}) if after is not None else None
    kinds = {
        "all": _("All"),
        "looks": _("Who looked"),
        "acts": _("Who did"),
        "refused": _("What was refused"),
    }
    chips: list[Any] = [
        {"label": label, "url": url_for("core.list_trail", **{**asked, "kind": code}),
         "current": code == filters.kind}
        for code, label in kinds.items()
    ]  # fmt: skip
    return render_template(
        "core/list_trail.html", rows=rows, more=more, asked=asked, wrong=wrong, chips=chips,
        kind=filters.kind, what=trail_words.what,
    )  # fmt: skip


def _day(name: str, text: str, wrong: dict[str, str]) -> date | None:
    if not text.strip():
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        wrong[name] = str(error)
        return None


def _number(text: str) -> int | None:
    with contextlib.suppress(ValueError):
        return int(text) if len(text) < 19 else None
    return None
