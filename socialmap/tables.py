"""Which table of ours holds which resource of HSDS."""

import sqlalchemy as sa

from socialmap.models import details, directory

MODELS: dict[str, type] = {
    "taxonomy": details.Taxonomy,
    "taxonomy_term": details.TaxonomyTerm,
    "organization": directory.Organization,
    "organization_identifier": details.OrganizationIdentifier,
    "program": directory.Program,
    "service": directory.Service,
    "location": directory.Location,
    "service_at_location": directory.ServiceAtLocation,
    "address": details.Address,
    "contact": details.ServiceContact,
    "phone": details.Phone,
    "schedule": details.Schedule,
    "service_area": details.ServiceArea,
    "language": details.ServiceLanguage,
    "accessibility": details.Accessibility,
    "required_document": details.RequiredDocument,
    "cost_option": details.CostOption,
    "unit": details.Unit,
    "service_capacity": details.SourceCapacity,
    "meta_table_description": details.TableDescription,
    "funding": details.Funding,
    "url": details.ExtraUrl,
    "attribute": details.Attribute,
    "metadata": details.SourceHistory,
}


def table(resource: str) -> sa.Table:
    """The table of an HSDS resource."""
    found: sa.Table = MODELS[resource].__table__  # type: ignore[attr-defined]
    return found
