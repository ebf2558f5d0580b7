"""The tables of HSDS 3.1 described once: what reading, checking, comparing and writing them all go by."""

from dataclasses import dataclass
from functools import cached_property

# Our own profile adds these to every record, so that a re-import of an export meets its own rows.
# `not_seen_since` says that the source no longer delivers it.
PROFILE_COLUMNS = ("source", "external_id", "not_seen_since")
PROFILE_URI = "https://draaischijf.example/profiles/hsds-vlaanderen"
STATUSES = ("active", "inactive", "defunct", "temporarily closed")
LOCATION_TYPES = ("physical", "postal", "virtual")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Column:
    """One column. `kind`: text, number, integer, date, time, moment, email, uri, choice, ref or poly.

    `target` is the resource a reference points to; a `poly` reference finds its resource in the column
    named by `target`.
    """

    name: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True)
class Resource:
    """One table. `owners` are the references of which a record needs at least one; `key` names the array in
    which a nested document holds such records."""

    name: str
    file: str
    columns: tuple[Column, ...]
    owners: tuple[str, ...] = ()
    key: str = ""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def references(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.kind in ("ref", "poly"))


def _column(text: str) -> Column:
    """`name:kind!` or `name:ref>target`; text is the default kind, `!` means required."""
    name, _, rest = text.partition(":")
    required = text.endswith("!")
    name, rest = name.rstrip("!"), rest.rstrip("!")
    kind, _, target = rest.partition(">")
    choices = {"status": STATUSES, "location_type": LOCATION_TYPES, "address_type": LOCATION_TYPES}.get(
        name, ()
    )
    if name == "freq":
        choices = ("WEEKLY", "MONTHLY")
    if name == "wkst":
        choices = DAYS
    return Column(name, "choice" if choices else kind or "text", required, choices, target)


def _resource(name: str, file: str, columns: str, owners: str = "", key: str = "") -> Resource:
    return Resource(
        name,
        file,
        tuple(_column(c) for c in columns.split()),
        tuple(owners.split()),
        key or file.removesuffix(".csv"),
    )


# In the order in which rows can be written: what is pointed at comes first.
RESOURCES = (
    _resource("taxonomy", "taxonomies.csv", "name! description! uri:uri version", key="taxonomy_detail"),
    _resource(
        "taxonomy_term", "taxonomy_terms.csv",
        "code name! description! parent_id:ref>taxonomy_term taxonomy language taxonomy_id:ref>taxonomy "
        "term_uri:uri",
        key="taxonomy_term",
    ),
    _resource("unit", "units.csv", "name! scheme identifier uri:uri", key="unit"),
    _resource(
        "organization", "organizations.csv",
        "name! alternate_name description! email:email website:uri tax_status tax_id "
        "year_incorporated:integer legal_status logo uri:uri parent_organization_id:ref>organization",
        key="organization",
    ),
    _resource(
        "organization_identifier", "organization_identifiers.csv",
        "organization_id:ref>organization! identifier_scheme identifier_type! identifier!", "organization_id",
    ),
    _resource(
        "program", "programs.csv", "organization_id:ref>organization! name! alternate_name description!",
        "organization_id",
    ),
    _resource(
        "service", "services.csv",
        "organization_id:ref>organization! program_id:ref>program name! alternate_name description url:uri "
        "email:email status! interpretation_services application_process fees_description wait_time fees "
        "accreditations eligibility_description minimum_age:number maximum_age:number assured_date:date "
        "assurer_email:email licenses alert last_modified:moment",
        "organization_id", "contents",
    ),
    _resource(
        "location", "locations.csv",
        "location_type! url:uri organization_id:ref>organization name alternate_name description "
        "transportation latitude:number longitude:number external_identifier external_identifier_type",
        key="location",
    ),
    _resource(
        "service_at_location", "service_at_location.csv",
        "service_id:ref>service! location_id:ref>location! description", "service_id", "service_at_locations",
    ),
    _resource(
        "address", "addresses.csv",
        "location_id:ref>location attention address_1! address_2 city! region state_province! postal_code! "
        "country! address_type!",
        "location_id",
    ),
    _resource(
        "contact", "contacts.csv",
        "organization_id:ref>organization service_id:ref>service "
        "service_at_location_id:ref>service_at_location location_id:ref>location name title "
        "department email:email",
        "organization_id service_id service_at_location_id location_id",
    ),
    _resource(
        "phone", "phones.csv",
        "location_id:ref>location service_id:ref>service organization_id:ref>organization "
        "contact_id:ref>contact service_at_location_id:ref>service_at_location number! "
        "extension:number type description",
        "location_id service_id organization_id contact_id service_at_location_id",
    ),
    _resource(
        "schedule", "schedules.csv",
        "service_id:ref>service location_id:ref>location service_at_location_id:ref>service_at_location "
        "valid_from:date valid_to:date dtstart:date timezone:number until:date count:integer wkst freq "
        "interval:integer byday byweekno bymonthday byyearday description opens_at:time closes_at:time "
        "schedule_link:uri attending_type notes",
        "service_id location_id service_at_location_id",
    ),
    _resource(
        "service_area", "service_areas.csv",
        "service_id:ref>service service_at_location_id:ref>service_at_location name description extent "
        "extent_type uri:uri",
        "service_id service_at_location_id",
    ),
    _resource(
        "language", "languages.csv",
        "service_id:ref>service location_id:ref>location phone_id:ref>phone name code note",
        "service_id location_id phone_id",
    ),
    _resource(
        "accessibility", "accessibility.csv", "location_id:ref>location description details url:uri",
        "location_id",
    ),
    _resource(
        "required_document", "required_documents.csv", "service_id:ref>service document uri:uri",
        "service_id",
    ),
    _resource(
        "cost_option", "cost_options.csv",
        "service_id:ref>service! valid_from:date valid_to:date option currency amount:number "
        "amount_description",
        "service_id",
    ),
    _resource(
        "funding", "funding.csv", "organization_id:ref>organization service_id:ref>service source_of_funds",
        "organization_id service_id",
    ),
    _resource(
        "service_capacity", "service_capacity.csv",
        "service_id:ref>service! unit_id:ref>unit! available:number! maximum:number description "
        "updated:moment!",
        "service_id", "capacities",
    ),
    _resource("meta_table_description", "meta_table_descriptions.csv", "name language character_set"),
    _resource(
        "url", "url.csv", "label url:uri! organization_id:ref>organization service_id:ref>service",
        "organization_id service_id", "additional_urls",
    ),
    _resource(
        "attribute", "attributes.csv",
        "link_id:poly>link_entity! taxonomy_term_id:ref>taxonomy_term! link_type link_entity! value label",
        "link_id",
    ),
    _resource(
        "metadata", "metadata.csv",
        "resource_id:poly>resource_type! resource_type! last_action_date:date! last_action_type! field_name! "
        "previous_value! replacement_value! updated_by!",
        "resource_id",
    ),
)  # fmt: skip

BY_NAME = {resource.name: resource for resource in RESOURCES}
BY_FILE = {resource.file: resource for resource in RESOURCES}
# A record of these stands by itself: it is marked when it vanishes from a delivery, never deleted.
LASTING = (
    "taxonomy",
    "taxonomy_term",
    "unit",
    "organization",
    "program",
    "service",
    "location",
    "service_at_location",
)
# All that leaves the house of a place that must stay secret and of a service there, besides their ids.
OF_SECRET = {
    "location": frozenset({"name", "location_type"}),
    "service_at_location": frozenset({"service_id", "location_id"}),
}
# In HSDS the column of funding is called `source`, which our profile needs for itself.
RENAMED = {("funding", "source_of_funds"): "source"}
