"""Who acts, and who may enter: every route declares it, undeclared routes are refused (ADR 0003)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from core import refusals
from core.errors import NotAllowed

View = Callable[..., ResponseReturnValue]


class Role(StrEnum):
    """What a membership lets someone do; a person acts in one membership at a time."""

    INTAKE_WORKER = "intake_worker"
    TEAM_LEAD = "team_lead"
    PARTNER_DESK = "partner_desk"
    APPLICANT = "applicant"
    COORDINATOR = "coordinator"
    STEERING_GROUP = "steering_group"
    OFFICER = "officer"
    JUROR = "juror"
    DECIDER = "decider"
    FINANCE = "finance"
    DPO = "dpo"
    ADMINISTRATOR = "administrator"
    PROCESS_MANAGER = "process_manager"
    MAP_EDITOR = "map_editor"


@dataclass(frozen=True)
class Actor:
    """Who does something, on whose behalf, with which rights: user + membership (ADR 0003)."""

    user_id: uuid.UUID | None
    name: str
    tenant_id: uuid.UUID | None
    tenant_name: str = ""
    tenant_kind: str = ""  # a core.models.accounts.TenantKind
    membership_id: uuid.UUID | None = None
    roles: frozenset[Role] = frozenset()
    team_ids: frozenset[uuid.UUID] = frozenset()
    partnership_id: uuid.UUID | None = None
    locale: str = "nl"
    email: str = ""
    kind: str = "user"  # user, worker (background process) or citizen
    session_id: uuid.UUID | None = None
    on_behalf_of: uuid.UUID | None = None
    preferences: dict[str, Any] = field(default_factory=dict, compare=False)

    def has(self, *roles: Role) -> bool:
        """Whether the membership holds one of `roles`."""
        return not self.roles.isdisjoint(roles)


def system_actor(tenant_id: uuid.UUID | None = None) -> Actor:
    """The background worker; an actor like any other, so that the trail names it."""
    return Actor(user_id=None, name="Draaischijf", tenant_id=tenant_id, kind="worker")


@dataclass(frozen=True)
class Access:
    """What a route declares. `kind`: public, signed_in or rule; `rule` is named for the access table.

    `check` is that rule and `load` what it judges, so that a test can ask them for every role.
    """

    kind: str
    rule: str = ""
    check: Callable[..., bool] | None = None
    load: Callable[[Any], Any] | None = None


def current_actor() -> Actor | None:
    actor: Actor | None = g.get("actor")
    return actor


def public(view: View) -> View:
    """Anyone may enter, signed in or not."""
    view.access = Access("public")  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone with an account may enter; the view gets `by`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        actor = current_actor()
        return to_sign_in() if actor is None else view(*args, by=actor, **kwargs)

    guarded.access = Access("signed_in")  # type: ignore[attr-defined]
    return guarded


def requires(
    rule: Callable[..., bool], get: Callable[[Any], Any] | None = None, param: str | None = None
) -> Callable[[View], View]:
    """Only who passes `rule` enters.

    With `get`, the record named by the URL is loaded first and handed to rule and view; a record that
    this actor may not know answers 404, and the try is in the trail. `param` names the URL value where
    the route has more than one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**kwargs: Any) -> ResponseReturnValue:
            actor = current_actor()
            if actor is None:
                return to_sign_in()
            if get is None:
                if not rule(actor):
                    _refuse(rule, None, actor)
                    raise NotAllowed(rule.__name__)
                return view(by=actor, **kwargs)
            key = kwargs.pop(param) if param else kwargs.pop(next(iter(kwargs)))
            record = get(key)
            if record is None:
                abort(404)
            if not rule(actor, record):
                _refuse(rule, record, actor)
                abort(404)
            return view(record, by=actor, **kwargs)

        guarded.access = Access("rule", rule.__name__, rule, get)  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refuse(rule: Callable[..., bool], record: Any, actor: Actor) -> None:
    from core.audit import refused

    refused(rule.__name__, record, by=actor)


def to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back; what an expired session was typing is kept for the same person.

    A program cannot sign in there: it is told that its token does not hold.
    """
    if refusals.for_program():
        return refusals.problem(401)
    kept = False
    if request.method == "POST":
        from core.expired import keep_typed

        kept = keep_typed()
    target = _address_to_keep() if request.method == "GET" else request.path
    return redirect(url_for("core.sign_in", next=target, kept=int(kept) or None))


def _address_to_keep() -> str:
    """This page, without what was asked of it in clear: that may name a person (`core.asking`)."""
    asked = getattr(current_app.view_functions[request.endpoint or ""], "asks", ())
    beside = [(name, text) for name, text in request.args.items(multi=True) if name not in asked]
    return f"{request.path}?{urlencode(beside)}" if beside else request.path


def init_app(app: Flask) -> None:
    """Refuse, before anything else, a view that does not say who may enter."""

    @app.before_request
    def deny_undeclared() -> None:
        if request.endpoint in {None, "static"}:
            return
        if not hasattr(app.view_functions[request.endpoint or ""], "access"):
            abort(403)
