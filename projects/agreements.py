"""The agreement that both sides signed, as a PDF in the file of the application."""

from werkzeug.datastructures import FileStorage

from core import files
from core.access import Actor
from core.db import session
from core.models.files import StoredFile
from projects.models.projects import Project


def keep_signed(project: Project, upload: FileStorage, *, by: Actor) -> StoredFile:
    """Keep the signed PDF. Refuses anything else."""
    return files.keep(
        upload,
        owner_id=project.application_id,
        tenant_id=project.tenant_id,
        by=by,
        allowed=frozenset({files.PDF}),
        field="agreement",
    )


def find_signed(project: Project) -> StoredFile | None:
    return session.get(StoredFile, project.signed_file_id) if project.signed_file_id else None


def read_signed(kept: StoredFile, *, by: Actor) -> bytes:
    """Its bytes; the reading is in the trail."""
    return files.read(kept, by=by)
