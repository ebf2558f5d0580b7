"""People at the same time: real threads and connections, on both databases."""

import sqlalchemy as sa

from core.access import system_actor
from core.db import session
from core.errors import DomainError
from tests.factories.core import make_actor
from tests.factories.workflows import (
    make_definition,
    parallel,
    start_signal,
    start_thing,
    steps,
    user_task,
)
from tests.together import started, together
from workflows import definitions, instances, migrations, tasks
from workflows.engine.api import engine
from workflows.models.instances import Event, Instance
from workflows.models.tasks import Task, TaskStatus


def test_of_two_people_who_complete_one_task_one_wins(fresh_app):
    by = started(fresh_app, make_actor)
    thing = started(fresh_app, lambda: start_signal(by)[0])

    def act():
        instances.advance(thing, "taken", by=by)
        return "won"

    results = together(fresh_app, [act, act])
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"], results
    with fresh_app.app_context():
        assert [task.element_id for task in tasks.open_tasks(thing)] == ["handle_signal"]
        done = session.scalars(sa.select(Task).where(Task.status == TaskStatus.DONE)).all()
        assert len(done) == 1


def test_eight_parallel_completions_of_one_instance_all_survive(fresh_app):
    by = started(fresh_app, make_actor)

    def start():
        make_definition(parallel(8))
        return start_thing("main", by)[0]

    thing = started(fresh_app, start)

    def act(number):
        return lambda: instances.advance(thing, f"done_{number}", by=by) and "won"

    results = together(fresh_app, [act(number) for number in range(8)])
    assert results == ["won"] * 8
    with fresh_app.app_context():
        assert [task.element_id for task in tasks.open_tasks(thing)] == ["after"]
        kinds = session.scalars(sa.select(Event.element_id).where(Event.kind == "task.completed")).all()
        assert sorted(kinds) == sorted(f"side_{number}" for number in range(8))


def test_of_two_starts_for_one_subject_one_wins(fresh_app):
    by = started(fresh_app, make_actor)
    thing = started(fresh_app, lambda: start_signal(by)[0])

    def prepare():
        instances.advance(thing, "unfounded", by=by)

    started(fresh_app, prepare)

    def act():
        start_signal(by, thing=thing)
        return "won"

    results = together(fresh_app, [act, act])
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"], results
    with fresh_app.app_context():
        running = session.scalars(sa.select(Instance).where(Instance.ended_at.is_(None))).all()
        assert len(running) == 1


def test_two_colleagues_who_claim_one_row_do_not_both_get_it(fresh_app):
    from core.models.accounts import Tenant

    by = started(fresh_app, make_actor)
    colleague = started(fresh_app, lambda: make_actor(tenant=session.get(Tenant, by.tenant_id)))
    thing = started(fresh_app, lambda: start_signal(by)[0])

    def claim(actor):
        def act():
            instances.claim(tasks.open_tasks(thing)[0], by=actor)
            return actor.user_id

        return act

    results = together(fresh_app, [claim(by), claim(colleague)])
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "UUID"], results
    with fresh_app.app_context():
        assert tasks.open_tasks(thing)[0].assignee_id in results


def test_files_move_while_people_work_in_them(fresh_app):
    """Whoever is first: a file that moved gets the new step, one that was too far stays, none is lost."""
    by = started(fresh_app, make_actor)

    def start():
        make_definition(steps(user_task("first"), user_task("second")))
        made = [start_thing("main", by) for _ in range(5)]
        target = make_definition(steps(user_task("first"), user_task("between"), user_task("second")))
        return [(thing, instance.id) for thing, instance in made], target.id

    files, target = started(fresh_app, start)
    work = [lambda thing=thing: instances.advance(thing, "done", by=by) and "done" for thing, _ in files]
    moves = [lambda one=one: migrations.move(one, target, by=system_actor()).outcome for _, one in files]
    results = together(fresh_app, [act for pair in zip(work, moves, strict=True) for act in pair])
    assert results[::2] == ["done"] * 5
    with fresh_app.app_context():
        for (thing, one), moved in zip(files, results[1::2], strict=True):
            instance = session.get_one(Instance, one)
            assert moved == "moved" if instance.definition_id == target else isinstance(moved, DomainError)
            (task,) = tasks.open_tasks(thing)
            assert task.element_id == ("between" if moved == "moved" else "second")
            engine.view(
                definitions.compiled(instance.definition_id), instance.state, instance.codec, task.opened_at
            )
