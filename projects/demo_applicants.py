"""Accounts of the organizations that apply in the demo."""

from core import clock, demo
from core.access import Role
from core.db import session
from core.models.accounts import Membership, Tenant, TenantKind, User
from projects import demo_texts


def add_account(name: str, slug: str, email: str, *, like: User) -> None:
    """An organization of its own with one applicant, who signs in with the password of `like`."""
    tenant_id = demo.identifier(f"applicant:{slug}")
    kind = TenantKind.OCMW if name.startswith("OCMW") else TenantKind.PARTNER
    session.add(Tenant(id=tenant_id, name=name, kind=kind, settings={}, created_at=clock.now()))
    session.flush()
    session.add(
        User(
            id=demo.user(email),
            email=email,
            name=demo_texts.PEOPLE.get(name, name),
            locale="nl",
            password_hash=like.password_hash,
            preferences={},
            created_at=clock.now(),
        )
    )
    session.flush()
    session.add(
        Membership(
            id=demo.membership(email),
            user_id=demo.user(email),
            tenant_id=tenant_id,
            roles=[Role.APPLICANT.value],
            starts_on=demo.SINCE,
        )
    )
    session.flush()
