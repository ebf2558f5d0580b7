"""What belongs to an organization, service or location: the smaller tables of HSDS 3.1."""

import uuid
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from socialmap.models.sourced import Lasting, Sourced


class _OfOrganization:
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)


class _OfService:
    service_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service.id"), index=True)


class _OfLocation:
    location_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("location.id"), index=True)


class _OfServiceAtLocation:
    service_at_location_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("service_at_location.id"), index=True
    )


class Taxonomy(Lasting, Base):
    """A list of terms. `role` is ours: category (rubriek), target_group (doelgroep) or other."""

    __tablename__ = "taxonomy"

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    uri: Mapped[str | None]
    version: Mapped[str | None]
    role: Mapped[str] = mapped_column(sa.String(12), default="other")


class TaxonomyTerm(Lasting, Base):
    """A term of a taxonomy; terms form a tree."""

    __tablename__ = "taxonomy_term"

    code: Mapped[str | None] = mapped_column(sa.String(100), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("taxonomy_term.id"))
    taxonomy: Mapped[str | None]
    language: Mapped[str | None]
    taxonomy_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("taxonomy.id"))
    term_uri: Mapped[str | None]


class OrganizationIdentifier(Sourced, Base):
    """A number under which others know the organization: KBO, OVO, accreditation."""

    __tablename__ = "organization_identifier"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    identifier_scheme: Mapped[str | None]
    identifier_type: Mapped[str]
    identifier: Mapped[str] = mapped_column(index=True)


class Address(_OfLocation, Sourced, Base):
    """A postal address of a location."""

    __tablename__ = "hsds_address"

    attention: Mapped[str | None]
    address_1: Mapped[str]
    address_2: Mapped[str | None]
    city: Mapped[str]
    region: Mapped[str | None]
    state_province: Mapped[str]
    postal_code: Mapped[str]
    country: Mapped[str]
    address_type: Mapped[str] = mapped_column(sa.String(10))


class ServiceContact(_OfOrganization, _OfService, _OfServiceAtLocation, _OfLocation, Sourced, Base):
    """A named function or person to ask for."""

    __tablename__ = "hsds_contact"

    name: Mapped[str | None]
    title: Mapped[str | None]
    department: Mapped[str | None]
    email: Mapped[str | None]


class Phone(_OfOrganization, _OfService, _OfServiceAtLocation, _OfLocation, Sourced, Base):
    """A phone number."""

    __tablename__ = "hsds_phone"

    contact_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("hsds_contact.id"), index=True)
    number: Mapped[str]
    extension: Mapped[float | None]
    type: Mapped[str | None]
    description: Mapped[str | None]


class Schedule(_OfService, _OfLocation, _OfServiceAtLocation, Sourced, Base):
    """One block of opening hours that repeats; several openings a day are several rows."""

    __tablename__ = "hsds_schedule"

    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    dtstart: Mapped[date | None]
    timezone: Mapped[float | None]
    until: Mapped[date | None]
    count: Mapped[int | None]
    wkst: Mapped[str | None] = mapped_column(sa.String(2))
    freq: Mapped[str | None] = mapped_column(sa.String(10))
    interval: Mapped[int | None]
    byday: Mapped[str | None]
    byweekno: Mapped[str | None]
    bymonthday: Mapped[str | None]
    byyearday: Mapped[str | None]
    description: Mapped[str | None]
    opens_at: Mapped[time | None]
    closes_at: Mapped[time | None]
    schedule_link: Mapped[str | None]
    attending_type: Mapped[str | None]
    notes: Mapped[str | None]


class ServiceArea(_OfService, _OfServiceAtLocation, Sourced, Base):
    """The area as the source gives it; `extent` holds NIS codes when `extent_type` is nis."""

    __tablename__ = "service_area"

    name: Mapped[str | None]
    description: Mapped[str | None]
    extent: Mapped[str | None]
    extent_type: Mapped[str | None] = mapped_column(sa.String(20))
    uri: Mapped[str | None]


class ServiceLanguage(_OfService, _OfLocation, Sourced, Base):
    """A language in which one is helped."""

    __tablename__ = "hsds_language"

    phone_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("hsds_phone.id"), index=True)
    name: Mapped[str | None]
    code: Mapped[str | None] = mapped_column(sa.String(10))
    note: Mapped[str | None]


class Accessibility(_OfLocation, Sourced, Base):
    """How a location can be entered and used by people with a handicap."""

    __tablename__ = "hsds_accessibility"

    description: Mapped[str | None]
    details: Mapped[str | None]
    url: Mapped[str | None]


class RequiredDocument(_OfService, Sourced, Base):
    """What to bring along."""

    __tablename__ = "hsds_required_document"

    document: Mapped[str | None]
    uri: Mapped[str | None]


class CostOption(_OfService, Sourced, Base):
    """What it costs; an amount of nothing is free."""

    __tablename__ = "hsds_cost_option"

    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    option: Mapped[str | None]
    currency: Mapped[str | None] = mapped_column(sa.String(10))
    amount: Mapped[float | None]
    amount_description: Mapped[str | None]


class Unit(Lasting, Base):
    """In what the capacity of services is counted, such as beds."""

    __tablename__ = "hsds_unit"

    name: Mapped[str]
    scheme: Mapped[str | None]
    identifier: Mapped[str | None]
    uri: Mapped[str | None]


class SourceCapacity(_OfService, Sourced, Base):
    """What the source says of the capacity of a service; what partners say now is on the service itself."""

    __tablename__ = "hsds_service_capacity"

    unit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("hsds_unit.id"), index=True)
    available: Mapped[float | None]
    maximum: Mapped[float | None]
    description: Mapped[str | None]
    updated: Mapped[datetime | None]


class TableDescription(Sourced, Base):
    """In which language and characters the source wrote a table."""

    __tablename__ = "hsds_meta_table_description"

    name: Mapped[str | None]
    language: Mapped[str | None]
    character_set: Mapped[str | None]


class Funding(_OfOrganization, _OfService, Sourced, Base):
    """Who pays for the offer."""

    __tablename__ = "hsds_funding"

    source_of_funds: Mapped[str | None]


class ExtraUrl(_OfOrganization, _OfService, Sourced, Base):
    """A further web address."""

    __tablename__ = "hsds_url"

    label: Mapped[str | None]
    url: Mapped[str]


class Attribute(Sourced, Base):
    """That a term applies to a record. The link is polymorphic: the import checks it."""

    __tablename__ = "hsds_attribute"

    link_id: Mapped[uuid.UUID] = mapped_column(index=True)
    taxonomy_term_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("taxonomy_term.id"), index=True)
    link_type: Mapped[str | None]
    link_entity: Mapped[str] = mapped_column(sa.String(40))
    value: Mapped[str | None]
    label: Mapped[str | None]


class SourceHistory(Sourced, Base):
    """What the source itself says it changed (HSDS `metadata`); our own history is `Change`."""

    __tablename__ = "hsds_metadata"

    resource_id: Mapped[uuid.UUID] = mapped_column(index=True)
    resource_type: Mapped[str] = mapped_column(sa.String(40))
    last_action_date: Mapped[date]
    last_action_type: Mapped[str]
    field_name: Mapped[str]
    previous_value: Mapped[str]
    replacement_value: Mapped[str]
    updated_by: Mapped[str]
