"""Deliveries that come by the browser: kept as they came, read by the worker, shown, applied or thrown away.

A request only says what should happen; the worker reads and writes, and says how far it is. A row is claimed
for a while, so any number of workers may run, and a delivery whose worker died is taken up again.
"""

import zlib
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from core import audit, clock
from core.access import Actor, system_actor
from core.db import own_transaction, reading, release, session, transaction
from core.errors import Conflict, DomainError, NotFound
from core.i18n import _
from socialmap import imports, packages, previews, progress, reasons
from socialmap.models.deliveries import Delivery, DeliveryState
from socialmap.reasons import Reason

log = structlog.get_logger(__name__)

MAX_UPLOAD = 100 * 1024 * 1024
SWEEP_SECONDS = 2
LEASE = timedelta(minutes=10)
PAUSE = timedelta(seconds=5)
MAX_ATTEMPTS = 5
BARE = b"x\x9c"  # how a compressed file begins that was not sealed
OPEN = (DeliveryState.UNMAPPED, DeliveryState.STAGED, DeliveryState.WAITING)


def get(delivery_id: int) -> Delivery:
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise NotFound(delivery_id)
    return found


def recent(limit: int = 20) -> list[Delivery]:
    """The last deliveries, newest first."""
    query = sa.select(Delivery).order_by(Delivery.id.desc()).limit(limit)
    return list(session.scalars(query))


def content_of(delivery: Delivery) -> bytes:
    """The file as it came. Raises Conflict when the delivery was settled."""
    if delivery.content_sealed is None:
        raise Conflict(_("This delivery was settled already."))
    return zlib.decompress(delivery.content)


def seal_kept() -> int:
    """Seal the files that lay bare before files were sealed; returns how many."""
    bare = [row for row in session.scalars(sa.select(Delivery).where(Delivery.content_sealed.is_not(None)))
            if (row.content_sealed or b"").startswith(BARE)]  # fmt: skip
    for delivery in bare:
        delivery.content = delivery.content_sealed
    session.flush()
    return len(bare)


# ---------------------------------------------------------------- what a person asks
def receive(name: str, content: bytes, *, source: str, delta: bool = False, by: Actor) -> Delivery:
    """Keep an upload for the worker to read and compare; changes no entry of the map."""
    if len(content) > MAX_UPLOAD:
        raise DomainError(_("This file is too big. Use the command line for it."), field="file")
    if not content:
        raise DomainError(_("This file is empty."), field="file")
    imports.refuse_local(source)
    made = Delivery(
        source=source, state=DeliveryState.RECEIVED, file_name=name[:200], full=not delta,
        report={}, received_at=clock.now(), made_by=by.user_id, asked_by=by.name,
    )  # fmt: skip
    session.add(made)
    session.flush()  # its number is bound into the seal
    made.content = zlib.compress(content, 6)
    session.flush()
    audit.record("delivery.received", made, by=by, changes={"source": source})
    return made


def read_again(delivery: Delivery, *, by: Actor) -> None:
    """Have the worker read a delivery anew, because the mapping of its source changed."""
    _lock(delivery)
    if delivery.state not in OPEN or delivery.content_sealed is None:
        raise Conflict(_("This delivery was settled already."))
    _hand_over(delivery, DeliveryState.RECEIVED, by)


def apply(delivery: Delivery, *, confirmed: bool, by: Actor) -> None:
    """Have the worker carry out a staged delivery as it stands against the map of then."""
    _lock(delivery)
    if delivery.state not in (DeliveryState.STAGED, DeliveryState.WAITING) or delivery.content_sealed is None:
        raise Conflict(_("This delivery was settled already."))
    if delivery.report.get("waits") and not confirmed:
        raise DomainError(_("More than a tenth would vanish. Check it and tick the box."), field="confirmed")
    delivery.confirmed = confirmed
    _hand_over(delivery, DeliveryState.APPLYING, by)
    audit.record("delivery.approved", delivery, by=by, changes={"source": delivery.source})


def throw_away(delivery: Delivery, *, by: Actor) -> None:
    """Do not take a delivery in; its report stays."""
    _lock(delivery)
    if delivery.state in (DeliveryState.APPLIED, DeliveryState.APPLYING):
        raise Conflict(_("This delivery was settled already."))
    delivery.state, delivery.content = DeliveryState.REFUSED, None
    session.flush()
    audit.record("delivery.refused", delivery, by=by)


def _lock(delivery: Delivery) -> None:
    """See the delivery as it is now, and let nobody else settle it until the transaction ends."""
    session.refresh(delivery, with_for_update=True)


def _hand_over(delivery: Delivery, state: DeliveryState, by: Actor) -> None:
    delivery.state, delivery.asked_by = state, by.name
    delivery.claimed_until, delivery.attempts = None, 0
    delivery.step, delivery.step_done, delivery.step_total = "", 0, 0
    session.flush()


# ---------------------------------------------------------------- what the worker does
def work() -> int:
    """Read and apply what waits, oldest first; returns how many deliveries it took up."""
    taken = 0
    while (number := _claim()) is not None:
        _do(number)
        taken += 1
    return taken


def _claim() -> int | None:
    """Take one delivery for a while; None when nothing waits."""
    moment = clock.now()
    waiting = (DeliveryState.RECEIVED, DeliveryState.APPLYING)
    free = sa.or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < moment)
    query = sa.select(Delivery.id).where(Delivery.state.in_(waiting), free).order_by(Delivery.id).limit(1)
    with own_transaction() as own:
        number = own.scalar(query.with_for_update(skip_locked=True))
        if number is not None:
            values = {"claimed_until": moment + LEASE, "attempts": Delivery.attempts + 1}
            own.execute(sa.update(Delivery).where(Delivery.id == number).values(**values))
    return number


def _do(number: int) -> None:
    with reading():
        try:
            _take_up(get(number))
        except packages.Refused as refused:
            _refuse(number, refused)
        except Conflict:
            _put_back(number, counts=False)  # another import goes first: waiting is no failing
        except Exception as error:
            release()
            log.exception("delivery.failed", delivery=number, error=type(error).__name__)
            _put_back(number)


def _take_up(delivery: Delivery) -> None:
    number, state = delivery.id, delivery.state
    if delivery.attempts > MAX_ATTEMPTS:
        reason = Reason("the worker gave up on it; its log says why")
        raise packages.Refused(packages.Rejection(delivery.file_name, None, None, None, reason))
    plan = imports.plan_upload(
        delivery.file_name, content_of(delivery), source=delivery.source,
        full=None if delivery.full else False, told=_teller(number),
    )  # fmt: skip
    if state == DeliveryState.RECEIVED:
        _stage(number, plan)
    else:
        _write(number, plan)


def _teller(number: int) -> imports.Told:
    """Keeps how far a delivery is, in short writes of their own."""

    def told(step: str, done: int, total: int) -> None:
        release()
        with own_transaction() as own:
            values = {
                "step": step, "step_done": done, "step_total": total,
                "claimed_until": clock.now() + LEASE,
            }  # fmt: skip
            own.execute(sa.update(Delivery).where(Delivery.id == number).values(**values))

    return told


def _stage(number: int, plan: imports.Plan) -> None:
    report = {**plan.report(), "preview": previews.of(plan)}
    with transaction():
        delivery = _mine(number, DeliveryState.RECEIVED)
        delivery.state, delivery.report, delivery.claimed_until = DeliveryState.STAGED, report, None


def _write(number: int, plan: imports.Plan) -> None:
    preview = previews.of(plan)
    _teller(number)("write", 0, plan.changes)
    try:
        _carry_out(number, plan, preview)
    finally:
        progress.forget(number)


def _carry_out(number: int, plan: imports.Plan, preview: dict[str, Any]) -> None:
    def written(what: str, done: int, total: int) -> None:
        progress.tell(number, progress.Progress(what, done, total))

    with transaction():
        delivery = _mine(number, DeliveryState.APPLYING)
        imports.apply(
            plan, confirmed=delivery.confirmed, by=delivery.asked_by, staged=delivery, written=written
        )
        delivery.report = {**delivery.report, "preview": preview}
        delivery.claimed_until = None
        if delivery.state == DeliveryState.APPLIED:
            delivery.content = None
            audit.record("delivery.applied", delivery, by=system_actor(), changes={"source": plan.source})


def _refuse(number: int, refused: packages.Refused) -> None:
    """What cannot be read says why. Raw columns of a source without mapping are a person's turn."""
    empty = {"new": 0, "changed": 0, "unchanged": 0, "missing": 0, "by_type": {}, "waits": [], "notes": []}
    report = {**empty, "warnings": [], "rejected": [r.as_dict() for r in refused.rejections],
              "reasons": reasons.kept(r.reason for r in refused.rejections)}  # fmt: skip
    with transaction():
        delivery = session.get_one(Delivery, number, with_for_update=True, populate_existing=True)
        if not delivery.is_busy:
            return  # somebody settled it meanwhile
        delivery.report, delivery.claimed_until = report, None
        delivery.state = DeliveryState.UNMAPPED if refused.can_be_mapped else DeliveryState.REFUSED
        if delivery.state == DeliveryState.REFUSED:
            delivery.content = None


def _put_back(number: int, *, counts: bool = True) -> None:
    with own_transaction() as own:
        values: dict[str, Any] = {"claimed_until": clock.now() + PAUSE, "step": ""}
        if not counts:
            values["attempts"] = sa.case((Delivery.attempts > 0, Delivery.attempts - 1), else_=0)
        own.execute(sa.update(Delivery).where(Delivery.id == number).values(**values))


def _mine(number: int, state: DeliveryState) -> Delivery:
    """The delivery, locked; Conflict when somebody settled it meanwhile."""
    found = session.get_one(Delivery, number, with_for_update=True, populate_existing=True)
    if found.state != state:
        raise Conflict(_("This delivery was settled already."))
    return found
