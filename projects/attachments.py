"""Documents beside an application, a report or an organization's dossier; the bytes are in `core.files`."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from core import audit, clock, files
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.files import StoredFile
from projects.models.applications import Application, ApplicationPartner, Attachment

MOST = 40
LETTER = "letter-"


def attach(
    record: Any, kind: str, upload: FileStorage, *, owner_id: uuid.UUID, tenant_id: uuid.UUID, by: Actor
) -> Attachment:
    """Keep a document for `record` under the key of `owner_id`. Refuses what `core.files` refuses."""
    if len(of_record(record)) >= MOST:
        raise DomainError(_("At most %(most)s documents go with one file.", most=MOST), field="file")
    stored = files.keep(upload, owner_id=owner_id, tenant_id=tenant_id, by=by)
    attachment = Attachment(
        subject_type=record.__tablename__[:20],
        subject_id=record.id,
        kind=kind,
        filename=files.name_of(stored),
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        file_id=stored.id,
        uploaded_at=clock.now(),
        uploaded_by=by.user_id,
    )
    session.add(attachment)
    session.flush()
    audit.record("attachment.added", attachment, by=by, tenant_id=tenant_id)
    return attachment


def of_record(record: Any) -> list[Attachment]:
    """The documents of an application, a report or a dossier, oldest first."""
    query = sa.select(Attachment).where(
        Attachment.subject_type == record.__tablename__[:20], Attachment.subject_id == record.id
    )
    return list(session.scalars(query.order_by(Attachment.id)))


def listing(kind: Any, key: Any) -> sa.Select[*tuple[Any, ...]]:
    """What a page tells of the documents of records of one kind, with whether the scanner saw them."""
    told = (Attachment.id, Attachment.kind, Attachment.filename, Attachment.size, Attachment.uploaded_at)
    return (
        sa.select(*told, StoredFile.state)
        .outerjoin(StoredFile, StoredFile.id == Attachment.file_id)
        .where(Attachment.subject_type == kind.__tablename__[:20], Attachment.subject_id.in_(key))
    )


def listed(record: Any) -> Sequence[Any]:
    """The documents of a record as a page tells them, oldest first."""
    return session.execute(listing(record, [record.id]).order_by(Attachment.id)).all()


def attach_letter(
    application: Application, partner: ApplicationPartner, upload: FileStorage, *, by: Actor
) -> Attachment:
    """Keep the letter in which a partner says it takes part."""
    kept = attach(
        application,
        f"{LETTER}{partner.id.hex}",
        upload,
        owner_id=application.id,
        tenant_id=application.tenant_id,
        by=by,
    )
    partner.letter_received = True
    audit.record("application.partner_letter", application, by=by)
    return kept


def put_partner(application: Application, organization_id: uuid.UUID, role: str) -> None:
    """Name a partner in a file; one that comes back finds the letter that was kept of it."""
    number = uuid.uuid5(application.id, organization_id.hex)  # the same each time: letters are kept under it
    partner = ApplicationPartner(id=number, organization_id=organization_id, role=role)
    partner.letter_received = bool(letters_of(application, partner))
    application.partners.append(partner)
    session.flush()


def remove_left_letters(application: Application, *, by: Actor) -> None:
    """Take away the letters of those who are no partner any more, once no version that counts names them."""
    kept = {f"{LETTER}{partner.id.hex}" for partner in application.partners}
    for each in of_record(application):
        if each.kind.startswith(LETTER) and each.kind not in kept:
            remove(each, by=by)


def letters_of(application: Application, partner: ApplicationPartner) -> list[Attachment]:
    """The letters of one partner in a file."""
    return [each for each in of_record(application) if each.kind == f"{LETTER}{partner.id.hex}"]


def read(attachment: Attachment, *, by: Actor) -> bytes:
    """The bytes, with the look in the trail. Raises NotFound while it is in quarantine."""
    return files.read(session.get_one(StoredFile, attachment.file_id), by=by)


def remove(attachment: Attachment, *, by: Actor) -> None:
    """Take a document away; a letter of a partner is then missing again."""
    if attachment.kind.startswith(LETTER):
        partner = session.get(ApplicationPartner, uuid.UUID(attachment.kind.removeprefix(LETTER)))
        if partner is not None:
            partner.letter_received = False
    audit.record("attachment.removed", attachment, by=by)
    stored = session.get(StoredFile, attachment.file_id)
    session.delete(attachment)
    session.flush()
    if stored is not None:
        files.remove(stored, by=by)
