"""Pages where editors enter, change and end organizations and services that no source delivers."""

import uuid
from collections import defaultdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import area_sets, duplicates, geography, local_entries, organizations, policy, services
from socialmap.forms.local_entries import OrganizationForm, ServiceForm
from socialmap.local_entries import OrganizationFacts, ServiceFacts
from socialmap.models.directory import LOCAL, Organization, Sector, Service
from socialmap.views import bp, wording
from socialmap.views.area_sets import KIND

REASONS = 5  # so many look-alikes say enough


@bp.route("/social-map/organizations/new", methods=["GET", "POST"])
@requires(policy.can_edit_map)
def add_organization(*, by: Actor) -> ResponseReturnValue:
    """Enter an organization that the sources lack, after a look at those that resemble it."""
    form = _organization_form(None)
    doubles: list[duplicates.Pair] = []
    if form.is_submitted() and form.validate():
        with form.errors_from_domain(), transaction():
            doubles = _doubles(form, None)
            if not doubles:
                made = local_entries.enter_organization(_organization_facts(form), by=by).id
        if not form.errors and not doubles:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_organization", organization_id=made))
    return _organization_page(form, None, doubles)


@bp.route("/social-map/organizations/<uuid:organization_id>/change", methods=["GET", "POST"])
@requires(policy.can_change_entry, organizations.get)
def edit_organization(organization: Organization, *, by: Actor) -> ResponseReturnValue:
    """Change or end an organization that was entered here."""
    form = _organization_form(organization)
    doubles: list[duplicates.Pair] = []
    if form.is_submitted() and form.validate():
        with form.errors_from_domain(), transaction():
            doubles = _doubles(form, organization)
            if not doubles:
                local_entries.change_organization(organization, _organization_facts(form), by=by)
        if not form.errors and not doubles:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_organization", organization_id=organization.id))
    return _organization_page(form, organization, doubles)


@bp.route("/social-map/organizations/<uuid:organization_id>/services/new", methods=["GET", "POST"])
@requires(policy.can_settle, organizations.get)
def add_service(organization: Organization, *, by: Actor) -> ResponseReturnValue:
    """Enter a service that the sources lack."""
    form = _service_form(None)
    if form.is_submitted() and form.validate():
        with form.errors_from_domain(), transaction():
            made = local_entries.enter_service(organization, _service_facts(form), by=by).id
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_service", service_id=made))
    return _service_page(form, organization, None)


@bp.route("/social-map/services/<uuid:service_id>/change", methods=["GET", "POST"])
@requires(policy.can_change_entry, services.get)
def edit_service(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Change or end a service that was entered here."""
    form = _service_form(service)
    if form.is_submitted() and form.validate():
        with form.errors_from_domain(), transaction():
            local_entries.change_service(service, _service_facts(form), by=by)
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_service", service_id=service.id))
    return _service_page(form, service.organization, service)


# ---------------------------------------------------------------- organizations
def _organization_form(organization: Organization | None) -> OrganizationForm:
    form = OrganizationForm(data={} if request.method == "POST" else _of_organization(organization))
    form.sector.choices = [(key, title) for key, title in wording.SECTORS.items() if key != "practitioner"]
    towns = sorted(geography.municipalities(), key=lambda town: town.name)
    form.nis.choices = [("", ""), *((town.nis, town.name) for town in towns)]
    return form


def _of_organization(organization: Organization | None) -> dict[str, Any]:
    if organization is None:
        return {"sector": Sector.ASSOCIATION.value}
    place = local_entries.place_of(organization)
    found = local_entries.parts("address", location_id=place.id) if place else []
    phones = local_entries.parts("phone", organization_id=organization.id)
    return {
        "name": organization.name, "sector": organization.sector.value, "kbo": organization.kbo,
        "nis": organization.nis, "description": organization.description, "email": organization.email,
        "website": organization.website, "last_day": organization.ends_on,
        "street": found[0].address_1 if found else "", "postcode": found[0].postal_code if found else "",
        "phone": phones[0].number if phones else "",
    }  # fmt: skip


def _organization_facts(form: OrganizationForm) -> OrganizationFacts:
    return OrganizationFacts(
        name=form.name.data, sector=Sector(form.sector.data), nis=form.nis.data, kbo=form.kbo.data or "",
        description=form.description.data or "", street=form.street.data or "",
        postcode=form.postcode.data or "", phone=form.phone.data or "", email=form.email.data or "",
        website=form.website.data or "", last_day=form.last_day.data,
    )  # fmt: skip


def _doubles(form: OrganizationForm, organization: Organization | None) -> list[duplicates.Pair]:
    """Those that look like it, until a person says that it is another one."""
    kbo = local_entries.number_of(form.kbo.data or "")
    if form.another.data:
        return []
    found = duplicates.like(
        form.name.data, nis=form.nis.data, kbo=kbo, address=form.street.data or "",
        postcode=form.postcode.data or "", but=organization.id if organization else None,
    )  # fmt: skip
    return found[:REASONS]


def _organization_page(
    form: OrganizationForm, organization: Organization | None, doubles: list[duplicates.Pair]
) -> ResponseReturnValue:
    page = render_template(
        "socialmap/edit_organization.html", form=form, organization=organization, doubles=doubles,
        same={"kbo": _("same number"), "name": _("same name"), "address": _("same address")},
    )  # fmt: skip
    return page, 422 if form.errors or doubles else 200


# ---------------------------------------------------------------- services
def _service_form(service: Service | None) -> ServiceForm:
    form = ServiceForm(data={} if request.method == "POST" else _of_service(service))
    form.categories.choices = _terms("category")
    form.target_groups.choices = _terms("target_group")
    kept = [(area.key, f"{area.name} ({KIND[area.kind]})") for area in area_sets.areas()]
    form.area.choices = [("", ""), *kept]
    form.nis.choices = [(town.nis, town.name) for town in geography.municipalities()]
    return form


def _terms(role: str) -> list[tuple[str, str]]:
    return [(str(term.id), term.name) for term in local_entries.terms(role)]


def _of_service(service: Service | None) -> dict[str, Any]:
    if service is None:
        return {"here": True}
    chosen = [str(one.taxonomy_term_id) for one in local_entries.parts("attribute", link_id=service.id)]
    phones, contacts = (local_entries.parts(kind, service_id=service.id) for kind in ("phone", "contact"))
    nis = {area.nis for area in service.areas}
    area = next((one for one in area_sets.areas() if set(one.nis) == nis), None)
    return {
        "name": service.name, "description": service.description, "email": service.email, "url": service.url,
        "who": service.eligibility_description, "apply": service.application_process,
        "fees": service.fees_description, "categories": chosen, "target_groups": chosen,
        "area": area.key if area else "", "nis": [] if area else sorted(nis), "last_day": service.ends_on,
        "phone": phones[0].number if phones else "", "contact": contacts[0].name if contacts else "",
        "here": bool(local_entries.parts("service_at_location", service_id=service.id)),
    }  # fmt: skip


def _service_facts(form: ServiceForm) -> ServiceFacts:
    chosen = {uuid.UUID(ident) for ident in (*form.categories.data, *(form.target_groups.data or ()))}
    return ServiceFacts(
        name=form.name.data, description=form.description.data, terms=chosen,
        nis=frozenset(form.nis.data or ()), area=form.area.data or "", who=form.who.data or "",
        apply=form.apply.data or "", fees=form.fees.data or "", phone=form.phone.data or "",
        contact=form.contact.data or "", email=form.email.data or "", url=form.url.data or "",
        here=form.here.data, last_day=form.last_day.data,
    )  # fmt: skip


def _service_page(
    form: ServiceForm, organization: Organization, service: Service | None
) -> ResponseReturnValue:
    chosen = set(form.nis.data or ())
    towns: dict[str, list[geography.Municipality]] = defaultdict(list)
    for town in geography.municipalities():
        towns[town.province_name].append(town)
    page = render_template(
        "socialmap/edit_service.html", form=form, organization=organization, service=service, chosen=chosen,
        provinces=[(name, held, sum(t.nis in chosen for t in held)) for name, held in sorted(towns.items())],
        has_place=local_entries.place_of(organization) is not None,
        is_local=organization.source == LOCAL,
    )  # fmt: skip
    return page, 422 if form.errors else 200
