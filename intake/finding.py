"""What the search box of every page finds here: files of the own organization, by name or number."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core.access import Actor
from core.db import session
from core.i18n import _, _l
from core.search import Found, Source
from intake import numbers, persons, places, policy
from intake.models.cases import Case
from intake.models.persons import Person, PersonKey

_THINGS = (_l("person"), _l("file"))


def register(add: Callable[[Source], None]) -> None:
    add(Source("cases", _l("Files"), find_cases, policy.is_intake_worker, order=10, things=_THINGS))


def find_cases(text: str, by: Actor, limit: int) -> list[Found]:
    """Files whose number was typed, or whose person has a name like this; only what this actor may see."""
    query = policy.cases_visible_to(by).options(joinedload(Case.person))
    number = numbers.read(text)
    if number is not None:
        query = query.where(Case.number == number)
    else:
        keys = persons.name_keys(text)
        if not keys:
            return []
        near = sa.select(PersonKey.person_id).where(
            PersonKey.tenant_id == by.tenant_id, PersonKey.key.in_(keys)
        )
        query = query.join(Person, Person.id == Case.person_id).where(Person.id.in_(near))
    rows = list(session.scalars(query.order_by(Case.id.desc()).limit(100)))
    likeness = {case.id: 100 if number else persons.name_likeness(text, _name(case)) for case in rows}
    ranked = sorted(rows, key=lambda case: (-likeness[case.id], str(case.id)))
    return [_found(case) for case in ranked if likeness[case.id] >= persons.NAME_ALONE][:limit]


def _name(case: Case) -> str:
    return case.person.name if case.person else ""


def _found(case: Case) -> Found:
    title = _name(case) or _("File %(number)s", number=case.number)
    born = case.person.birth_text if case.person else ""
    meta = ". ".join(part for part in (born, places.name(case.nis), case.number) if part)
    return Found(title, f"/cases/{case.id}", meta, "folder", "case", case.id)
