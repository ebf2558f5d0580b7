"""Who wrote along in an application before finds it in the menu too."""

import sqlalchemy as sa
from alembic import op

revision = "0040_writes_along"
down_revision = "0039_rest_of_hsds"
branch_labels = None
depends_on = None

USERS = sa.table("app_user", sa.column("id", sa.Uuid), sa.column("preferences", sa.JSON))
EDITORS = sa.table("application_editor", sa.column("user_id", sa.Uuid))
NAME = "projects.writes_along"


def upgrade() -> None:
    for key, kept in _people():
        _keep(key, {**kept, NAME: True})


def downgrade() -> None:
    for key, kept in _people():
        _keep(key, {name: value for name, value in kept.items() if name != NAME})


def _people() -> list[tuple[object, dict[str, object]]]:
    along = sa.select(USERS.c.id, USERS.c.preferences).where(USERS.c.id.in_(sa.select(EDITORS.c.user_id)))
    return [(row[0], dict(row[1] or {})) for row in op.get_bind().execute(along)]


def _keep(key: object, preferences: dict[str, object]) -> None:
    op.get_bind().execute(sa.update(USERS).where(USERS.c.id == key).values(preferences=preferences))
