"""Organizations, services and the locations where they are offered (HSDS 3.1)."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.db import Base, db_enum
from socialmap.models.sourced import Lasting

LOCAL = "local"  # the source of entries made here


class Sector(StrEnum):
    """Which part of welfare an organization belongs to; law and routing ask for it."""

    OCMW = "ocmw"
    CAW = "caw"
    DMW = "dmw"
    MUNICIPALITY = "municipality"
    HOUSING = "housing"
    HEALTH = "health"
    YOUTH = "youth"
    ASSOCIATION = "association"
    AUTHORITY = "authority"
    PRACTITIONER = "practitioner"
    OTHER = "other"


class ServiceStatus(StrEnum):
    """The status values of HSDS."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    CLOSED = "temporarily closed"


class Organization(Lasting, Base):
    """Who offers services. `tenant_id` is the controller of files here, when it takes part."""

    __tablename__ = "organization"
    subject_type = "organization"

    name: Mapped[str] = mapped_column(index=True)
    alternate_name: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    website: Mapped[str | None]
    tax_status: Mapped[str | None]
    tax_id: Mapped[str | None]
    year_incorporated: Mapped[int | None]
    legal_status: Mapped[str | None]
    logo: Mapped[str | None]
    uri: Mapped[str | None]
    parent_organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"))
    # ours
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    sector: Mapped[Sector] = mapped_column(db_enum(Sector), default=Sector.OTHER)
    nis: Mapped[str | None] = mapped_column(sa.String(5), index=True)
    ends_on: Mapped[date | None]  # the last day of an entry made here
    kbo: Mapped[str | None] = mapped_column(sa.String(10), index=True)
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"))

    services: Mapped[list["Service"]] = relationship(back_populates="organization", order_by="Service.name")


class Program(Lasting, Base):
    """A name under which an organization groups services."""

    __tablename__ = "program"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")


class Service(Lasting, Base):
    """What an organization offers to people. Source fields are never edited here (decree of 3 May 2019)."""

    __tablename__ = "service"
    subject_type = "service"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    program_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("program.id"))
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    url: Mapped[str | None]
    email: Mapped[str | None]
    status: Mapped[ServiceStatus] = mapped_column(db_enum(ServiceStatus))
    interpretation_services: Mapped[str | None]
    application_process: Mapped[str | None]
    fees_description: Mapped[str | None]
    wait_time: Mapped[str | None]
    fees: Mapped[str | None]
    accreditations: Mapped[str | None]
    eligibility_description: Mapped[str | None]
    minimum_age: Mapped[float | None]
    maximum_age: Mapped[float | None]
    assured_date: Mapped[date | None] = mapped_column(index=True)
    assurer_email: Mapped[str | None]
    licenses: Mapped[str | None]
    alert: Mapped[str | None]
    last_modified: Mapped[datetime | None]
    # ours: local additions, apart from what the source says
    referral_contact: Mapped[str | None]
    referral_email: Mapped[str | None]
    agreements: Mapped[str | None]
    capacity: Mapped[str | None] = mapped_column(sa.String(10))  # open, waiting, full
    capacity_weeks: Mapped[int | None]
    capacity_until: Mapped[date | None]
    asked_on: Mapped[date | None]  # when its keeper was last asked to confirm, and when an answer came
    answered_on: Mapped[date | None]
    ends_on: Mapped[date | None] = mapped_column(index=True)  # the last day of an entry made here

    organization: Mapped[Organization] = relationship(back_populates="services")
    areas: Mapped[list["ServiceAreaNis"]] = relationship(viewonly=True)

    @property
    def is_active(self) -> bool:
        return self.status == ServiceStatus.ACTIVE

    @property
    def capacity_now(self) -> str | None:
        """What the service says of its room, as long as that has not expired: open, waiting or full."""
        if self.capacity_until is None or self.capacity_until < clock.today():
            return None
        return self.capacity

    @property
    def accepting(self) -> bool:
        """Whether a referral may be sent now: active, and not said to be full."""
        return self.is_active and self.capacity_now != "full"

    @property
    def awaits_answer(self) -> bool:
        """Whether its keeper was asked to confirm it and said nothing since."""
        if self.asked_on is None:
            return False
        return all(on is None or on < self.asked_on for on in (self.answered_on, self.assured_date))

    def covers(self, nis: str) -> bool:
        """Whether people of this municipality may come, by the service's area."""
        return any(area.nis == nis for area in self.areas)


class ServiceAreaNis(Base):
    """The area of a service expanded to municipalities of today.

    `level` ranks breadth: 1 own municipality, 2 several, 3 a province or more, 4 no area given, derived
    from the location.
    """

    __tablename__ = "service_area_nis"

    nis: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    service_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    level: Mapped[int] = mapped_column(sa.SmallInteger)


class Location(Lasting, Base):
    """Where services are given. A confidential one has no point and is on no map, export or API."""

    __tablename__ = "location"

    location_type: Mapped[str] = mapped_column(sa.String(10))
    url: Mapped[str | None]
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    name: Mapped[str | None]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    transportation: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    external_identifier: Mapped[str | None]
    external_identifier_type: Mapped[str | None]
    # ours
    confidential: Mapped[bool] = mapped_column(default=False)
    nis: Mapped[str | None] = mapped_column(sa.String(5), index=True)
    geo_precision: Mapped[str | None] = mapped_column(sa.String(12))


class ServiceAtLocation(Lasting, Base):
    """That a service is offered at a location."""

    __tablename__ = "service_at_location"

    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), index=True)
    location_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("location.id"), index=True)
    description: Mapped[str | None]


class OrganizationSuccessor(Base):
    """That an organization's work went to another one on a day; old files keep pointing at the old one."""

    __tablename__ = "organization_successor"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    successor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(20), default="merger")
