"""The sample map of the demo, the demo's own organizations on it, and the area of its partnership."""

from typing import Any

import sqlalchemy as sa

from core import demo
from core.db import session
from socialmap import geography, imports, organizations, words
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.models.directory import Organization, Sector

SAMPLE = words.DATA / "sample" / "sociale-kaart.zip"
# The demo partnership covers the municipalities of the two primary-care zones of the Meetjesland.
ZONES = ("elz32", "elz52")
MEETJESLAND = tuple(sorted(nis for zone in ZONES for nis in geography.areas()["zone", zone].nis))
# Participants by the name that the source gives them.
LINKS = {
    "ocmw-evergem": "OCMW Evergem",
    "caw-oost-vlaanderen": "CAW Oost-Vlaanderen vzw",
    "dmw-cm": "CM - Dienst Maatschappelijk Werk",
}


def load() -> None:
    """Import the sample where no delivery came yet, and enter what it lacks; repeatable."""
    if session.scalar(sa.select(sa.func.count()).select_from(Organization)) == 0:
        imports.apply(imports.plan(SAMPLE), by="demo")
    _load_area()
    for key, name in LINKS.items():
        query = sa.select(Organization).where(Organization.name == name, Organization.source != "local")
        found = session.scalars(query.order_by(Organization.external_id).limit(1)).first()
        if found is not None and found.tenant_id is None:
            found.tenant_id = demo.tenant(key)
    session.flush()
    _load_local()


def _load_area() -> None:
    code = "gbo-meetjesland"
    if session.get(AreaSet, code) is None:
        session.add(AreaSet(code=code, kind="partnership", name="GBO Meetjesland", valid_from=demo.SINCE))
        session.flush()
        session.add_all(AreaSetMember(code=code, nis=nis) for nis in MEETJESLAND)
        session.flush()


def _load_local() -> None:
    brug = _organization(
        "de-brug", "vzw De Brug", Sector.ASSOCIATION, "44019",
        "Vereniging die gezinnen met schulden begeleidt. Fictief.", email="info@de-brug.example",
    )  # fmt: skip
    _organization(
        "provincie-oost-vlaanderen", "Provincie Oost-Vlaanderen", Sector.AUTHORITY, "44021",
        "Provinciaal bestuur. Fictieve gegevens.",
    )  # fmt: skip
    _organization(
        "zorgraad-meetjesland", "Zorgraad Meetjesland", Sector.AUTHORITY, "43005",
        "Zorgraad van de eerstelijnszone. Fictieve gegevens.",
    )  # fmt: skip
    if brug is not None:
        organizations.add_local_service(
            brug, "Budgethulp De Brug", nis=list(MEETJESLAND), categories=["B.2"],
            target_groups=["schulden", "gezinnen"], service_id=demo.identifier("service:budgethulp"),
            description="Vrijwilligers helpen gezinnen met schulden: post ordenen, budgetplan, meegaan.",
            eligibility_description="Gezinnen met schulden, Meetjesland",
            application_process="Verwijzing of telefoon", fees_description="Gratis.",
            email="info@de-brug.example", assured_date=demo.SINCE.replace(year=2026, month=10),
        )  # fmt: skip
        organizations.add_local_service(
            brug, "Ontmoeting en maatje", nis=["44019", "44085"], categories=["B.6"],
            target_groups=["armoede"],
            service_id=demo.identifier("service:maatje"),
            description="Een vrijwilliger gaat een jaar lang mee op pad met iemand die weinig mensen kent.",
            eligibility_description="Mensen in armoede", application_process="Verwijzing of telefoon",
            fees_description="Gratis.", email="info@de-brug.example",
            assured_date=demo.SINCE.replace(year=2026, month=9),
        )  # fmt: skip


def _organization(
    key: str, name: str, sector: Sector, nis: str, description: str, **facts: Any
) -> Organization | None:
    """Enter one of the demo's organizations; None when it is there already."""
    ident = demo.identifier(f"organization:{key}")
    if session.get(Organization, ident) is not None:
        return None
    return organizations.add_local(
        name, description=description, sector=sector, nis=nis, tenant_id=demo.tenant(key),
        organization_id=ident, **facts,
    )  # fmt: skip
