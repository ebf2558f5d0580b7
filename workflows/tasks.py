"""The worklist: what somebody can do now, what waits for others, and whose turn it is (ADR 0016).

Lists are keyset pages over partial indexes, one small range for each queue, so they do not grow with the
number of cases. Labels come from the packages above in one batch for each kind of subject.
"""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import session
from core.i18n import _, process_text
from core.models.accounts import Tenant, User
from workflows import definitions, instances, subjects, worklists
from workflows.models.instances import Instance, TurnState
from workflows.models.tasks import Task
from workflows.models.terms import Term
from workflows.queues import queues_of
from workflows.subjects import Label, Ref
from workflows.turns import FAR

LIVE = sa.text("task.status IN ('open', 'waiting')")
CAP = 100
MOMENT = timedelta(microseconds=1)


class Listed(Protocol):
    """What a list shows of a step: a record, or the row of a query with these columns."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def key(self) -> str: ...

    @property
    def element_id(self) -> str: ...

    @property
    def subject_type_(self) -> str: ...

    @property
    def subject_id(self) -> uuid.UUID: ...

    @property
    def assignee_id(self) -> uuid.UUID | None: ...

    @property
    def party(self) -> str: ...

    @property
    def turn_tenant_id(self) -> uuid.UUID | None: ...

    @property
    def due_at(self) -> datetime | None: ...

    @property
    def opened_at(self) -> datetime: ...

    @property
    def has_form(self) -> bool: ...


class Standing(NamedTuple):
    """What a line says of its turn and term. Lines with equal ones share what is drawn for it.

    age: working days since the step opened. days_left: working days until the term ends, None without one.
    """

    state: str
    label: str
    age: int
    days_left: int | None
    is_late: bool


class Row(NamedTuple):
    """A line of a list: the task, its subject as this reader may see it, its name in the reader's
    language.
    """

    task: "Listed"
    label: Label | None
    name: str
    standing: Standing

    @property
    def turn(self) -> "TurnHolder":
        task, standing = self.task, self.standing
        is_theirs = standing.state in {"citizen", "nobody"}
        holder = (None, None) if is_theirs else (task.turn_tenant_id, task.assignee_id)
        return TurnHolder(standing.state, standing.label, task.opened_at, *holder)

    @property
    def address(self) -> str | None:
        """Where this step is done: at its form, else on the page of its subject."""
        if self.task.has_form:
            return f"/processes/tasks/{self.task.id}"
        return self.label.address if self.label else None

    @property
    def is_late(self) -> bool:
        return self.standing.is_late

    @property
    def due_on(self) -> date | None:
        """The last Brussels day on which it is in time: terms end at the first moment after it."""
        return due_on(self.task.due_at)


@dataclass(frozen=True)
class Page:
    """Rows and the cursor of the next page, None on the last one."""

    rows: list[Row]
    next: str | None


class TurnHolder(NamedTuple):
    """Whose turn it is, seen by the reader: `state` me | us | partner | citizen | nobody (data-state).

    `label` names the person or organization; empty for nobody.
    """

    state: str
    label: str
    since: datetime | None
    tenant_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None

    @property
    def age(self) -> int:
        """Working days since it became their turn."""
        return age(self.since)


NOBODY = TurnHolder("nobody", "", None)


def age(since: datetime | None) -> int:
    """Working days from a moment until today; 0 on the day itself."""
    return _days(clock.brussels(since).date(), clock.today()) if since else 0


def _days(start: date, end: date) -> int:
    return max(clock.working_days_between(start, end), 0)


def due_on(due_at: datetime | None) -> date | None:
    """The last day of a term that ends at a moment; None without a term."""
    return None if due_at is None else clock.brussels(due_at - MOMENT).date()


# ---------------------------------------------------------------- lists
def queues(by: Actor) -> list[uuid.UUID]:
    """The queues this actor works from: own teams, the desk of the organization, one for each role."""
    return sorted(queues_of(by))


def worklist(by: Actor, *, scope: str = "me", after: str | None = None, limit: int = 25) -> Page:
    """What can be done now, by due moment: two statements and one batch of labels for each kind of subject.

    Scope `me`: assigned to me, and what nobody has taken yet in my queues. Scope `team`: everything in my
    queues, also what a colleague has. `after` is the cursor of the former page.
    """
    return _page(_todo(by, scope), by, "sort_at", after, limit)


def waiting(by: Actor, *, scope: str = "me", after: str | None = None, limit: int = 25) -> Page:
    """What we hold but somebody else is at turn for, longest first, with its age in working days."""
    return _page(_held(by, scope), by, "opened_at", after, limit)


def day(
    by: Actor,
    *,
    aside: worklists.Step,
    after: str | None = None,
    limit: int = 25,
    held_limit: int = 25,
    aside_after: str | None = None,
    aside_limit: int = 25,
) -> tuple[Page, Page, Page]:
    """Three lists for one page: what can be done now, what the team waits for, and the rows of one step that
    is nobody's work yet. What they are about is read once.
    """
    todo = _found(_todo(by, "me"), by, "sort_at", after, limit, without=aside)
    waits = _found(_held(by, "team"), by, "opened_at", None, held_limit)
    apart = _found(_todo(by, "me"), by, "sort_at", aside_after, aside_limit, only=aside)
    shown = iter(rows([*todo.found, *waits.found, *apart.found], by))
    first, second, third = (
        Page(list(islice(shown, len(one.found))), one.next) for one in (todo, waits, apart)
    )
    return first, second, third


def count(by: Actor, *, scope: str = "me", listed: str = "open") -> int:
    """How many rows a list has, counted to 100 at most: 100 means “100 or more”. One statement."""
    ranges = _held(by, scope) if listed == "waiting" else _todo(by, scope)
    if not ranges or by.tenant_id is None:
        return 0
    order = "opened_at" if listed == "waiting" else "sort_at"
    page = worklists.page(tuple(kind for kind, _key in ranges), order, CAP, paged=False).subquery()
    query = sa.select(sa.func.count()).select_from(page)
    return min(int(session.scalar(query, worklists.values(by.tenant_id, ranges)) or 0), CAP)


def _todo(by: Actor, scope: str) -> worklists.Ranges:
    """Index ranges, none of which overlap: mine, and by queue what is free (and, for a team, what is
    taken).
    """
    free: worklists.Ranges = [("free", queue) for queue in queues(by)]
    if scope == "team":
        return free + [("taken", queue) for queue in queues(by)]
    return free + ([("mine", by.user_id)] if by.user_id else [])


def _held(by: Actor, scope: str) -> worklists.Ranges:
    if scope == "team":
        return [("waiting", queue) for queue in queues(by)]
    return [("waiting_mine", by.user_id)] if by.user_id else []


class _Found(NamedTuple):
    found: Sequence[Any]
    next: str | None


def _page(ranges: worklists.Ranges, by: Actor, order: str, after: str | None, limit: int) -> Page:
    page = _found(ranges, by, order, after, limit)
    return Page(rows(page.found, by), page.next)


def _found(
    ranges: worklists.Ranges,
    by: Actor,
    order: str,
    after: str | None,
    limit: int,
    *,
    only: worklists.Step | None = None,
    without: worklists.Step | None = None,
) -> _Found:
    if not ranges or by.tenant_id is None:
        return _Found([], None)
    values = worklists.values(by.tenant_id, ranges)
    if after:
        values["moment"], values["last"] = _read_cursor(after)
    kinds = tuple(kind for kind, _key in ranges)
    query = worklists.listing(kinds, order, limit + 1, paged=bool(after), only=only, without=without)
    found: Sequence[Any] = query.all(session, values)
    more = len(found) > limit
    found = found[:limit]
    cursor = _cursor(getattr(found[-1], order), found[-1].id) if more else None
    return _Found(found, cursor)


def _cursor(moment: datetime, last: uuid.UUID) -> str:
    return urlsafe_b64encode(f"{moment.isoformat()}/{last}".encode()).decode().rstrip("=")


def is_cursor(text: str) -> bool:
    """Whether a page can have named this as its next one."""
    try:
        _parse_cursor(text)
    except ValueError:
        return False
    return True


def _read_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    """The place after which the next page begins; the beginning for a cursor that was tampered with."""
    try:
        return _parse_cursor(text)
    except ValueError:
        return datetime.fromisoformat("0001-01-02T00:00:00+00:00"), uuid.UUID(int=0)


def _parse_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    moment, _slash, last = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("/")
    found = datetime.fromisoformat(moment)
    if found.tzinfo is None:
        raise ValueError("a cursor has a zone")
    return found, uuid.UUID(last)


def rows(found: Sequence[Listed], by: Actor) -> list[Row]:
    """Tasks as a reader sees them: labels in a batch for each kind, names in one statement."""
    labels = subjects.labels(((task.subject_type_, task.subject_id) for task in found), by)
    names = _names({task.turn_tenant_id for task in found} - {by.tenant_id}, set())
    steps = {(task.key, task.element_id): task for task in found}
    called = {step: name_of(task) for step, task in steps.items()}
    now, today = clock.now(), clock.today()
    return [
        Row(
            task,
            labels.get((task.subject_type_, task.subject_id)),
            called[task.key, task.element_id],
            Standing(
                *_holder(by, task.party, task.turn_tenant_id, task.assignee_id, names),
                _days(clock.brussels(task.opened_at).date(), today),
                *_left(task.due_at, now, today),
            ),
        )
        for task in found
    ]


def _left(due_at: datetime | None, now: datetime, today: date) -> tuple[int | None, bool]:
    """Working days until a term ends, and whether it has."""
    if due_at is None:
        return None, False
    return clock.working_days_between(today, clock.brussels(due_at - MOMENT).date()), due_at < now


def name_of(task: Listed) -> str:
    """The name of a step in the reader's language; rendered when shown, never stored (ADR 0016)."""
    return process_text(task.key, task.element_id, definitions.step_name(task.key, task.element_id))


# ---------------------------------------------------------------- whose turn
def turn_holder(subject: Ref, by: Actor) -> TurnHolder:
    """Whose turn it is on a subject, as this reader sees it. At most two statements."""
    return turn_holders([subject], by).get((subject.subject_type, subject.id), NOBODY)


def turn_holders(wanted: Iterable[Ref], by: Actor) -> dict[tuple[str, uuid.UUID], TurnHolder]:
    """The same for many subjects, in two statements."""
    refs = list(wanted)
    if not refs:
        return {}
    live = sa.select(
        Instance.subject_type_, Instance.subject_id, Instance.turn_state, Instance.turn_tenant_id,
        Instance.turn_user_id, Instance.turn_since,
    ).where(
        Instance.subject_type_.in_({ref.subject_type for ref in refs}),
        Instance.subject_id.in_({ref.id for ref in refs}),
        sa.text("process_instance.status IN ('running', 'suspended', 'incident')"),
    )  # fmt: skip
    found = session.execute(live).all()
    tenants = {row.turn_tenant_id for row in found} - {by.tenant_id}
    users = {row.turn_user_id for row in found if row.turn_tenant_id == by.tenant_id} - {by.user_id}
    names = _names(tenants, users)
    return {
        (row[0], row[1]): _seen_by(
            by, row.turn_state, row.turn_tenant_id, row.turn_user_id, row.turn_since, names
        )
        for row in found
    }


def _names(tenants: set[uuid.UUID | None], users: set[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names of organizations and colleagues, in one statement."""
    tenants, users = tenants - {None}, users - {None}
    if not tenants and not users:
        return {}
    query = sa.union_all(
        sa.select(Tenant.id, Tenant.name).where(Tenant.id.in_(tenants)),
        sa.select(User.id, User.name).where(User.id.in_(users)),
    )
    return {row.id: row.name for row in session.execute(query)}


def _seen_by(
    by: Actor,
    party: TurnState,
    tenant_id: uuid.UUID | None,
    user_id: uuid.UUID | None,
    since: datetime,
    names: dict[uuid.UUID, str],
) -> TurnHolder:
    state, label = _holder(by, party, tenant_id, user_id, names)
    if state in {"citizen", "nobody"}:
        return TurnHolder(state, label, since)
    return TurnHolder(state, label, since, tenant_id, user_id)


def _holder(
    by: Actor,
    party: str,
    tenant_id: uuid.UUID | None,
    user_id: uuid.UUID | None,
    names: dict[uuid.UUID, str],
) -> tuple[str, str]:
    """Who is at turn as this reader sees it: one of the states of `TurnHolder`, and a name."""
    if party == TurnState.CITIZEN:
        return "citizen", _("Citizen")
    if party == TurnState.NOBODY:
        return "nobody", ""
    if tenant_id is not None and tenant_id == by.tenant_id:
        if user_id is not None and user_id == by.user_id:
            return "me", _("You")
        label = names.get(user_id, by.tenant_name) if user_id else by.tenant_name
        return "us", label or _("Us")
    return "partner", names.get(tenant_id, _("Partner")) if tenant_id else _("Partner")


# ---------------------------------------------------------------- one subject
def open_tasks(subject: Ref) -> list[Task]:
    """The open steps of a subject, due first; also those of other organizations."""
    return list(
        session.scalars(
            sa.select(Task)
            .where(LIVE, Task.subject_type_ == subject.subject_type, Task.subject_id == subject.id)
            .order_by(Task.sort_at, Task.id)
        )
    )


def outcomes(subject: Ref) -> frozenset[str]:
    """Every event that the process of a subject takes now: what its page may offer as action.

    One statement.
    """
    instance = instances.find(subject)
    if instance is None or instance.ended_at is not None:
        return frozenset()
    infos = definitions.compiled(instance.definition_id).tasks
    taken = {event for element in instance.work["tasks"].values() for event in infos[element].outcomes}
    return frozenset(taken | {wait["name"] for wait in instance.work["waits"] if wait["kind"] == "message"})


def move_due(term: Term) -> None:
    """Put the end of a term on the open steps that wait for it, in the running transaction."""
    open_rows = session.scalars(
        sa.select(Task).where(
            LIVE, Task.subject_type_ == term.subject_type, Task.subject_id == term.subject_id
        )
    )
    for task in open_rows.all():
        instance = session.get_one(Instance, task.instance_id)
        info = definitions.compiled(instance.definition_id).tasks[task.element_id]
        if info.due_in == f"term:{term.kind}":
            task.due_at, task.sort_at = term.due_at, term.due_at or FAR
    session.flush()
