"""Opening hours in minutes, to filter on what is open now; boundaries of municipalities to draw."""

import sqlalchemy as sa
from alembic import op

revision = "0015_map_reach"
down_revision = "0014_map_history"
branch_labels = None
depends_on = None

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HOURS = """
SELECT x.doc, h.byday, h.opens_at, h.closes_at, h.valid_from, h.valid_to
FROM hsds_schedule h
LEFT JOIN service_at_location a ON a.id = h.service_at_location_id
JOIN service_search x ON x.service_id = COALESCE(h.service_id, a.service_id)
WHERE h.opens_at IS NOT NULL AND h.closes_at IS NOT NULL
  AND COALESCE(h."interval", 1) = 1 AND COALESCE(h.freq, 'WEEKLY') = 'WEEKLY'
"""


def upgrade() -> None:
    opening = op.create_table(
        "service_opening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("doc", sa.Integer, sa.ForeignKey("service_search.doc", ondelete="CASCADE"), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("opens", sa.Integer, nullable=False),
        sa.Column("closes", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
    )
    op.create_index("ix_service_opening_doc", "service_opening", ["doc"])
    op.create_index("ix_service_opening_day", "service_opening", ["day", "opens"])
    op.create_table(
        "municipality_boundary",
        sa.Column("nis", sa.String(5), sa.ForeignKey("municipality.nis"), primary_key=True),
        sa.Column("rings", sa.JSON, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("loaded_on", sa.Date, nullable=False),
    )
    rows = []
    hours = sa.text(HOURS).columns(
        doc=sa.Integer, byday=sa.Text, opens_at=sa.Time, closes_at=sa.Time, valid_from=sa.Date,
        valid_to=sa.Date,
    )  # fmt: skip
    for doc, days, opens, closes, first, last in op.get_bind().execute(hours):
        begin, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
        for name in (days or "").split(","):
            if name.strip() not in DAYS:
                continue
            day = DAYS.index(name.strip())
            parts = [(day, begin, end)] if end > begin else [(day, begin, 1440), ((day + 1) % 7, 0, end)]
            rows += [
                {"doc": doc, "day": d, "opens": a, "closes": b, "valid_from": first, "valid_to": last}
                for d, a, b in parts
                if b > a
            ]
    if rows:
        op.bulk_insert(opening, rows)


def downgrade() -> None:
    op.drop_table("municipality_boundary")
    op.drop_table("service_opening")
