"""Documents of a file: checked by content, sealed with its key, every look in the trail."""

import uuid

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from core import files
from core.access import Actor
from core.db import session
from core.models.files import StoredFile
from intake import cases, transitions
from intake.models.cases import Case


def get(document_id: uuid.UUID) -> StoredFile | None:
    return session.get(StoredFile, document_id)


def of_case(case: Case) -> list[StoredFile]:
    """The newest first."""
    query = sa.select(StoredFile).where(StoredFile.owner_id == case.id)
    return list(session.scalars(query.order_by(StoredFile.id.desc())))


def case_of(document: StoredFile) -> Case | None:
    """The file a document belongs to; None for documents of other packages."""
    return cases.get(document.owner_id)


def add_document(case: Case, upload: FileStorage, *, by: Actor) -> StoredFile:
    """Keep an upload. Raises DomainError on `file` for a wrong type, an empty or too large one."""
    case = cases.open_for_change(case)
    stored = files.keep(upload, owner_id=case.id, tenant_id=case.tenant_id, by=by)
    transitions.add("document.added", case, by=by)
    return stored


def remove_document(case: Case, document: StoredFile, *, by: Actor) -> None:
    """Delete it for good; the trail keeps that it was there."""
    case = cases.open_for_change(case)
    files.remove(document, by=by)
    transitions.add("document.removed", case, by=by)
