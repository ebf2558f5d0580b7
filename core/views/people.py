"""People and what they may do where, for administrators."""

import uuid
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Email, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core import acting, people, policy
from core.access import Actor, Role, requires
from core.asking import PARAM, asks
from core.db import session
from core.errors import NotFound
from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _, _l
from core.models.accounts import Membership, Tenant
from core.text import uuid_or_none
from core.views import bp


class RolesField(SelectMultipleField):
    """Roles as a list of boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class MembershipForm(Form):
    """What somebody may do, in which team, until when."""

    roles = RolesField(_l("Roles"), [InputRequired(_l("Choose at least one role."))])
    team = SelectField(_l("Team"), [Optional()])
    ends_on = DayField(_l("Last day"), [Optional()])

    def __init__(self, *args: Any, tenant_id: uuid.UUID, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [(role.value, people.ROLES[role]) for role in policy.assignable_roles(by)]
        self.team.choices = [
            ("", _l("No team")),
            *[(str(team.id), team.name) for team in people.teams(tenant_id)],
        ]

    @property
    def chosen_roles(self) -> list[Role]:
        return [Role(code) for code in self.roles.data or []]

    @property
    def chosen_team(self) -> uuid.UUID | None:
        return uuid.UUID(self.team.data) if self.team.data else None


class PersonForm(MembershipForm):
    """Somebody new in an organization."""

    email = StringField(
        _l("E-mail address at work"),
        [
            InputRequired(_l("Fill in the e-mail address.")),
            max_length(320),
            Email(_l("This is no e-mail address.")),
        ],
    )
    name = StringField(_l("Name"), [InputRequired(_l("Fill in the name.")), max_length(200)])


# ---------------------------------------------------------------- list
@bp.route("/admin/people", methods=["GET", "POST"])
@requires(policy.can_administer)
@asks("q")
def list_people(*, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    """Who works where, by name."""
    chosen: dict[str, Any] = {key: request.args.get(key, "") for key in ("tenant", "ended", "after", PARAM)}
    tenant_id = uuid_or_none(chosen["tenant"])
    platform = policy.is_platform(by)
    page = people.listed(
        by, tenant_id=tenant_id, text=asked["q"], ended=bool(chosen["ended"]), after=chosen["after"]
    )
    more = url_for("core.list_people", **{**chosen, "after": page.next}) if page.next else None
    return render_template(
        "core/list_people.html",
        rows=page.rows,
        more=more,
        asked={**chosen, **asked},
        tabs=_tabs(chosen),
        tenants=people.tenants() if platform else [],
        into=tenant_id if platform and tenant_id else by.tenant_id,
        names=people.ROLES,
    )


def _tabs(chosen: dict[str, str]) -> list[Any]:
    kept: dict[str, Any] = {name: chosen[name] or None for name in ("tenant", PARAM)}
    return [
        SimpleNamespace(
            label=label, url=url_for("core.list_people", ended=code or None, **kept),
            current=bool(chosen["ended"]) == bool(code),
        )
        for code, label in (("", _("Working here")), ("1", _("Ended")))
    ]  # fmt: skip


# ---------------------------------------------------------------- one person
@bp.route("/admin/people/new", methods=["GET", "POST"])
@requires(policy.can_administer)
def add_person(*, by: Actor) -> ResponseReturnValue:
    """Somebody new; who has no account yet gets a mail to choose a password."""
    tenant = _tenant(by)
    form = PersonForm(tenant_id=tenant.id, by=by)
    if form.validate_on_submit():

        def do() -> str:
            made = people.add_person(
                form.email.data or "", form.name.data or "", tenant, form.chosen_roles,
                team_id=form.chosen_team, ends_on=form.ends_on.data, by=by,
            )  # fmt: skip
            return url_for("core.show_person", membership_id=made.id)

        to = acting.carry_out(form, do, by=by)
        if to:
            flash(_("Added. Who is new here gets a mail to choose a password."), "ok")
            return redirect(to)
    code = 422 if form.errors else 200
    return render_template("core/add_person.html", form=form, tenant=tenant), code


def _tenant(by: Actor) -> Tenant:
    """The organization that somebody is added to: the own one; for the platform any."""
    wanted = uuid_or_none(request.args.get("tenant", "")) or by.tenant_id
    found = session.get(Tenant, wanted)
    if found is None or (found.id != by.tenant_id and not policy.is_platform(by)):
        raise NotFound
    return found


@bp.route("/admin/people/<uuid:membership_id>", methods=["GET", "POST"])
@requires(policy.can_manage_member, people.get)
def show_person(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """One person in one organization: roles, team, last day; and what can be done with the account."""
    form = MembershipForm(
        tenant_id=membership.tenant_id, by=by, roles=membership.roles,
        team=str(membership.team_id or ""), ends_on=membership.ends_on,
    )  # fmt: skip
    if form.validate_on_submit():

        def do() -> str:
            people.change_membership(
                membership, form.chosen_roles, team_id=form.chosen_team, ends_on=form.ends_on.data, by=by
            )
            return url_for("core.show_person", membership_id=membership.id)

        to = acting.carry_out(form, do, by=by)
        if to:
            flash(_("Saved. It holds from the next click of this person."), "ok")
            return redirect(to)
    return render_template(
        "core/show_person.html",
        form=form,
        membership=membership,
        tokens=people.tokens(membership),
        can_block=policy.can_block(by, membership),
        is_self=membership.user_id == by.user_id,
    ), 422 if form.errors else 200


class ActForm(Form):
    """A button."""


def _act(membership: Membership, do: Any, said: str, by: Actor) -> ResponseReturnValue:
    def carry() -> str:
        do()
        return url_for("core.show_person", membership_id=membership.id)

    return acting.act(ActForm(), carry, by=by, said=said)


@bp.post("/admin/people/<uuid:membership_id>/end")
@requires(policy.can_manage_member, people.get)
def end_membership(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """It is over now."""
    return _act(membership, lambda: people.end_membership(membership, by=by), _("Ended."), by)


@bp.post("/admin/people/<uuid:membership_id>/block")
@requires(policy.can_block, people.get)
def block_person(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """Shut the account everywhere."""
    said = _("Blocked. All sessions have ended.")
    return _act(membership, lambda: people.block_person(membership, by=by), said, by)


@bp.post("/admin/people/<uuid:membership_id>/unblock")
@requires(policy.can_block, people.get)
def unblock_person(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """Let the account in again."""
    said = _("This account can sign in again.")
    return _act(membership, lambda: people.unblock_person(membership, by=by), said, by)


@bp.post("/admin/people/<uuid:membership_id>/password-link")
@requires(policy.can_manage_member, people.get)
def send_password_link(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """A mail with a link to choose a password."""
    said = _("A mail with a link is on its way.")
    return _act(membership, lambda: people.send_link(membership, by=by), said, by)


@bp.post("/admin/people/<uuid:membership_id>/end-token")
@requires(policy.can_manage_member, people.get)
def end_token(membership: Membership, *, by: Actor) -> ResponseReturnValue:
    """A token for programs stops."""
    wanted = uuid_or_none(request.form.get("token_id", "")) or uuid.UUID(int=0)
    said = _("This token lets nobody in any more.")
    return _act(membership, lambda: people.end_token(membership, wanted, by=by), said, by)
