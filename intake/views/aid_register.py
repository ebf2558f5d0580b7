"""The register of requests for aid of an OCMW, and its copy as a table."""

import contextlib
import uuid
from types import SimpleNamespace
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit, clock, kept_filters
from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from core.models.accounts import Tenant
from intake import aid_register, policy
from intake.aid_register import Shown, Sought
from intake.views import bp

BY_MARK = "\ufeff"  # tells a spreadsheet that the letters are UTF-8


@bp.route("/aid-register")
@requires(policy.keeps_aid_register)
def show_aid_register(*, by: Actor) -> ResponseReturnValue:
    """Every request of the organization; who looked at the register is in the trail."""
    chosen = _chosen()
    lines, last = aid_register.page(_sought(chosen), by=by, after=_after())
    audit.read(Tenant(id=by.tenant_id), by=by, action="aid_register.read")
    return render_template(
        "intake/show_aid_register.html",
        lines=lines,
        name_of=aid_register.who,
        chosen=chosen,
        chips=_chips(chosen),
        more=chosen.url(after=last) if last else None,
        copy=url_for("intake.download_aid_register", **chosen.values),
        today=clock.today(),
    )


@bp.route("/aid-register.csv")
@requires(policy.keeps_aid_register)
def download_aid_register(*, by: Actor) -> ResponseReturnValue:
    chosen = _chosen()
    with transaction():
        table = aid_register.export(_sought(chosen), by=by)
    name = f"hulpvragen-{clock.today():%Y-%m-%d}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(BY_MARK + table, mimetype="text/csv; charset=utf-8", headers=disposition)


def _after() -> uuid.UUID | None:
    with contextlib.suppress(ValueError):
        return uuid.UUID(request.args.get("after", ""))
    return None


def _chosen() -> kept_filters.Filter:
    days = {"from": kept_filters.DAY, "until": kept_filters.DAY}
    return kept_filters.of_list("intake.show_aid_register", show=[str(each) for each in Shown], **days)


def _sought(chosen: kept_filters.Filter) -> Sought:
    return Sought(Shown(chosen["show"]), chosen.day("from"), chosen.day("until"))


def _chips(chosen: kept_filters.Filter) -> list[Any]:
    texts = {
        Shown.ALL: _("All"),
        Shown.OPEN: _("Open"),
        Shown.LATE: _("Late"),
        Shown.WITHOUT_RECEIPT: _("Without receipt"),
    }
    return [
        SimpleNamespace(label=text, url=chosen.url(show=code), current=code == chosen["show"])
        for code, text in texts.items()
    ]
