"""What an agreement asks is data of its call, with its source; an agreement stays as it was sent."""

import uuid
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0045_duties"
down_revision = "0044_steps_of_a_queue"
branch_labels = None
depends_on = None

KEY = "projects.agreement_duties"
LAW, AGREED = "wet van 14 november 1983", "deze overeenkomst"
# What every agreement said until now.
DUTIES = (
    ("De ontvanger gebruikt de subsidie alleen voor dit project en toont dat aan met bewijsstukken", LAW),
    ("De ontvanger laat controle ter plaatse toe", LAW),
    ("De ontvanger bewaart de bewijsstukken tien jaar", AGREED),
    ("Wat niet voor het project is gebruikt of niet is verantwoord, betaalt de ontvanger terug", LAW),
    ("Zolang een verslag of verantwoording ontbreekt, wordt geen nieuwe schijf betaald", AGREED),
    (
        "Een andere einddatum, of meer dan tien procent verschil op een begrotingslijn, vraagt de ontvanger "
        "vooraf",
        AGREED,
    ),
)
CALLS = sa.table("call", sa.column("id", sa.Uuid))
ROWS = sa.table(
    "call_duty",
    sa.column("id", sa.Uuid),
    sa.column("call_id", sa.Uuid),
    sa.column("position", sa.Integer),
    sa.column("text", sa.String),
    sa.column("source", sa.String),
)
PARAMETERS = sa.table(
    "parameter",
    sa.column("id", sa.Uuid),
    sa.column("key", sa.String),
    sa.column("valid_from", sa.Date),
    sa.column("value", sa.JSON),
    sa.column("source", sa.String),
)


def upgrade() -> None:
    op.create_table(
        "call_duty",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("call_id", sa.Uuid, sa.ForeignKey("call.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_index("ix_call_duty_call_id", "call_duty", ["call_id"])
    op.add_column("call", sa.Column("final_report_days", sa.Integer, nullable=False, server_default="90"))
    op.add_column("project", sa.Column("agreement", sa.JSON, nullable=True))
    _fill()


def _fill() -> None:
    value = [{"text": text, "source": source} for text, source in DUTIES]
    usual = {"id": uuid.uuid4(), "key": KEY, "valid_from": date(2000, 1, 1), "value": value, "source": ""}
    op.bulk_insert(PARAMETERS, [usual])
    calls = op.get_bind().execute(sa.select(CALLS.c.id)).scalars().all()
    op.bulk_insert(
        ROWS,
        [
            {"id": uuid.uuid4(), "call_id": call_id, "position": number, "text": text, "source": source}
            for call_id in calls
            for number, (text, source) in enumerate(DUTIES, 1)
        ],
    )


def downgrade() -> None:
    op.execute(sa.delete(PARAMETERS).where(PARAMETERS.c.key == KEY))
    with op.batch_alter_table("project") as batch:
        batch.drop_column("agreement")
    with op.batch_alter_table("call") as batch:
        batch.drop_column("final_report_days")
    op.drop_index("ix_call_duty_call_id", "call_duty")
    op.drop_table("call_duty")
