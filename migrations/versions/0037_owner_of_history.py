"""Changes of before 0014 get the entry to which their telephone number, address or hours belong, as far as
that is still there; what was removed since names no owner any more."""

from alembic import op

revision = "0037_owner_of_history"
down_revision = "0036_address_given"
branch_labels = None
depends_on = None

# Resource, its table, and the columns that name what it belongs to, in the order in which they count.
OWNED = (
    ("organization_identifier", "organization_identifier", ("organization_id",)),
    ("program", "program", ("organization_id",)),
    ("service", "service", ("organization_id",)),
    ("location", "location", ("organization_id",)),
    ("service_at_location", "service_at_location", ("service_id",)),
    ("address", "hsds_address", ("location_id",)),
    ("contact", "hsds_contact", ("organization_id", "service_id", "service_at_location_id", "location_id")),
    (
        "phone",
        "hsds_phone",
        ("location_id", "service_id", "organization_id", "contact_id", "service_at_location_id"),
    ),
    ("schedule", "hsds_schedule", ("service_id", "location_id", "service_at_location_id")),
    ("service_area", "service_area", ("service_id", "service_at_location_id")),
    ("language", "hsds_language", ("service_id", "location_id", "phone_id")),
    ("accessibility", "hsds_accessibility", ("location_id",)),
    ("required_document", "hsds_required_document", ("service_id",)),
    ("cost_option", "hsds_cost_option", ("service_id",)),
    ("funding", "hsds_funding", ("organization_id", "service_id")),
    ("url", "hsds_url", ("organization_id", "service_id")),
    ("attribute", "hsds_attribute", ("link_id",)),
)


def upgrade() -> None:
    for resource, table, columns in OWNED:
        owner = ", ".join(columns)
        found = f"coalesce({owner})" if len(columns) > 1 else owner
        record = f"SELECT {found} FROM {table} WHERE {table}.id = map_change.resource_id"
        rows = f"owner_id IS NULL AND resource = '{resource}'"
        op.execute(f"UPDATE map_change SET owner_id = ({record}) WHERE {rows}")


def downgrade() -> None:
    """Nothing: 0014 takes the column away."""
