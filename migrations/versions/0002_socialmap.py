"""The social map: municipalities, organizations, services, deliveries and the search tokens."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002_socialmap"
down_revision = "0001_core"
branch_labels = None
depends_on = None

# Each column as name:type, then `>table.column` for a foreign key (`!` when rows go with their parent),
# `*` primary key, `?` may be empty, `=` unique, `^` index, `~` filled with nought on the server.
TABLES = {
    "area_set": """
        code:str60* kind:str20 name:text valid_from:date? valid_to:date?""",
    "hsds_metadata": """
        resource_id:uuid^ resource_type:str40 last_action_date:date last_action_type:text field_name:text
        previous_value:text replacement_value:text updated_by:text source:str60 external_id:str200
        content_hash:str32 id:uuid* =source,external_id""",
    "map_change": """
        id:big* resource:str40 resource_id:uuid^ at:moment action:str12 field:str60 previous:text
        replacement:text delivery_id:big? made_by:text""",
    "map_delivery": """
        id:big* source:str60^ state:str40 file_name:text full:bool content:bytes? report:json
        made_by:uuid? received_at:moment applied_at:moment?""",
    "map_source": """
        key:str60* name:text contact_email:text? mapping:json? importing_since:moment? last_run:int?""",
    "municipality": """
        nis:str5* name:text name_fr:text region:str5 province:str5 arrondissement:str5 zone:str10^
        main_postcode:str4 lat:double lon:double valid_from:date? valid_to:date?
        successor_nis:str5>municipality.nis?""",
    "search_term": """
        token:str120* df:int word:str120?""",
    "taxonomy": """
        name:text description:text uri:text? version:text? role:str12 last_seen_run:int?
        not_seen_since:moment? missed:small~ source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
    "area_set_member": """
        code:str60>area_set.code* nis:str5>municipality.nis*^""",
    "organization": """
        name:text^ alternate_name:text? description:text email:text? website:text? tax_status:text?
        tax_id:text? year_incorporated:int? legal_status:text? logo:text? uri:text?
        parent_organization_id:uuid>organization.id? tenant_id:uuid>tenant.id?^ sector:str40 nis:str5?^
        kbo:str10?^ merged_into_id:uuid>organization.id? last_seen_run:int? not_seen_since:moment?
        missed:small~ source:str60 external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "place": """
        id:int* name:text^ nis:str5>municipality.nis^ postcode:str4? code:str8? lat:double lon:double
        precision:str12""",
    "postcode": """
        code:str4* nis:str5>municipality.nis*""",
    "taxonomy_term": """
        code:str100?^ name:text description:text parent_id:uuid>taxonomy_term.id? taxonomy:text?
        language:text? taxonomy_id:uuid>taxonomy.id? term_uri:text? last_seen_run:int?
        not_seen_since:moment? missed:small~ source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
    "duplicate_verdict": """
        a_id:uuid>organization.id* b_id:uuid>organization.id* same:bool decided_by:text decided_at:moment""",
    "hsds_attribute": """
        link_id:uuid^ taxonomy_term_id:uuid>taxonomy_term.id^ link_type:text? link_entity:str40
        value:text? label:text? source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
    "location": """
        location_type:str10 url:text? organization_id:uuid>organization.id?^ name:text?
        alternate_name:text? description:text? transportation:text? latitude:double? longitude:double?
        external_identifier:text? external_identifier_type:text? confidential:bool nis:str5?^
        geo_precision:str12? last_seen_run:int? not_seen_since:moment? missed:small~ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "organization_identifier": """
        organization_id:uuid>organization.id^ identifier_scheme:text? identifier_type:text
        identifier:text^ source:str60 external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "organization_successor": """
        organization_id:uuid>organization.id* successor_id:uuid>organization.id* on:date reason:str20""",
    "program": """
        organization_id:uuid>organization.id^ name:text alternate_name:text? description:text
        last_seen_run:int? not_seen_since:moment? missed:small~ source:str60 external_id:str200
        content_hash:str32 id:uuid* =source,external_id""",
    "hsds_accessibility": """
        description:text? details:text? url:text? location_id:uuid>location.id?^ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "hsds_address": """
        attention:text? address_1:text address_2:text? city:text region:text? state_province:text
        postal_code:text country:text address_type:str10 location_id:uuid>location.id?^ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "service": """
        organization_id:uuid>organization.id^ program_id:uuid>program.id? name:text alternate_name:text?
        description:text? url:text? email:text? status:str40 interpretation_services:text?
        application_process:text? fees_description:text? wait_time:text? fees:text? accreditations:text?
        eligibility_description:text? minimum_age:double? maximum_age:double? assured_date:date?
        assurer_email:text? licenses:text? alert:text? last_modified:moment? referral_contact:text?
        referral_email:text? agreements:text? capacity:str10? capacity_weeks:int? capacity_until:date?
        changed_at:moment?^ last_seen_run:int? not_seen_since:moment? missed:small~ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "hsds_cost_option": """
        valid_from:date? valid_to:date? option:text? currency:str10? amount:double?
        amount_description:text? service_id:uuid>service.id?^ source:str60 external_id:str200
        content_hash:str32 id:uuid* =source,external_id""",
    "hsds_funding": """
        source_of_funds:text? organization_id:uuid>organization.id?^ service_id:uuid>service.id?^
        source:str60 external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "hsds_required_document": """
        document:text? uri:text? service_id:uuid>service.id?^ source:str60 external_id:str200
        content_hash:str32 id:uuid* =source,external_id""",
    "hsds_url": """
        label:text? url:text organization_id:uuid>organization.id?^ service_id:uuid>service.id?^
        source:str60 external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "map_correction": """
        service_id:uuid>service.id?^ organization_id:uuid>organization.id?^ field:str60 text:text
        state:str40 answer:text? made_by_id:uuid? made_by_name:text made_at:moment closed_at:moment?
        id:uuid*""",
    "service_area_nis": """
        nis:str5* service_id:uuid>service.id!*^ level:small""",
    "service_at_location": """
        service_id:uuid>service.id^ location_id:uuid>location.id^ description:text? last_seen_run:int?
        not_seen_since:moment? missed:small~ source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
    "service_observation": """
        id:big* service_id:uuid>service.id^ kind:str20 at:moment hours:double?""",
    "service_search": """
        doc:int* service_id:uuid>service.id!= organization_id:uuid>organization.id^ status:str20 high:text
        org:text mid:text low:text lat:double? lon:double? checked_on:date? card:json""",
    "hsds_contact": """
        name:text? title:text? department:text? email:text? organization_id:uuid>organization.id?^
        service_id:uuid>service.id?^ service_at_location_id:uuid>service_at_location.id?^
        location_id:uuid>location.id?^ source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
    "hsds_schedule": """
        valid_from:date? valid_to:date? dtstart:date? timezone:double? until:date? count:int? wkst:str2?
        freq:str10? interval:int? byday:text? byweekno:text? bymonthday:text? byyearday:text?
        description:text? opens_at:time? closes_at:time? schedule_link:text? attending_type:text?
        notes:text? service_id:uuid>service.id?^ location_id:uuid>location.id?^
        service_at_location_id:uuid>service_at_location.id?^ source:str60 external_id:str200
        content_hash:str32 id:uuid* =source,external_id""",
    "service_area": """
        name:text? description:text? extent:text? extent_type:str20? uri:text?
        service_id:uuid>service.id?^ service_at_location_id:uuid>service_at_location.id?^ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "service_facet": """
        code:str120* doc:int>service_search.doc!*^ label:text""",
    "hsds_phone": """
        contact_id:uuid>hsds_contact.id?^ number:text extension:double? type:text? description:text?
        organization_id:uuid>organization.id?^ service_id:uuid>service.id?^
        service_at_location_id:uuid>service_at_location.id?^ location_id:uuid>location.id?^ source:str60
        external_id:str200 content_hash:str32 id:uuid* =source,external_id""",
    "hsds_language": """
        phone_id:uuid>hsds_phone.id?^ name:text? code:str10? note:text? service_id:uuid>service.id?^
        location_id:uuid>location.id?^ source:str60 external_id:str200 content_hash:str32 id:uuid*
        =source,external_id""",
}
TYPES = {
    "text": sa.Text, "uuid": sa.Uuid, "small": sa.SmallInteger, "int": sa.Integer, "bool": sa.Boolean,
    "double": sa.Double, "date": sa.Date, "time": sa.Time, "json": sa.JSON, "bytes": sa.LargeBinary,
}  # fmt: skip
COLUMN = re.compile(r"(\w+):([a-z]+)(\d+)?(?:>([\w.]+)(!)?)?([*?=^~]*)")
# Full text differs per database: FTS5 kept by triggers, or an index on the vector of the same columns.
SQLITE = (
    (
        "CREATE VIRTUAL TABLE service_fts USING fts5(high, org, mid, low, content='service_search',"
        " content_rowid='doc', detail='none', tokenize='ascii')"
    ),
    (
        "CREATE TRIGGER service_fts_insert AFTER INSERT ON service_search BEGIN INSERT INTO "
        "service_fts(rowid, high, org, mid, low) VALUES (new.doc, new.high, new.org, new.mid, "
        "new.low); END"
    ),
    (
        "CREATE TRIGGER service_fts_delete AFTER DELETE ON service_search BEGIN INSERT INTO "
        "service_fts(service_fts, rowid, high, org, mid, low) VALUES ('delete', old.doc, old.high, "
        "old.org, old.mid, old.low); END"
    ),
    (
        "CREATE TRIGGER service_fts_update AFTER UPDATE OF high, org, mid, low ON service_search "
        "BEGIN INSERT INTO service_fts(service_fts, rowid, high, org, mid, low) VALUES ('delete', "
        "old.doc, old.high, old.org, old.mid, old.low); INSERT INTO service_fts(rowid, high, org, "
        "mid, low) VALUES (new.doc, new.high, new.org, new.mid, new.low); END"
    ),
)
POSTGRESQL = (
    (
        "CREATE INDEX ix_service_search_tokens ON service_search USING gin (to_tsvector('simple', "
        "high || ' ' || org || ' ' || mid || ' ' || low))"
    ),
)


def upgrade() -> None:
    for table, text in TABLES.items():
        _create(table, text.split())
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _create(table: str, specs: list[str]) -> None:
    items: list[sa.schema.SchemaItem] = []
    indexes, keys = [], []
    for spec in specs:
        if spec.startswith("="):
            columns = spec[1:].split(",")
            items.append(sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}"))
            continue
        match = COLUMN.fullmatch(spec)
        if match is None:
            raise ValueError(spec)
        name, kind, length, target, cascade, marks = match.groups()
        default = sa.text("'0'") if "~" in marks else None
        items.append(sa.Column(name, _type(kind, length), nullable="?" in marks, server_default=default))
        if target:
            rule = "CASCADE" if cascade else None
            items.append(sa.ForeignKeyConstraint([name], [target], f"fk_{table}_{name}", ondelete=rule))
        if "=" in marks:
            items.append(sa.UniqueConstraint(name, name=f"uq_{table}_{name}"))
        if "*" in marks:
            keys.append(name)
        if "^" in marks:
            indexes.append(name)
    op.create_table(table, *items, sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"))
    for name in indexes:
        op.create_index(f"ix_{table}_{name}", table, [name])


def _type(kind: str, length: str | None) -> sa.types.TypeEngine[object]:
    if kind == "str":
        return sa.String(int(length or 0))
    if kind == "moment":
        return sa.DateTime(timezone=True)
    if kind == "big":
        return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    made: sa.types.TypeEngine[object] = TYPES[kind]()
    return made


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER service_fts_{name}")
        op.execute("DROP TABLE service_fts")
    for table in reversed(TABLES):
        op.drop_table(table)
